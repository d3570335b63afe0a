"""FIFO queues deduplicate by content, and their high-throughput settings fit together.

A producer that always sends a deduplication id may do without; standard queues must not ask for FIFO settings.

Why: a producer that retries without a deduplication id is refused or, with one made anew, delivers twice; throughput
per message group needs deduplication per message group.

Mend: switch it on::

    aws.sqs.Queue("orders", fifo_queue=True, content_based_deduplication=True)

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import EnforcementLevel, ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN

from .defaults import is_fifo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

DEDUPLICATION, THROUGHPUT, SCOPE = "contentBasedDeduplication", "fifoThroughputLimit", "deduplicationScope"


def check(queue: Resource, _config: Config) -> Iterator[Finding]:
    """Yield FIFO settings that are missing or contradict each other."""
    fifo, deduplicated = is_fifo(queue), queue.setting(DEDUPLICATION)
    if fifo is UNKNOWN:
        yield Undecided(queue, "fifoQueue", "whether the queue needs deduplication")
    elif not fifo:
        if deduplicated is True:
            yield Violation(queue, DEDUPLICATION, "is on, but the queue is not a FIFO queue", "remove it.")
    elif deduplicated is UNKNOWN:
        yield Undecided(queue, DEDUPLICATION, "whether duplicates are recognised by their content")
    else:
        if deduplicated is not True:
            yield Violation(queue, DEDUPLICATION, "is off: every producer must send a deduplication id of its own")
        if queue.setting(THROUGHPUT) == "perMessageGroupId" and queue.setting(SCOPE) not in {"messageGroup", UNKNOWN}:
            problem = (
                f"is {queue.setting(SCOPE) or 'queue'}, but {THROUGHPUT} is perMessageGroupId, which needs messageGroup"
            )
            yield Violation(queue, SCOPE, problem, 'set deduplication_scope="messageGroup".')


RULE = ResourceRule(
    id="sqs-fifo-deduplication",
    docstring=__doc__,
    severity=Severity.LOW,
    framework="REL04-BP04",
    level=EnforcementLevel.ADVISORY,
    resource_types=types.QUEUE,
    check=check,
)
