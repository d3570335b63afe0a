"""Tables are encrypted with a key of the account: the AWS managed one or one's own.

Why: DynamoDB encrypts every table, but with a key that it owns unless told otherwise: nobody can see or say who used it.

Mend: switch it on, with a key of your own if you have one::

    aws.dynamodb.Table("inventory", server_side_encryption={"enabled": True}, ...)

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
"""

from __future__ import annotations

import aws_types as types
from crossguard.rule import ResourceRule, Severity
from rules.switches import enable, must_be_enabled

PROPERTY = "serverSideEncryption"

RULE = ResourceRule(
    id="dynamodb-encrypted",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC08-BP02",
    resource_types=types.TABLE,
    check=must_be_enabled(PROPERTY, "the table is encrypted with a key that AWS owns", "which key encrypts the table"),
    remediate=enable(PROPERTY),
)
