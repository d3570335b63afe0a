"""Tables can be restored to any point of the last weeks.

Why: a faulty release or a wrong hand overwrites rows; without recovery they are gone.

Mend: switch it on::

    aws.dynamodb.Table("inventory", point_in_time_recovery={"enabled": True}, ...)

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "pointInTimeRecovery"


def check(table: Resource, _config: Config) -> Iterator[Finding]:
    """Yield a table that lacks it."""
    enabled = table.setting(PROPERTY, "enabled")
    if enabled is UNKNOWN:
        yield Undecided(table, PROPERTY, "whether the table can be restored")
    elif enabled is not True:
        yield Violation(table, PROPERTY, "is not enabled: lost rows cannot be restored")


def remediate(table: Resource, _config: Config) -> Mapping[str, Any] | None:
    """Switch it on."""
    enabled = table.setting(PROPERTY, "enabled")
    return None if enabled is UNKNOWN or enabled is True else {PROPERTY: {"enabled": True}}


RULE = ResourceRule(
    id="dynamodb-point-in-time-recovery",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="REL09-BP03; Security Hub DynamoDB.2",
    resource_types=types.TABLE,
    check=check,
    remediate=remediate,
)
