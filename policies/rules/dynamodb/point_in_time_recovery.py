"""Tables can be restored to any point of the last weeks.

Why: a faulty release or a wrong hand overwrites rows; without recovery they are gone.

Mend: switch it on::

    aws.dynamodb.Table("inventory", point_in_time_recovery={"enabled": True}, ...)

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
"""

from __future__ import annotations

import aws_types as types
from crossguard.rule import ResourceRule, Severity
from rules.switches import enable, must_be_enabled

PROPERTY = "pointInTimeRecovery"

RULE = ResourceRule(
    id="dynamodb-point-in-time-recovery",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="REL09-BP03; Security Hub DynamoDB.2",
    resource_types=types.TABLE,
    check=must_be_enabled(PROPERTY, "lost rows cannot be restored", "whether the table can be restored"),
    remediate=enable(PROPERTY),
)
