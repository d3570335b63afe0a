"""The evaluator of the access matrix decides as AWS's documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conditions import holds, stands_for
from tests.access.evaluator import Caller, CallerKind, Document, Request, Resource, allowed

OURS, THEIRS = "111111111111", "222222222222"
QUEUE, ROLE = f"arn:aws:sqs:eu-central-1:{OURS}:orders", f"arn:aws:iam::{OURS}:role/worker"
SEND = "sqs:SendMessage"


def document(*statements: dict[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str = SEND, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def deny(action: str = SEND, **more: Any) -> dict[str, Any]:
    return {**allow(action, **more), "Effect": "Deny"}


def role(*policies: Document, account: str = OURS, boundary: Document | None = None) -> Caller:
    return Caller(CallerKind.ROLE, ROLE.replace(OURS, account), account, {}, policies, boundary)


def sends(caller: Caller, policy: Document | None = None, *, is_key: bool = False) -> bool:
    return allowed(Request(caller, SEND, Resource(QUEUE, OURS, policy=policy, is_key=is_key)))


TO_ROLE, TO_ACCOUNT = allow(Principal={"AWS": [ROLE]}), allow(Principal={"AWS": f"arn:aws:iam::{OURS}:root"})
SERVICE = Caller(CallerKind.SERVICE, "s3.amazonaws.com")
DECISIONS = [
    ("nothing allows", role(), None, False),
    ("its own policy allows", role(document(allow())), None, True),
    ("the queue's policy allows it by name", role(), document(TO_ROLE), True),
    ("the queue's policy hands over to the account", role(), document(TO_ACCOUNT), False),
    ("a Deny of its own wins", role(document(allow(), deny())), document(TO_ROLE), False),
    ("a Deny of the queue wins", role(document(allow())), document(deny(Principal="*")), False),
    ("a Deny for somebody else doesn't", role(document(allow())), document(deny(Principal={"AWS": "x"})), True),
    ("the boundary allows too", role(document(allow()), boundary=document(allow())), None, True),
    ("the boundary doesn't", role(document(allow()), boundary=document(allow("s3:*"))), None, False),
    ("the boundary doesn't, the queue does", role(boundary=document(allow("s3:*"))), document(TO_ROLE), False),
    ("the boundary denies", role(document(allow()), boundary=document(allow("*"), deny())), None, False),
    ("another account: only its own", role(document(allow()), account=THEIRS), None, False),
    ("another account: only the queue's", role(account=THEIRS), document(allow(Principal="*")), False),
    ("another account: both", role(document(allow()), account=THEIRS), document(allow(Principal="*")), True),
    ("a service that is named", SERVICE, document(allow(Principal={"Service": "s3.amazonaws.com"})), True),
    ("a service that is not", SERVICE, document(allow(Principal={"Service": "sns.amazonaws.com"})), False),
    ("nobody, and the queue is private", Caller(CallerKind.NOBODY), document(TO_ROLE), False),
    ("nobody, and the queue is public", Caller(CallerKind.NOBODY), document(allow(Principal="*")), True),
]


@pytest.mark.parametrize(
    ("caller", "policy", "decision"), [each[1:] for each in DECISIONS], ids=[each[0] for each in DECISIONS]
)
def test_who_is_let_through(caller: Caller, policy: Document | None, decision: bool) -> None:  # noqa: FBT001
    assert sends(caller, policy) is decision


def test_a_keys_policy_has_the_last_word() -> None:
    holder = role(document(allow()))
    assert not sends(holder, document(allow(Principal={"AWS": "x"})), is_key=True)
    assert sends(holder, document(TO_ACCOUNT), is_key=True)
    assert not sends(role(), document(TO_ACCOUNT), is_key=True)
    assert sends(role(), document(TO_ROLE), is_key=True)


KEYS = {
    "aws:principaltag/team": ("a*",),
    "aws:resourcetag/team": ("abc",),
    "aws:tagkeys": ("x", "y"),
    "aws:sourcearn": (QUEUE,),
}
CONDITIONS = [
    ("StringEquals", "aws:ResourceTag/Team", "abc", True),
    ("StringEquals", "aws:ResourceTag/team", "ABC", False),
    ("StringEquals", "aws:ResourceTag/team", "a*", False),
    ("StringEqualsIgnoreCase", "aws:ResourceTag/team", "ABC", True),
    ("StringLike", "aws:ResourceTag/team", "a*", True),
    ("StringLike", "aws:ResourceTag/team", "a?", False),
    ("StringLike", "aws:ResourceTag/team", "${aws:PrincipalTag/team}", False),  # its value is text, not a pattern
    ("StringEquals", "aws:PrincipalTag/team", "${aws:PrincipalTag/team}", True),
    ("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/other}", False),
    ("StringEquals", "aws:ResourceTag/other", "abc", False),
    ("StringNotEquals", "aws:ResourceTag/other", "abc", True),
    ("StringEqualsIfExists", "aws:ResourceTag/other", "abc", True),
    ("StringEqualsIfExists", "aws:ResourceTag/team", "other", False),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["x", "y", "z"], True),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["x"], False),
    ("ForAllValues:StringEquals", "aws:Other", ["x"], True),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["x"], True),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["z"], False),
    ("ForAnyValue:StringEquals", "aws:Other", ["x"], False),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["x"], True),
    ("Null", "aws:ResourceTag/other", "true", True),
    ("Null", "aws:ResourceTag/team", "true", False),
    ("Null", "aws:ResourceTag/team", "false", True),
    ("ArnEquals", "aws:SourceArn", QUEUE, True),
    ("ArnLike", "aws:SourceArn", f"arn:aws:sqs:*:{OURS}:*", True),
    ("ArnLike", "aws:SourceArn", "arn:aws:s*", False),
    ("ArnNotEquals", "aws:SourceArn", QUEUE, False),
]


@pytest.mark.parametrize(("operator", "key", "values", "expected"), CONDITIONS, ids=str)
def test_conditions(operator: str, key: str, values: Any, expected: bool) -> None:  # noqa: FBT001
    assert holds(operator, key, values if isinstance(values, list) else [values], KEYS) is expected


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("NumericEquals", "aws:ResourceTag/team", "1"),
        ("ForSomeValues:StringEquals", "aws:TagKeys", "x"),
        ("StringEquals", "aws:TagKeys", "x"),
        ("ArnLike", "aws:SourceArn", "${aws:PrincipalTag/team}"),
    ],
)
def test_what_is_not_handled_is_an_error_never_a_guess(operator: str, key: str, value: str) -> None:
    with pytest.raises(NotImplementedError):
        holds(operator, key, [value], KEYS)


@pytest.mark.parametrize("element", ["NotAction", "NotResource", "NotPrincipal"])
def test_elements_that_are_not_handled_are_errors(element: str) -> None:
    with pytest.raises(NotImplementedError):
        sends(role(document({**allow(), element: "x"})))


def test_wildcards_reach_over_every_character() -> None:
    assert stands_for("arn:aws:sqs:*", QUEUE, {})
    assert not stands_for("arn:aws:sqs:*:order", QUEUE, {})
