"""No function that a bucket invokes writes objects that make the bucket invoke it again.

What it may write is read from the policies of its role; what invokes it from the notification's prefix and suffix.

Why: each object makes the next one: such a loop runs as fast as the account allows until somebody sees the bill.

Mend: write below another prefix than the one that is notified, and allow no more than that::

    lambda_functions=[{"lambda_function_arn": function.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": "uploads/"}]
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{bucket_arn}/rejects/*"}

https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN, at_path
from iam_documents import Document, common_example, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

PROPERTY = "lambdaFunctions"
WRITING = "s3:putobject"
CREATING = "s3:objectcreated"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield notifications whose functions may write what invokes them."""
    for notification in graph.of_type(types.BUCKET_NOTIFICATION):
        functions = notification.setting(PROPERTY)
        if functions is UNKNOWN:
            yield Undecided(notification, PROPERTY, "which functions the bucket invokes")
            continue
        for index, entry in enumerate(functions or ()):
            if _is_about_new_objects(entry):
                yield from _judge(graph, notification, f"{PROPERTY}[{index}]", entry)


def _is_about_new_objects(entry: Any) -> bool:
    events = at_path(entry, "events")
    return not isinstance(events, list) or any(
        event is UNKNOWN or str(event).lower().startswith(CREATING) for event in events
    )


def _judge(graph: StackGraph, notification: Resource, place: str, entry: Any) -> Iterator[Finding]:
    bucket = graph.resolve(notification, types.BUCKET, "bucket")
    arn = at_path(entry, "lambdaFunctionArn")
    function = graph.resolve_value(notification, types.FUNCTION, PROPERTY, arn)
    prefix, suffix = at_path(entry, "filterPrefix") or "", at_path(entry, "filterSuffix") or ""
    if bucket.resource is None or function.resource is None or UNKNOWN in (prefix, suffix):
        if bucket.undecided or function.undecided or UNKNOWN in (prefix, suffix):
            yield Undecided(notification, place, "whether the function writes what invokes it")
        return
    name = bucket.resource.attribute("bucket")
    if name is UNKNOWN:
        yield Undecided(bucket.resource, "bucket", "whether a function writes what invokes it")
        return
    notified = f"arn:aws:s3:::{name}/{prefix}*{suffix}"
    for holder, pattern in _writes(graph, function.resource):
        if pattern is UNKNOWN:
            yield Undecided(holder, "policy", f"whether function '{function.resource.name}' writes what invokes it")
        elif _overlap(pattern, notified):
            problem = (
                f"function '{function.resource.name}' may write to {pattern} ('{holder.name}'), which invokes it again"
            )
            yield Violation(notification, place, problem)


def _writes(graph: StackGraph, function: Resource) -> Iterator[tuple[Resource, Any]]:
    """Where the function's role may put objects, and by which policy."""
    role = graph.resolve(function, types.ROLE, "role").resource
    for policy in graph.identity_policies:
        holder = policy.holder
        owner = policy.target.resource or graph.resolve(holder, types.ROLE, "role").resource
        if role is None or owner != role:
            continue
        if not isinstance(policy.document, Document):
            yield holder, UNKNOWN
            continue
        for statement in policy.document.allows:
            patterns = statement.actions.patterns
            if any(pattern is not UNKNOWN and matches(str(pattern), WRITING) for pattern in patterns):
                yield from (
                    (holder, pattern) for pattern in (statement.resources.patterns if statement.resources else ())
                )


def _overlap(pattern: str, notified: str) -> bool:
    partition_free = pattern.replace(":aws-cn:", ":aws:").replace(":aws-us-gov:", ":aws:")
    return common_example(partition_free, notified) is not None


RULE = StackRule(
    id="s3-notification-no-loop",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="REL05-BP02; COST09-BP02",
    check=check,
)
