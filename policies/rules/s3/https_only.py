"""Every bucket denies plain HTTP: to everybody, for every action on the bucket and on its objects.

The policy is judged by what it means, wherever it is written: a Deny for the bucket alone leaves its objects open.

Why: over plain HTTP, anybody on the way can read and change the files.

Mend: deny it for both::

    {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket_arn, f"{bucket_arn}/*"],
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from iam_documents import Target
from iam_reference import actions_on
from rules.documents import HANGS_ON_PLAIN_HTTP, open_to_plain_http, readable
from stack_graph import by_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from iam_documents import Document
    from stack_graph import Attachment, StackGraph

SOME_KEYS = ("any-key", "folder/object", "0")  # only patterns for all objects match each of them


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield buckets without a policy and policies that let plain HTTP through."""
    policies = graph.attachments(types.BUCKET, "policy", types.BUCKET_POLICY, "bucket")
    found = by_target(policies)
    for bucket in graph.of_type(types.BUCKET):
        if bucket not in found:
            yield Violation(bucket, "policy", "the bucket has no policy, so requests over plain HTTP are not denied")
    for policy in policies:
        document = yield from readable(policy, HANGS_ON_PLAIN_HTTP)
        if document is not None:
            yield from _judge(policy, document)


def _judge(policy: Attachment, document: Document) -> Iterator[Finding]:
    name = policy.target.resource.attribute("bucket") if policy.target.resource else policy.target.value
    if not isinstance(name, str):
        yield Undecided(policy.holder, policy.property, "which bucket the policy is for")
        return
    objects = [(actions_on("s3-object"), f"{name}/{key}") for key in SOME_KEYS]
    for actions, part in [(actions_on("s3-bucket"), name), *objects]:
        findings = list(open_to_plain_http(policy, document, Target("s3", part), actions))
        if findings:
            yield from findings
            return


RULE = StackRule(
    id="s3-https-only",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC09-BP02; Security Hub S3.5",
    check=check,
)
