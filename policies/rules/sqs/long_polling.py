"""Queues are polled long: a receive waits for messages instead of returning empty at once.

Why: short polling asks only some of the servers, misses messages, and bills a request for every empty answer.

Mend: wait up to 20 seconds::

    aws.sqs.Queue("orders", receive_wait_time_seconds=20)

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import EnforcementLevel, ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import number_or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "receiveWaitTimeSeconds"


def check(queue: Resource, config: Config) -> Iterator[Finding]:
    """Yield queues that are polled short."""
    waits = number_or(queue.setting(PROPERTY), 0)
    if waits is UNKNOWN:
        yield Undecided(queue, PROPERTY, "whether receives wait for messages")
    elif waits < config["minimumSeconds"]:
        yield Violation(queue, PROPERTY, f"is {waits} s, less than {config['minimumSeconds']:g} s")


RULE = ResourceRule(
    id="sqs-long-polling",
    docstring=__doc__,
    severity=Severity.LOW,
    framework="Cost Optimization Pillar",
    level=EnforcementLevel.ADVISORY,
    resource_types=types.QUEUE,
    config={
        "minimumSeconds": {
            "type": "integer",
            "minimum": 1,
            "maximum": 20,
            "default": 1,
            "description": "How long a receive waits at least",
        }
    },
    check=check,
)
