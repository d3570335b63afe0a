"""Policy variables such as ``${aws:PrincipalTag/project}`` stand for the request's values.

Upstream compares them as plain text, so a statement with a variable never matches: attribute-based access control
(ABAC) is denied everywhere. AWS puts the value of the condition key in their place, in resources and in conditions; a
variable whose key is not in the request equals nothing, which the text left in its place does as well.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

Not done: a document of another ``Version`` than 2012-10-17 has no variables on AWS; here it has.

Noticed when upstream no longer needs it: ``test_upstream_still_takes_policy_variables_as_text``.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

VARIABLE = re.compile(r"\$\{\s*([^,}]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
ESCAPES = ("*", "?", "$")


def apply() -> None:
    from ministack.core import iam_evaluator  # noqa: PLC0415 - reads the environment when imported

    upstream_conditions_met = iam_evaluator._conditions_met  # noqa: SLF001
    upstream_first_match = iam_evaluator._first_match  # noqa: SLF001

    def expanded(text: Any, context: Any) -> Any:
        if not isinstance(text, str) or "${" not in text:
            return text

        def value(found: re.Match[str]) -> str:
            key, default = found.groups()
            if key in ESCAPES:
                return str(key)
            actual = iam_evaluator._resolve_condition_key(key, context)  # noqa: SLF001
            if actual is None or isinstance(actual, list):  # keys of many values can't be variables
                return found[0] if default is None else str(default)
            return str(actual)

        return VARIABLE.sub(value, text)

    def conditions_met(conditions: Any, context: Any) -> bool:
        return bool(upstream_conditions_met(_each_text(conditions, lambda text: expanded(text, context)), context))

    def first_match(context: Any, statements: list[Any], effect: str) -> Any:
        for statement in statements:
            resources, not_resources = (
                [expanded(arn, context) for arn in arns] for arns in (statement.resources, statement.not_resources)
            )
            stands_for = dataclasses.replace(statement, resources=resources, not_resources=not_resources)
            if upstream_first_match(context, [stands_for], effect):
                return statement
        return None

    iam_evaluator._conditions_met = conditions_met  # noqa: SLF001
    iam_evaluator._first_match = first_match  # noqa: SLF001


def _each_text(value: Any, change: Any) -> Any:
    """Change every text of a condition block but its keys."""
    if isinstance(value, dict):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each_text(inner, change) for inner in value]
    return change(value)
