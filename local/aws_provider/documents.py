"""JSON documents compared by meaning, as AWS stores them in its own order and form."""

from __future__ import annotations

import json
import re
from typing import Any

from local.aws_provider.values import UNKNOWN, Value, contains_unknown

_SCALAR_OR_LIST = {"Action", "NotAction", "Resource", "NotResource"}
_ACCOUNT = re.compile(r"^(\d{12})$")


def as_json_text(value: Value) -> Value:
    """Return a document given as an object as JSON text, unknown if any part of it is; text stays as it is."""
    if contains_unknown(value):
        return UNKNOWN
    return json.dumps(value) if isinstance(value, dict | list) else value


def same_json(left: str, right: str) -> bool:
    """Whether two JSON texts hold the same, whatever their white space, key order and numbers given as text."""
    return left == right or _canonical_json(left) == _canonical_json(right)


def same_policy(left: str, right: str) -> bool:
    """Whether two policy documents hold the same: order and single-item lists make no difference.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    return left == right or _canonical_policy(left) == _canonical_policy(right)


def _canonical_json(text: str) -> str:
    try:
        return json.dumps(_as_text(json.loads(text)), sort_keys=True)
    except ValueError:
        return text


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _canonical_policy(text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if not isinstance(document, dict):
        return text
    statements = [
        json.dumps(_canonical_statement(statement), sort_keys=True) for statement in _listed(document.get("Statement"))
    ]
    return json.dumps({**_as_text(document), "Statement": sorted(statements)}, sort_keys=True)


def _canonical_statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    canonical: dict[str, Any] = {}
    for key, value in statement.items():
        if key in _SCALAR_OR_LIST:
            canonical[key] = _sorted_texts(value)
        elif key in {"Principal", "NotPrincipal"}:
            principals = {"AWS": "*"} if value == "*" else value
            canonical[key] = {
                kind: sorted(_ACCOUNT.sub(r"arn:aws:iam::\1:root", name) for name in _sorted_texts(names))
                for kind, names in principals.items()
            }
        elif key == "Condition":
            canonical[key] = {
                operator: {name: _sorted_texts(values) for name, values in keys.items()}
                for operator, keys in value.items()
            }
        elif not (key == "Sid" and value == ""):
            canonical[key] = value
    return canonical


def _sorted_texts(value: Any) -> list[str]:
    return sorted(item if isinstance(item, str) else json.dumps(item) for item in _listed(value))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
