"""PartiQL statements are authorised by what they do, each on its table.

Upstream asks the policies for ``dynamodb:BatchExecuteStatement`` on everything. AWS asks for ``dynamodb:PartiQLSelect``,
``PartiQLInsert``, ``PartiQLUpdate`` or ``PartiQLDelete`` on the table (or index) of every statement.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html

Noticed when upstream no longer needs it: ``test_upstream_still_asks_for_a_permission_of_statements``.
"""

from __future__ import annotations

import json
import re
from typing import Any

CALLS = {"dynamodb:ExecuteStatement", "dynamodb:BatchExecuteStatement", "dynamodb:ExecuteTransaction"}
STATEMENT = re.compile(
    r"""\s* (?: (?P<reads>SELECT|EXISTS)\b.*?\bFROM | (?P<deletes>DELETE)\s+FROM | (?P<inserts>INSERT)\s+INTO | (?P<updates>UPDATE) )
        \s+ "?(?P<table>[\w.\-]+)"? (?: \."?(?P<index>[\w.\-]+)"? )?""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def apply() -> None:
    from ministack.core import iam_actions  # noqa: PLC0415 - reads the environment when imported

    upstream = iam_actions.dynamodb_transaction_checks

    def checks(action: str, body: bytes, region: str, account: str) -> Any:
        if action not in CALLS:
            return upstream(action, body, region, account)
        found = (_what_it_does(statement) for statement in _statements(body))
        prefix = f"arn:aws:dynamodb:{region}:{account}:table/"
        return [(f"dynamodb:{name}", prefix + table) for name, table in filter(None, found)]

    iam_actions.dynamodb_transaction_checks = checks


def _statements(body: bytes) -> list[str]:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return []
    several = data.get("Statements") or data.get("TransactStatements") or [data]
    return [str(entry.get("Statement", "")) for entry in several]


def _what_it_does(statement: str) -> tuple[str, str] | None:
    """The permission and the part of the ARN that names the table; None for what DynamoDB will refuse to parse."""
    found = STATEMENT.match(statement)
    if not found:
        return None
    if found["reads"]:
        return "PartiQLSelect", found["table"] + (f"/index/{found['index']}" if found["index"] else "")
    name = "PartiQLDelete" if found["deletes"] else "PartiQLInsert" if found["inserts"] else "PartiQLUpdate"
    return name, found["table"]
