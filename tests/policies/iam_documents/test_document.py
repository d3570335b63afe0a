"""Documents in every form, and where they are at fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from crossguard.values import UNKNOWN
from iam_documents import MalformedDocumentError, parse_document

STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "SQS:SendMessage", "Resource": "*"}


@pytest.mark.parametrize(
    "value",
    [
        {"Version": "2012-10-17", "Statement": [STATEMENT]},
        {"Version": "2012-10-17", "Statement": STATEMENT},
        json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": STATEMENT}),
        {"Statement": [{**STATEMENT, "Action": ["sqs:SendMessage"], "Principal": {"AWS": ["111122223333"]}}]},
    ],
)
def test_all_forms_mean_the_same(value: Any) -> None:
    document = parse_document(value)
    assert document is not None
    (statement,) = document.statements
    assert statement.allow
    assert statement.actions.patterns == ("sqs:sendmessage",)
    assert statement.principals is not None
    assert statement.principals.members == (("AWS", "111122223333"),)
    assert statement.resources is not None
    assert statement.resources.patterns == ("*",)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("{", ""),
        ('{"Statement": [], "Statement": []}', ""),
        ("[]", ""),
        (7.0, ""),
        ({}, "Statement"),
        ({"Version": "2012-10-18", "Statement": []}, "Version"),
        ({"Statments": []}, "Statments"),
        ({"Statement": ["x"]}, "Statement[0]"),
        ({"Statement": [STATEMENT, {**STATEMENT, "Effect": "deny"}]}, "Statement[1].Effect"),
        ({"Statement": [{**STATEMENT, "Principle": "*"}]}, "Statement[0].Principle"),
        ({"Statement": [{**STATEMENT, "Principal": "me"}]}, "Statement[0].Principal"),
        ({"Statement": [{**STATEMENT, "Principal": {"Aws": "*"}}]}, "Statement[0].Principal.Aws"),
        ({"Statement": [{**STATEMENT, "NotPrincipal": "*"}]}, "Statement[0].NotPrincipal"),
        ({"Statement": [{**STATEMENT, "NotAction": "*"}]}, "Statement[0].NotAction"),
        ({"Statement": [{"Effect": "Deny"}]}, "Statement[0].Action"),
        ({"Statement": [{**STATEMENT, "Action": [None]}]}, "Statement[0].Action[0]"),
        ({"Statement": [{**STATEMENT, "Resource": {"a": 1}}]}, "Statement[0].Resource"),
        ({"Statement": [{**STATEMENT, "Condition": "x"}]}, "Statement[0].Condition"),
        ({"Statement": [{**STATEMENT, "Condition": {"StringEqual": {}}}]}, "Statement[0].Condition.StringEqual"),
        ({"Statement": [{**STATEMENT, "Condition": {"Bool": "x"}}]}, "Statement[0].Condition.Bool"),
        ({"Statement": [{**STATEMENT, "Condition": {"NullIfExists": {}}}]}, "Statement[0].Condition.NullIfExists"),
        ({"Statement": [{**STATEMENT, "Condition": {"Bool": {"k": None}}}]}, "Statement[0].Condition.Bool.k"),
    ],
)
def test_the_place_of_a_fault_is_named(value: Any, place: str) -> None:
    with pytest.raises(MalformedDocumentError) as caught:
        parse_document(value)
    assert caught.value.place == place
    assert caught.value.problem


def test_a_document_of_which_nothing_is_known_is_none() -> None:
    assert parse_document(UNKNOWN) is None


@pytest.mark.parametrize("statement", [UNKNOWN, {**STATEMENT, "Effect": UNKNOWN}])
def test_statements_that_are_not_known_make_the_document_incomplete(statement: Any) -> None:
    document = parse_document({"Statement": [STATEMENT, statement]})
    assert document is not None
    assert document.incomplete
    assert len(document.statements) == 1
