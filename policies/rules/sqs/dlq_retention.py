"""A dead-letter queue keeps messages longer than its source, and long enough for a person to look at them.

On standard queues a moved message keeps the age that it had; on FIFO queues it starts again, so there only the minimum
counts.

Why: a message that waited in the source for days would expire in the dead-letter queue before anybody has seen it.

Mend: keep dead letters for 14 days, and source messages for less::

    aws.sqs.Queue("dead-letters", message_retention_seconds=14 * 86_400)

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import SECONDS_PER_DAY, days, number_or

from .defaults import RETENTION_SECONDS, is_fifo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from crossguard.values import Unknown
    from stack_graph import StackGraph

PROPERTY = "messageRetentionSeconds"


def check(graph: StackGraph, config: Config) -> Iterator[Finding]:
    """Yield dead-letter queues that forget too soon."""
    for queue in graph.queues:
        if queue not in graph.dead_letter_queues:
            continue
        kept = _retention_seconds(queue)
        if kept is UNKNOWN:
            yield Undecided(queue, PROPERTY, "how long dead letters are kept")
            continue
        if kept < config["minimumDays"] * SECONDS_PER_DAY:
            yield Violation(queue, PROPERTY, f"is {days(kept)}, less than {config['minimumDays']:g} days")
        yield from _against_sources(graph, queue, kept)


def _against_sources(graph: StackGraph, queue: Resource, kept: int) -> Iterator[Finding]:
    for redrive in graph.redrives_by_target.get(queue, []):
        source = redrive.source.resource
        if source is None or redrive.target.resource != queue or source == queue or is_fifo(source) is True:
            continue
        source_keeps = _retention_seconds(source)
        if source_keeps is UNKNOWN:
            yield Undecided(source, PROPERTY, f"whether '{queue.name}' keeps messages longer than their source")
        elif kept <= source_keeps:
            problem = f"is {days(kept)}, not longer than the {days(source_keeps)} of its source '{source.name}'"
            yield Violation(queue, PROPERTY, problem)


def _retention_seconds(queue: Resource) -> int | Unknown:
    return number_or(queue.setting(PROPERTY), RETENTION_SECONDS)


RULE = StackRule(
    id="sqs-dlq-retention",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="REL05-BP03",
    config={
        "minimumDays": {
            "type": "number",
            "minimum": 0,
            "maximum": 14,
            "default": 7,
            "description": "How many days a dead-letter queue keeps messages at least",
        }
    },
    check=check,
)
