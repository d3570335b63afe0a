"""The calls to the AWS API of the emulator, and what of AWS the resources share."""

from __future__ import annotations

import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.aws_provider.configuration import Configuration

_MISSING = {
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "DashboardNotFoundError",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchConfiguration",
    "NoSuchEntity",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NotFound",
    "NotFoundException",
    "OwnershipControlsNotFoundError",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
}


class Aws:
    """The emulator's AWS API; clients are made on first use and shared between threads."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._session = boto3.session.Session(
            aws_access_key_id=configuration.access_key,
            aws_secret_access_key=configuration.secret_key,
            aws_session_token=configuration.token,
            region_name=configuration.region,
        )

    @property
    def region(self) -> str:
        """The region of all resources."""
        return self._configuration.region

    @property
    def default_tags(self) -> Mapping[str, str]:
        """The tags that every taggable resource gets."""
        return self._configuration.default_tags

    @property
    def partition(self) -> str:
        """The partition of the region, such as ``aws`` or ``aws-cn``."""
        return str(self._partition["partition"])

    @property
    def dns_suffix(self) -> str:
        """The partition's domain, such as ``amazonaws.com``."""
        return str(self._partition["dnsSuffix"])

    @property
    def region_description(self) -> str:
        """The region's name for people, such as ``Europe (Ireland)``."""
        return str(self._partition["regions"].get(self.region, {}).get("description", self.region))

    @cached_property
    def _partition(self) -> dict[str, Any]:
        """What botocore knows of the region's partition, the standard one if it knows nothing."""
        partitions: list[dict[str, Any]] = botocore.session.get_session().get_data("endpoints")["partitions"]
        return next((each for each in partitions if re.match(each["regionRegex"], self.region)), partitions[0])

    @cached_property
    def caller(self) -> dict[str, Any]:
        """Who the credentials belong to: `Account`, `Arn` and `UserId`."""
        return self.call("sts", "get_caller_identity")

    def arn(self, service: str, resource: str, *, global_service: bool = False) -> str:
        """Return the ARN of a resource of this account and region."""
        region = "" if global_service else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.caller['Account']}:{resource}"

    def call(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Call an operation, leaving out the parameters that are None.

        Raises:
            ClientError: the service refuses; `is_missing` tells whether because something is not there.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        answer: dict[str, Any] = getattr(self._client(service), operation)(**given)
        return answer

    def found(self, service: str, operation: str, **parameters: object) -> dict[str, Any] | None:
        """Call an operation; None if what it asks for is not there."""
        try:
            return self.call(service, operation, **parameters)
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def pages(self, service: str, operation: str, **parameters: object) -> Iterator[dict[str, Any]]:
        """Call an operation as often as its answer has further pages."""
        yield from self._client(service).get_paginator(operation).paginate(**parameters)

    def wait(self, service: str, waiter: str, **parameters: object) -> None:
        """Wait with one of boto3's waiters, asking twice a second for two minutes at most."""
        self._client(service).get_waiter(waiter).wait(WaiterConfig={"Delay": 0.5, "MaxAttempts": 240}, **parameters)

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                configuration = self._configuration
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=configuration.endpoints[service],
                    verify=configuration.verify,
                    config=Config(
                        connect_timeout=5,
                        read_timeout=60,
                        retries={"mode": "standard", "total_max_attempts": configuration.maximum_retries + 1},
                        s3={"addressing_style": "path" if configuration.path_style else "auto"},
                        proxies={},
                        max_pool_connections=32,
                    ),
                )
            return self._clients[service]


def is_missing(error: ClientError) -> bool:
    """Whether an error says that what was asked for is not there."""
    code = error.response.get("Error", {}).get("Code", "")
    return code in _MISSING or code.endswith("NonExistentQueue")
