"""The functions that programs call: who the caller is, which partition, which region; all known at preview.

https://www.pulumi.com/registry/packages/aws/api-docs/getcalleridentity/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.aws_provider.configuration import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties


@dataclass(frozen=True)
class Invoke:
    """A function of the provider: its answer, given its arguments, and the names of both."""

    answer: Callable[[Aws, Properties], Properties]
    outputs: tuple[str, ...]
    arguments: tuple[str, ...] = ()


def _caller_identity(aws: Aws, _: Properties) -> Properties:
    caller = aws.caller
    return {"accountId": caller["Account"], "arn": caller["Arn"], "id": caller["Account"], "userId": caller["UserId"]}


def _partition(aws: Aws, _: Properties) -> Properties:
    return {
        "dnsSuffix": aws.dns_suffix,
        "id": aws.partition,
        "partition": aws.partition,
        "reverseDnsPrefix": ".".join(reversed(aws.dns_suffix.split("."))),
    }


def _region(aws: Aws, given: Properties) -> Properties:
    asked = given.get("region") or given.get("name") or aws.region
    if asked != aws.region:
        raise ConfigurationError(f"the local stand-in provider carries its own region only, not {asked}")
    return {
        "description": aws.region_description,
        "endpoint": f"ec2.{aws.region}.{aws.dns_suffix}",
        "id": aws.region,
        "name": aws.region,
        "region": aws.region,
    }


INVOKES: Mapping[str, Invoke] = {
    "aws:index/getCallerIdentity:getCallerIdentity": Invoke(_caller_identity, ("accountId", "arn", "id", "userId")),
    "aws:index/getPartition:getPartition": Invoke(_partition, ("dnsSuffix", "id", "partition", "reverseDnsPrefix")),
    "aws:index/getRegion:getRegion": Invoke(
        _region, ("description", "endpoint", "id", "name", "region"), arguments=("name", "region")
    ),
}
