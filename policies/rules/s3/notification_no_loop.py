"""No function that a bucket invokes writes objects that make the bucket invoke it again.

What it may write is read from the policies of its role, Deny statements and attached policies included; what invokes it
from the notification's prefix and suffix. A function that takes the notifications from a queue is invoked all the same.

Why: each object makes the next one: such a loop runs as fast as the account allows until somebody sees the bill.

Mend: write below another prefix than the one that is notified, and allow no more than that::

    lambda_functions=[{"lambda_function_arn": function.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": "uploads/"}]
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{bucket_arn}/rejects/*"}

https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN, at_path
from iam_documents import HOLDER, Answer, Document, Question, Target, common_example, find_allowed
from role_policies import policies_by_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from references import Reference
    from stack_graph import Attachment, StackGraph

FUNCTIONS, QUEUES = "lambdaFunctions", "queues"
WRITING = ("s3:PutObject",)
CREATING = "s3:objectcreated"
SOME_KEY = "any-key"
HANGS_ON_IT = "whether the function writes what invokes it"


@dataclass(frozen=True)
class Invocation:
    """New objects below ``prefix`` that end with ``suffix`` invoke a function.

    Attributes:
        notification: the resource that says so.
        place: where in it, such as ``lambdaFunctions[0]``.
        entry: what is said there.
        function: what is invoked.
    """

    notification: Resource
    place: str
    entry: Any
    function: Reference


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield notifications whose functions may write what invokes them."""
    policies = policies_by_role(graph)
    for notification in graph.of_type(types.BUCKET_NOTIFICATION):
        for name in (FUNCTIONS, QUEUES):
            entries = notification.setting(name)
            if entries is UNKNOWN:
                yield Undecided(notification, name, "what the bucket invokes")
                continue
            for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                if _is_about_new_objects(entry):
                    for function in _functions(graph, notification, name, entry):
                        invocation = Invocation(notification, f"{name}[{index}]", entry, function)
                        yield from _judge(graph, invocation, policies)


def _is_about_new_objects(entry: Any) -> bool:
    events = at_path(entry, "events")
    return not isinstance(events, list) or any(
        event is UNKNOWN or str(event).lower().startswith(CREATING) for event in events
    )


def _functions(graph: StackGraph, notification: Resource, name: str, entry: Any) -> Iterator[Reference]:
    if name == FUNCTIONS:
        yield graph.resolve_value(notification, types.FUNCTION, name, at_path(entry, "lambdaFunctionArn"))
        return
    queue = graph.resolve_value(notification, types.QUEUE, name, at_path(entry, "queueArn"))
    for candidate in [queue.resource] if queue.resource else queue.candidates:
        yield from (consumption.function for consumption in graph.consumptions_by_queue.get(candidate, ()))


def _judge(
    graph: StackGraph, invocation: Invocation, policies: Mapping[Resource, Sequence[Attachment]]
) -> Iterator[Finding]:
    notification, place = invocation.notification, invocation.place
    bucket = graph.resolve(notification, types.BUCKET, "bucket")
    prefix, suffix = (at_path(invocation.entry, name) for name in ("filterPrefix", "filterSuffix"))
    if bucket.undecided or invocation.function.undecided or UNKNOWN in (prefix, suffix):
        yield Undecided(notification, place, HANGS_ON_IT)
        return
    if bucket.resource is None or invocation.function.resource is None:
        return
    name, function = bucket.resource.attribute("bucket"), invocation.function.resource
    role = graph.resolve(function, types.ROLE, "role").resource
    rights = policies.get(role, ()) if role else ()
    if name is UNKNOWN:
        yield Undecided(bucket.resource, "bucket", HANGS_ON_IT)
        return
    for unread in (each for each in rights if not isinstance(each.document, Document)):
        yield Undecided(unread.holder, unread.property, f"whether function '{function.name}' writes what invokes it")
    documents = [each.document for each in rights if isinstance(each.document, Document)]
    answer, key = _may_write(documents, name, prefix or "", suffix or "")
    if answer is Answer.YES:
        problem = f"function '{function.name}' may write '{key}' to the bucket, which invokes it again"
        yield Violation(notification, place, problem)
    elif answer is Answer.MAYBE:
        yield Undecided(notification, place, HANGS_ON_IT)


def _may_write(documents: Sequence[Document], bucket: str, prefix: str, suffix: str) -> tuple[Answer, str]:
    """Whether the documents together allow an object that is notified about, and its key."""
    undecided = ""
    for key in _notified_keys(documents, bucket, prefix, suffix):
        target = Target("s3", f"{bucket}/{key}")
        reply = find_allowed(documents, Question([HOLDER], WRITING, target))
        if reply.answer is Answer.YES:
            return Answer.YES, key
        if reply.answer is Answer.MAYBE:
            undecided = key
    return (Answer.MAYBE, undecided) if undecided else (Answer.NO, "")


def _notified_keys(documents: Sequence[Document], bucket: str, prefix: str, suffix: str) -> Iterator[str]:
    """Keys that make a difference: one that no document mentions, and those that a statement names."""
    yield f"{prefix}{SOME_KEY}{suffix}"
    notified = f"arn:*:s3:::{bucket}/{prefix}*{suffix}"
    for document in documents:
        for statement in document.allows:
            for pattern in statement.resources.patterns if statement.resources else ():
                example = common_example(str(pattern), notified) if pattern is not UNKNOWN else None
                if example is not None:
                    yield example.partition(f":::{bucket}/")[2]


RULE = StackRule(
    id="s3-notification-no-loop",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="REL05-BP02; COST09-BP02",
    check=check,
)
