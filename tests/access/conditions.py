"""Condition operators, policy variables and wildcards of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Keys = dict[str, tuple[str, ...]]
"""Context keys in lower case, as their names ignore case, with their values."""

VARIABLE = re.compile(r"\$\{([^}]+)\}")
ARN_PARTS = 6


def holds(operator: str, key: str, values: Sequence[str], context: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a condition holds in the context of a request.

    Raises:
        NotImplementedError: the operator is not one of these.
    """
    actual = context.get(key.lower())
    if operator == "Null":
        return (actual is None) == (values == ["true"])
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    test = TESTS.get(name.replace("Not", "", 1))
    if test is None or quantifier not in {"", "ForAnyValue", "ForAllValues"}:
        raise NotImplementedError(operator)
    if actual is None:
        return if_exists or quantifier == "ForAllValues" or (negated and not quantifier)
    if not quantifier and len(actual) != 1:
        raise NotImplementedError(f"{operator} on {key}, which has {len(actual)} values")

    def matches(one: str) -> bool:
        return any(test(value, one, context) for value in values) is not negated

    return any(map(matches, actual)) if quantifier == "ForAnyValue" else all(map(matches, actual))


def stands_for(pattern: str, text: str, context: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a pattern with ``*``, ``?`` and variables stands for the text; an unknown variable stands for nothing."""
    expression = ""
    for number, part in enumerate(VARIABLE.split(pattern)):
        if number % 2 == 0:
            expression += re.escape(part).replace(r"\*", ".*").replace(r"\?", ".")
            continue
        value = context.get(part.lower())
        if value is None or len(value) != 1:
            return False
        expression += re.escape(value[0])
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _same(expected: str, actual: str, context: Mapping[str, tuple[str, ...]]) -> bool:
    value: str = expected
    for name in VARIABLE.findall(expected):
        found = context.get(name.lower())
        if found is None or len(found) != 1:
            return False
        value = value.replace(f"${{{name}}}", found[0])
    return value == actual


def _same_but_case(expected: str, actual: str, context: Mapping[str, tuple[str, ...]]) -> bool:
    return _same(expected.lower(), actual.lower(), context)


def _arn(expected: str, actual: str, context: Mapping[str, tuple[str, ...]]) -> bool:
    """ARNs are compared part by part: a wildcard does not reach over a colon of the first five."""
    if "${" in expected:
        raise NotImplementedError(f"a variable in the ARN {expected}")
    pairs = zip(expected.split(":", ARN_PARTS - 1), actual.split(":", ARN_PARTS - 1), strict=False)
    same_length = expected.count(":") >= ARN_PARTS - 1 and actual.count(":") >= ARN_PARTS - 1
    return same_length and all(stands_for(pattern, part, context) for pattern, part in pairs)


def _bool(expected: str, actual: str, _: Mapping[str, tuple[str, ...]]) -> bool:
    return expected.lower() == actual.lower()


TESTS: Mapping[str, Callable[[str, str, Mapping[str, tuple[str, ...]]], bool]] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_but_case,
    "StringLike": stands_for,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": _bool,
}
