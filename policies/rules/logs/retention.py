"""Log groups have a retention.

Why: without one, logs are kept and paid for for ever, and so is what they say about people.

Mend: choose how long they are needed::

    aws.cloudwatch.LogGroup("consumer", retention_in_days=30)

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import number_or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "retentionInDays"


def check(group: Resource, config: Config) -> Iterator[Finding]:
    """Yield a log group that keeps logs for ever, or too long."""
    days = number_or(group.setting(PROPERTY), 0)
    if days is UNKNOWN:
        yield Undecided(group, PROPERTY, "how long logs are kept")
    elif days == 0:
        yield Violation(group, PROPERTY, "is not set: logs are kept for ever")
    elif days > config["maximumDays"]:
        yield Violation(group, PROPERTY, f"is {days} days; at most {config['maximumDays']} are allowed")


RULE = ResourceRule(
    id="log-group-retention",
    docstring=__doc__,
    severity=Severity.LOW,
    framework="OPS08-BP01; Security Hub CloudWatch.16",
    config={"maximumDays": {"type": "integer", "minimum": 1, "default": 3653, "description": "The longest retention"}},
    resource_types=types.LOG_GROUP,
    check=check,
)
