"""Tables are encrypted with a key of the account: the AWS managed one or one's own.

Why: DynamoDB encrypts every table, but with a key that it owns unless told otherwise: nobody can see or say who used it.

Mend: switch it on, with a key of your own if you have one::

    aws.dynamodb.Table("inventory", server_side_encryption={"enabled": True}, ...)

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
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

PROPERTY = "serverSideEncryption"


def check(table: Resource, _config: Config) -> Iterator[Finding]:
    """Yield a table that lacks it."""
    enabled = table.setting(PROPERTY, "enabled")
    if enabled is UNKNOWN:
        yield Undecided(table, PROPERTY, "which key encrypts the table")
    elif enabled is not True:
        yield Violation(table, PROPERTY, "is not enabled: the table is encrypted with a key that AWS owns")


def remediate(table: Resource, _config: Config) -> Mapping[str, Any] | None:
    """Switch it on."""
    enabled = table.setting(PROPERTY, "enabled")
    return None if enabled is UNKNOWN or enabled is True else {PROPERTY: {"enabled": True}}


RULE = ResourceRule(
    id="dynamodb-encrypted",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC08-BP02",
    resource_types=types.TABLE,
    check=check,
    remediate=remediate,
)
