"""Every bucket blocks public access in all four ways, itself or by the account's block.

Why: a single object ACL or bucket policy, written by mistake, opens what suppliers sent to everybody.

Mend: block it on the bucket::

    aws.s3.BucketPublicAccessBlock("uploads", bucket=bucket.id, block_public_acls=True, block_public_policy=True,
        ignore_public_acls=True, restrict_public_buckets=True)

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield buckets that could become public."""
    account_wide = graph.of_type(types.ACCOUNT_PUBLIC_ACCESS_BLOCK)
    settings = [[block.setting(switch) for switch in SWITCHES] for block in account_wide]
    if any(all(setting is True for setting in each) for each in settings):
        return
    maybe_account_wide = any(all(setting is True or setting is UNKNOWN for setting in each) for each in settings)
    blocked: set[Resource] = set()
    maybe_blocked: set[Resource] = set()
    for block in graph.of_type(types.BUCKET_PUBLIC_ACCESS_BLOCK):
        target = graph.resolve(block, types.BUCKET, "bucket")
        maybe_blocked.update(target.candidates)
        if target.resource:
            blocked.add(target.resource)
        yield from _switches(block)
    for bucket in graph.of_type(types.BUCKET):
        if bucket in blocked:
            continue
        if bucket in maybe_blocked or maybe_account_wide:
            yield Undecided(bucket, "bucket", "whether a public access block covers this bucket")
        else:
            yield Violation(bucket, "bucket", "no BucketPublicAccessBlock is put on the bucket")


def _switches(block: Resource) -> Iterator[Finding]:
    for switch in SWITCHES:
        value = block.setting(switch)
        if value is UNKNOWN:
            yield Undecided(block, switch, "whether public access is blocked")
        elif value is not True:
            yield Violation(block, switch, "is not true")


RULE = StackRule(
    id="s3-public-access-blocked",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC03-BP07; Security Hub S3.8",
    check=check,
)
