"""Every condition operator, on keys that are there, absent, or have several values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crossguard.values import UNKNOWN
from iam_documents import parse_document

if TYPE_CHECKING:
    from iam_documents import Condition

ROLE = "arn:aws:iam::111122223333:role/app"


def condition(operator: str, key: str, values: Any, version: str = "2012-10-17") -> Condition:
    document = parse_document(
        {
            "Version": version,
            "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {operator: {key: values}}},
        }
    )
    assert document is not None
    return document.statements[0].conditions[0]


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "a", ["a"], True),
        ("StringEquals", "a", ["A"], False),
        ("StringEquals", ["b", "a"], ["a"], True),
        ("StringEquals", "a*", ["ab"], False),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIfExists", "a", ["b"], False),
        ("StringNotEquals", "a", ["a"], False),
        ("StringNotEquals", "a", ["b"], True),
        ("StringNotEquals", "a", None, True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringEqualsIgnoreCase", "Owner", ["owner"], True),
        ("StringNotEqualsIgnoreCase", "Owner", ["owner"], False),
        ("StringLike", "a*", ["ab"], True),
        ("StringLike", "a?", ["abc"], False),
        ("StringNotLike", "a*", ["ab"], False),
        ("stringlike", "a*", ["ab"], True),
        ("Bool", "false", ["false"], True),
        ("Bool", False, ["false"], True),
        ("Bool", "False", ["false"], True),
        ("Bool", "true", ["false"], False),
        ("Bool", "false", None, False),
        ("BoolIfExists", "false", None, True),
        ("NumericLessThan", "1.2", ["1.1"], True),
        ("NumericLessThan", 10, ["10"], False),
        ("NumericLessThanEquals", 10, ["10"], True),
        ("NumericGreaterThan", 10, ["11"], True),
        ("NumericGreaterThanEquals", 10, ["9"], False),
        ("NumericEquals", 1, ["1.0"], True),
        ("NumericNotEquals", 1, ["1"], False),
        ("NumericEquals", 1, ["one"], False),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", ["2026-06-01"], True),
        ("DateLessThan", "2026-01-01T00:00:00Z", ["2026-06-01T00:00:00Z"], False),
        ("DateEquals", "1970-01-01T00:00:10Z", ["10"], True),
        ("IpAddress", "10.0.0.0/8", ["10.1.2.3"], True),
        ("IpAddress", "10.0.0.0/8", ["192.0.2.1"], False),
        ("NotIpAddress", "10.0.0.0/8", ["192.0.2.1"], True),
        ("NotIpAddress", "10.0.0.0/8", ["10.1.2.3"], False),
        ("IpAddress", "2001:db8::/32", ["2001:db8::1"], True),
        ("ArnEquals", "arn:aws:sqs:*:111122223333:*", ["arn:aws:sqs:eu-west-1:111122223333:orders"], True),
        ("ArnLike", "arn:aws:s3:::b", ["arn:aws:s3:::c"], False),
        ("ArnNotEquals", ROLE, [ROLE], False),
        ("ArnNotLike", ROLE, None, True),
        ("BinaryEquals", "QQ==", ["QQ=="], True),
        ("Null", "true", None, True),
        ("Null", True, ["a"], False),
        ("Null", "false", ["a"], True),
        ("Null", ["true", "false"], None, True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
        ("ForAnyValue:StringEquals", ["a"], ["b", "a"], True),
        ("ForAnyValue:StringEquals", ["a"], None, False),
        ("ForAnyValue:StringEqualsIfExists", ["a"], None, True),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a"], None, False),
        ("StringEquals", UNKNOWN, ["a"], None),
        ("StringEquals", ["a", UNKNOWN], ["a"], True),
        ("StringNotEquals", ["a", UNKNOWN], ["a"], False),
        ("StringNotEquals", UNKNOWN, ["a"], None),
        ("Null", UNKNOWN, ["a"], None),
    ],
)
def test_operator(operator: str, wanted: Any, found: list[str] | None, expected: bool | None) -> None:  # noqa: FBT001
    context = {} if found is None else {"aws:key": tuple(found)}
    assert condition(operator, "aws:Key", wanted).holds(context) is expected


@pytest.mark.parametrize(
    ("wanted", "context", "expected"),
    [
        ("${aws:PrincipalTag/team}", {"aws:principaltag/team": ("red",), "k": ("red",)}, True),
        ("${aws:PrincipalTag/team}", {"aws:principaltag/team": ("red",), "k": ("blue",)}, False),
        ("${aws:PrincipalTag/team}", {"k": ("red",)}, False),
        ("${aws:PrincipalTag/team, 'none'}", {"k": ("none",)}, True),
        ("x-${aws:PrincipalTag/team}", {"aws:principaltag/team": ("red",), "k": ("x-red",)}, True),
        ("${*}", {"k": ("*",)}, True),
        ("${$}", {"k": ("$",)}, True),
    ],
)
def test_policy_variables(wanted: str, context: dict[str, tuple[str, ...]], expected: bool) -> None:  # noqa: FBT001
    assert condition("StringEquals", "k", wanted).holds(context) is expected


def test_policy_variables_are_plain_text_in_the_older_version() -> None:
    old = condition("StringEquals", "k", "${aws:username}", version="2008-10-17")
    assert old.holds({"k": ("${aws:username}",)}) is True
    assert old.variables() == []


def test_unknown_policy_text_in_a_variable_stays_undecided() -> None:
    assert condition("StringLike", "k", [UNKNOWN, "b"]).holds({"k": ("a",)}) is None
