"""Policy documents for the tables."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.analyzer import arn

ORDERS = arn("sqs", "orders")
APP_ROLE = "arn:aws:iam::111122223333:role/app"
PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def deny_http(**changes: Any) -> dict[str, Any]:
    """The usual Deny over plain HTTP, with parts changed; None removes one."""
    statement = {
        "Sid": "HttpsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": ORDERS,
        "Condition": PLAIN_HTTP,
        **changes,
    }
    return {name: value for name, value in statement.items() if value is not None}


def allow(**changes: Any) -> dict[str, Any]:
    """An Allow for the application's role to send, with parts changed; None removes one."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": APP_ROLE},
        "Action": "sqs:SendMessage",
        "Resource": ORDERS,
        **changes,
    }
    return {name: value for name, value in statement.items() if value is not None}
