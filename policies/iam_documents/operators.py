"""Condition operators: what they compare and how, with ``…IfExists``, ``ForAllValues:`` and ``ForAnyValue:``.

Answers are three-valued: None means that it hangs on a value that is not known yet.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from crossguard.values import UNKNOWN

from .wildcards import arn_matches, matches

if TYPE_CHECKING:
    from crossguard.values import Unknown

Context: TypeAlias = Mapping[str, tuple[str, ...]]  # values by key in lower case; a key that is absent is not there
Comparison: TypeAlias = Callable[[str, str], bool]  # (wanted by the policy, found in the request)

VARIABLE: Final = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
LITERALS: Final = {"*": "*", "?": "?", "$": "$"}


@dataclass(frozen=True)
class Operator:
    """A condition operator.

    Attributes:
        name: its base name, such as ``StringEquals``.
        compare: the positive comparison.
        negated: a Not… operator: holds if no value compares.
        if_exists: also holds if the key is absent.
        quantifier: "", "all" (``ForAllValues:``, holds if the key is absent) or "any" (``ForAnyValue:``).
    """

    name: str
    compare: Comparison
    negated: bool = False
    if_exists: bool = False
    quantifier: str = ""


@dataclass(frozen=True)
class Condition:
    """One operator on one key; any of the values may compare (for a Not… operator, none may).

    Attributes:
        place: where it is, such as ``Statement[0].Condition.Bool.aws:SecureTransport``.
        key: in lower case, because AWS compares keys so; "" if not even the keys are known.
        values: as in the policy.
        with_variables: the policy's version has policy variables such as ``${aws:username}``.
    """

    place: str
    operator: Operator
    key: str
    values: tuple[str | Unknown, ...]
    with_variables: bool = True

    def holds(self, context: Context) -> bool | None:
        """Whether the condition holds for a request with this context."""
        if not self.key:
            return None
        found = context.get(self.key)
        operator = self.operator
        if operator.name == "Null":
            return self._is_null(absent=found is None)
        if found is None:
            return operator.if_exists or operator.quantifier == "all" or (operator.negated and not operator.quantifier)
        answers = [self._value_holds(value, context) for value in found]
        if operator.quantifier == "all":
            return _all(answers)
        if operator.quantifier == "any" or not operator.negated:
            return _any(answers)
        return _all(answers)

    def variables(self) -> list[str]:
        """The keys, in lower case, that the values refer to."""
        texts = [value for value in self.values if isinstance(value, str)] if self.with_variables else []
        return [name.lower() for text in texts for name, _ in VARIABLE.findall(text) if name not in LITERALS]

    def _is_null(self, *, absent: bool) -> bool | None:
        wanted = {value.lower() for value in self.values if isinstance(value, str)}
        if ("true" if absent else "false") in wanted:
            return True
        return None if UNKNOWN in self.values else False

    def _value_holds(self, found: str, context: Context) -> bool | None:
        answer = _any([self._compares(wanted, found, context) for wanted in self.values])
        return answer if not self.operator.negated or answer is None else not answer

    def _compares(self, wanted: str | Unknown, found: str, context: Context) -> bool | None:
        if wanted is UNKNOWN:
            return None
        text = str(wanted)
        if self.with_variables and "${" in text:
            substituted = _substitute(text, context)
            if substituted is None:  # AWS: a variable without a value makes the comparison fail
                return False
            text = substituted
        return self.operator.compare(text, found)


def operator_of(name: str) -> Operator | None:
    """The operator of this name, with its prefix and suffix, or None."""
    return _OPERATORS.get(name.lower()) or _decorated(name.lower())


@lru_cache(maxsize=256)
def _decorated(name: str) -> Operator | None:
    quantifier = ""
    for prefix, meaning in (("forallvalues:", "all"), ("foranyvalue:", "any")):
        if name.startswith(prefix):
            quantifier, name = meaning, name.removeprefix(prefix)
    if_exists = name.endswith("ifexists")
    base = _OPERATORS.get(name.removesuffix("ifexists"))
    if base is None or (base.name == "Null" and (if_exists or quantifier)):
        return None
    return Operator(base.name, base.compare, base.negated, if_exists, quantifier)


def _substitute(text: str, context: Context) -> str | None:
    missing = False

    def replacement(variable: re.Match[str]) -> str:
        nonlocal missing
        name, default = variable.group(1), variable.group(2)
        if name in LITERALS:
            return LITERALS[name]
        values = context.get(name.lower())
        if values is None and default is None:
            missing = True
            return ""
        return values[0] if values else default or ""

    result = VARIABLE.sub(replacement, text)
    return None if missing else result


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _equal(wanted: str, found: str) -> bool:
    return wanted == found


def _equal_ignoring_case(wanted: str, found: str) -> bool:
    return wanted.lower() == found.lower()


def number(text: str) -> float | None:
    """The number that the text is, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 date or of the seconds themselves, or None."""
    seconds = number(text)
    if seconds is not None:
        return seconds
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _ordered(read: Callable[[str], float | None], compare: Callable[[float, float], bool]) -> Comparison:
    def comparison(wanted: str, found: str) -> bool:
        bound, value = read(wanted), read(found)
        return bound is not None and value is not None and compare(value, bound)

    return comparison


def _in_network(wanted: str, found: str) -> bool:
    try:
        return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


_COMPARISONS: Final[Mapping[str, tuple[Comparison, bool]]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (matches, False),
    "StringNotLike": (matches, True),
    "NumericEquals": (_ordered(number, lambda value, bound: value == bound), False),
    "NumericNotEquals": (_ordered(number, lambda value, bound: value == bound), True),
    "NumericLessThan": (_ordered(number, lambda value, bound: value < bound), False),
    "NumericLessThanEquals": (_ordered(number, lambda value, bound: value <= bound), False),
    "NumericGreaterThan": (_ordered(number, lambda value, bound: value > bound), False),
    "NumericGreaterThanEquals": (_ordered(number, lambda value, bound: value >= bound), False),
    "DateEquals": (_ordered(moment, lambda value, bound: value == bound), False),
    "DateNotEquals": (_ordered(moment, lambda value, bound: value == bound), True),
    "DateLessThan": (_ordered(moment, lambda value, bound: value < bound), False),
    "DateLessThanEquals": (_ordered(moment, lambda value, bound: value <= bound), False),
    "DateGreaterThan": (_ordered(moment, lambda value, bound: value > bound), False),
    "DateGreaterThanEquals": (_ordered(moment, lambda value, bound: value >= bound), False),
    "Bool": (_equal_ignoring_case, False),
    "BinaryEquals": (_equal, False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    "ArnEquals": (arn_matches, False),
    "ArnLike": (arn_matches, False),
    "ArnNotEquals": (arn_matches, True),
    "ArnNotLike": (arn_matches, True),
    "Null": (_equal, False),
}
_OPERATORS: Final[Mapping[str, Operator]] = {
    name.lower(): Operator(name, compare, negated) for name, (compare, negated) in _COMPARISONS.items()
}
STRING_EQUALS: Final = _OPERATORS["stringequals"]
