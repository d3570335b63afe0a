"""A dead-letter queue names the source queues that may use it (``byQueue``).

More than ten sources, which is all that AWS takes by name, may use ``allowAll``.

Why: without a redrive-allow policy every queue of the account may send its failures here, where they hide and confuse
those of the real source.

Mend: name the sources::

    aws.sqs.RedriveAllowPolicy("dead-letters", queue_url=dead_letters.url, redrive_allow_policy=queue_arn.apply(
        lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})))

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN, at_path
from json_values import parse_json
from stack_graph import by_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import Attachment, StackGraph

MOST_SOURCES_BY_NAME = 10


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield dead-letter queues that do not name exactly their sources."""
    allowances = by_target(graph.redrive_allowances)
    for queue in graph.queues:
        sources = [
            redrive.source.resource
            for redrive in graph.redrives_by_target.get(queue, [])
            if redrive.target.resource == queue and redrive.source.resource
        ]
        if not sources:
            continue
        if queue not in allowances:
            yield Violation(queue, "redriveAllowPolicy", "is missing, so every queue of the account may use this one")
        for allowance in allowances.get(queue, []):
            yield from _judge(graph, allowance, sources)


def _judge(graph: StackGraph, allowance: Attachment, sources: list[Resource]) -> Iterator[Finding]:
    holder, name = allowance.holder, allowance.property
    document, fault = parse_json(allowance.value)
    if allowance.target.undecided:
        yield Undecided(holder, "queueUrl", "which dead-letter queue this policy is for")
        return
    if document is not UNKNOWN and not isinstance(document, dict):
        yield Violation(holder, name, f"the redrive-allow policy is malformed: {fault or 'it is not an object'}")
        return
    permission = document.get("redrivePermission", "allowAll") if isinstance(document, dict) else UNKNOWN
    if permission is UNKNOWN:
        yield Undecided(holder, name, "which queues may use this dead-letter queue")
    elif permission == "byQueue":
        yield from _named(graph, allowance, at_path(document, "sourceQueueArns"), sources)
    elif permission != "allowAll":
        yield Violation(
            holder, f"{name}.redrivePermission", f"is {permission!r}, but '{sources[0].name}' redrives here"
        )
    elif len(sources) <= MOST_SOURCES_BY_NAME:
        problem = "is 'allowAll', so every queue of the account may use this one"
        yield Violation(holder, f"{name}.redrivePermission", problem)


def _named(graph: StackGraph, allowance: Attachment, arns: Any, sources: list[Resource]) -> Iterator[Finding]:
    holder, place = allowance.holder, f"{allowance.property}.sourceQueueArns"
    if arns is UNKNOWN or (isinstance(arns, list) and UNKNOWN in arns):
        yield Undecided(holder, place, "which queues may use this dead-letter queue")
        return
    if not isinstance(arns, list) or not arns:
        yield Violation(holder, place, "names no source, so no queue can use this one")
        return
    named = {str(arn): graph.find(str(arn), types.QUEUE) for arn in arns}
    for source in sources:
        if source not in named.values():
            yield Violation(holder, place, f"lacks '{source.name}', which redrives here")
    for arn, queue in named.items():
        if queue is not None and queue not in sources:
            yield Violation(holder, place, f"names {arn}, which does not redrive here")


RULE = StackRule(
    id="sqs-dlq-redrive-allow",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC03-BP02",
    check=check,
)
