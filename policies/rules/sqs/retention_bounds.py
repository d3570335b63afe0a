"""Queues keep messages long enough to survive an outage, and no longer than is needed.

Why: too short, and messages expire before anybody has repaired the consumer; too long, and stale messages (and the data
in them) are kept for nothing.

Mend: choose a retention between the bounds::

    aws.sqs.Queue("orders", message_retention_seconds=4 * 86_400)

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import EnforcementLevel, ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import SECONDS_PER_DAY, days, number_or

from .defaults import RETENTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "messageRetentionSeconds"


def check(queue: Resource, config: Config) -> Iterator[Finding]:
    """Yield queues that forget too soon or too late."""
    kept = number_or(queue.setting(PROPERTY), RETENTION_SECONDS)
    if kept is UNKNOWN:
        yield Undecided(queue, PROPERTY, "how long messages are kept")
    elif kept < config["minimumDays"] * SECONDS_PER_DAY:
        yield Violation(queue, PROPERTY, f"is {days(kept)}, less than {config['minimumDays']:g} days")
    elif kept > config["maximumDays"] * SECONDS_PER_DAY:
        yield Violation(queue, PROPERTY, f"is {days(kept)}, more than {config['maximumDays']:g} days")


RULE = ResourceRule(
    id="sqs-retention-bounds",
    docstring=__doc__,
    severity=Severity.LOW,
    framework="SUS04-BP03",
    level=EnforcementLevel.ADVISORY,
    resource_types=types.QUEUE,
    config={
        "minimumDays": {"type": "number", "minimum": 0, "default": 1, "description": "The shortest retention"},
        "maximumDays": {"type": "number", "maximum": 14, "default": 14, "description": "The longest retention"},
    },
    check=check,
)
