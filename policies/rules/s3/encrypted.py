"""Every bucket says how its objects are encrypted at rest.

Why: S3 encrypts new objects by default; which key does it, and that it stays so, is only certain if the program says it.

Mend: ask for SSE-S3, or for a KMS key with a bucket key::

    aws.s3.BucketServerSideEncryptionConfiguration("uploads", bucket=bucket.id, rules=[
        {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}])

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN, at_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

INLINE = "serverSideEncryptionConfiguration"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield buckets without an encryption configuration, and configurations without an algorithm."""
    configured: set[Resource] = set()
    maybe_configured: set[Resource] = set()
    for configuration in graph.of_type(types.BUCKET_ENCRYPTION):
        target = graph.resolve(configuration, types.BUCKET, "bucket")
        maybe_configured.update(target.candidates)
        if target.resource:
            configured.add(target.resource)
        yield from _algorithm(configuration, "rules", configuration.setting("rules"))
    for bucket in graph.of_type(types.BUCKET):
        inline = bucket.setting(INLINE)
        if bucket in configured:
            continue
        if inline is not None:
            yield from _algorithm(bucket, INLINE, at_path(inline, "rule"))
        elif bucket in maybe_configured:
            yield Undecided(bucket, INLINE, "whether an encryption configuration is for this bucket")
        else:
            yield Violation(bucket, INLINE, "no BucketServerSideEncryptionConfiguration is put on the bucket")


def _algorithm(holder: Resource, place: str, rules: Any) -> Iterator[Finding]:
    if rules is UNKNOWN:
        yield Undecided(holder, place, "how objects are encrypted")
        return
    listed = rules if isinstance(rules, list) else [rules]
    algorithms = [at_path(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm") for rule in listed]
    if UNKNOWN in algorithms:
        yield Undecided(holder, place, "how objects are encrypted")
    elif not any(algorithms):
        yield Violation(holder, place, "no rule names an algorithm")


RULE = StackRule(
    id="s3-encrypted",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC08-BP02",
    check=check,
)
