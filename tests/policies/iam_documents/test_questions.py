"""Documents and questions: is there a request that gets through, and which?"""

from __future__ import annotations

from typing import Any

import pytest
from crossguard.values import UNKNOWN
from hypothesis import given, settings
from hypothesis import strategies as st
from iam_documents import (
    HOLDER,
    STRANGERS,
    Answer,
    Document,
    Domain,
    Question,
    Request,
    Target,
    any_applies,
    find_allowed,
    find_not_denied,
    parse_document,
    someone_elses_resource_behind,
)
from secure_transport import describe_gap, plain_http_gap
from sqs_actions import QUEUE_ACTIONS

from tests.policies.documents import ORDERS, PLAIN_HTTP, allow, deny_http, document

QUEUE = Target("sqs", "orders", ORDERS)
NEW_QUEUE = Target("sqs", "orders")


def parsed(*statements: dict[str, Any]) -> Document:
    found = parse_document({"Version": "2012-10-17", "Statement": list(statements)})
    assert found is not None
    return found


DENIED_OVER_HTTP = {
    "the usual statement": [deny_http()],
    "every principal of AWS": [deny_http(Principal={"AWS": "*"})],
    "the wildcard in a list": [deny_http(Principal={"AWS": ["*"]})],
    "every action": [deny_http(Action="*")],
    "action in other case": [deny_http(Action="SQS:*")],
    "all actions one by one": [deny_http(Action=list(QUEUE_ACTIONS))],
    "resource pattern": [deny_http(Resource="arn:aws:sqs:*:*:orders")],
    "resource anything": [deny_http(Resource="*")],
    "among other resources": [deny_http(Resource=["arn:aws:sqs:eu-west-1:111122223333:other", ORDERS])],
    "the boolean itself": [deny_http(Condition={"Bool": {"aws:SecureTransport": False}})],
    "if exists": [deny_http(Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})],
    "key in other case": [deny_http(Condition={"Bool": {"AWS:securetransport": "false"}})],
    "as a text": [deny_http(Condition={"StringEquals": {"aws:SecureTransport": "false"}})],
    "not true": [deny_http(Condition={"StringNotEquals": {"aws:SecureTransport": "true"}})],
    "both values": [deny_http(Condition={"Bool": {"aws:SecureTransport": ["true", "false"]}})],
    "without condition": [deny_http(Condition=None)],
    "a condition that always holds beside it": [
        deny_http(Condition={**PLAIN_HTTP, "Null": {"aws:SecureTransport": "false"}})
    ],
    "with an Allow beside it": [allow(Principal="*"), deny_http()],
    "in two halves by action": [
        deny_http(Action="sqs:[S]*"),
        deny_http(Action="sqs:S*"),
        deny_http(NotAction="sqs:S*", Action=None),
    ],
    "in two halves by condition": [
        deny_http(Condition={**PLAIN_HTTP, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        deny_http(Condition={**PLAIN_HTTP, "StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ],
    "nobody is exempt from an empty NotPrincipal": [deny_http(Principal=None, NotPrincipal={"AWS": []})],
    "NotResource of another queue": [deny_http(Resource=None, NotResource="arn:aws:sqs:eu-west-1:111122223333:other")],
}

NOT_DENIED_OVER_HTTP = {
    "no Deny at all": [allow()],
    "one principal only": [deny_http(Principal={"AWS": "arn:aws:iam::111122223333:role/app"})],
    "one account only": [deny_http(Principal={"AWS": "111122223333"})],
    "services only": [deny_http(Principal={"Service": "sns.amazonaws.com"})],
    "all principals but one": [deny_http(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:role/app"})],
    "wildcards inside principals mean nobody": [deny_http(Principal={"AWS": "arn:aws:iam::*:root"})],
    "one action only": [deny_http(Action="sqs:SendMessage")],
    "all actions but one": [deny_http(Action=None, NotAction="sqs:ReceiveMessage")],
    "another service's actions": [deny_http(Action="sns:*")],
    "another queue": [deny_http(Resource="arn:aws:sqs:eu-west-1:111122223333:my-orders")],
    "a prefix of the queue": [deny_http(Resource="arn:aws:sqs:eu-west-1:111122223333:order")],
    "NotResource of this queue": [deny_http(Resource=None, NotResource=ORDERS)],
    "an Allow instead": [deny_http(Effect="Allow")],
    "the wrong value": [deny_http(Condition={"Bool": {"aws:SecureTransport": "true"}})],
    "the wrong key": [deny_http(Condition={"Bool": {"aws:ViaAWSService": "false"}})],
    "the wrong case of a text": [deny_http(Condition={"StringEquals": {"aws:SecureTransport": "False"}})],
    "absence of the key": [deny_http(Condition={"Null": {"aws:SecureTransport": "true"}})],
    "a further operator": [deny_http(Condition={**PLAIN_HTTP, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
    "a further key": [
        deny_http(Condition={"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}})
    ],
    "a further not": [deny_http(Condition={**PLAIN_HTTP, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}})],
    "an exempt role": [
        deny_http(Condition={**PLAIN_HTTP, "ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}})
    ],
    "until a date": [deny_http(Condition={**PLAIN_HTTP, "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}})],
    "a TLS version, which plain HTTP lacks": [deny_http(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}})],
    "two halves that leave a gap": [
        deny_http(Condition={**PLAIN_HTTP, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        deny_http(Condition={**PLAIN_HTTP, "StringEquals": {"aws:PrincipalOrgID": "o-2"}}),
    ],
}


@pytest.mark.parametrize("statements", DENIED_OVER_HTTP.values(), ids=DENIED_OVER_HTTP)
@pytest.mark.parametrize("target", [QUEUE, NEW_QUEUE], ids=["known ARN", "known name"])
def test_plain_http_is_denied(statements: list[dict[str, Any]], target: Target) -> None:
    reply = plain_http_gap(parsed(*statements), target, QUEUE_ACTIONS)
    assert reply.answer is Answer.NO, reply.request


@pytest.mark.parametrize("statements", NOT_DENIED_OVER_HTTP.values(), ids=NOT_DENIED_OVER_HTTP)
@pytest.mark.parametrize("target", [QUEUE, NEW_QUEUE], ids=["known ARN", "known name"])
def test_plain_http_gets_through(statements: list[dict[str, Any]], target: Target) -> None:
    found = parsed(*statements)
    reply = plain_http_gap(found, target, QUEUE_ACTIONS)
    assert reply.answer is Answer.YES
    assert reply.request is not None
    assert any_applies(found.denies, reply.request) is False  # the request proves it
    assert reply.request.action in describe_gap(found, reply.request)


@pytest.mark.parametrize(
    "statement",
    [
        deny_http(Action=UNKNOWN),
        deny_http(Resource=[UNKNOWN]),
        deny_http(Principal=UNKNOWN),
        deny_http(Condition=UNKNOWN),
        deny_http(Condition={"Bool": {"aws:SecureTransport": UNKNOWN}}),
        UNKNOWN,
    ],
)
def test_it_may_be_denied_while_parts_are_unknown(statement: Any) -> None:
    assert plain_http_gap(parsed(statement), QUEUE, QUEUE_ACTIONS).answer is Answer.MAYBE


def test_unknown_parts_of_other_statements_do_not_matter() -> None:
    assert plain_http_gap(parsed(UNKNOWN, deny_http()), QUEUE, QUEUE_ACTIONS).answer is Answer.NO  # type: ignore[arg-type]
    assert plain_http_gap(parsed(allow(Principal=UNKNOWN), deny_http()), QUEUE, QUEUE_ACTIONS).answer is Answer.NO


def everyone(**condition: Any) -> dict[str, Any]:
    return allow(Principal="*", Condition=condition or None)


CLOSED_TO_STRANGERS = {
    "a named role": [allow()],
    "own organisation": [everyone(StringEquals={"aws:PrincipalOrgID": "o-1"})],
    "own account": [everyone(StringEquals={"aws:PrincipalAccount": "111122223333"})],
    "a named principal by condition": [everyone(ArnEquals={"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"})],
    "principals of the own account": [everyone(ArnLike={"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"})],
    "a source": [everyone(ArnEquals={"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:topic"})],
    "a source pattern with an account": [everyone(ArnLike={"aws:SourceArn": "arn:aws:sns:*:111122223333:*"})],
    "a bucket": [everyone(ArnLike={"aws:SourceArn": "arn:aws:s3:::uploads"})],
    "a bucket pattern with an account": [
        everyone(ArnLike={"aws:SourceArn": "arn:aws:s3:::*"}, StringEquals={"aws:SourceAccount": "111122223333"})
    ],
    "a VPC endpoint": [everyone(StringEquals={"aws:SourceVpce": "vpce-1a2b"})],
    "organisation paths": [everyone(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}})],
    "a Deny for all others": [
        everyone(),
        {**everyone(StringNotEquals={"aws:PrincipalOrgID": "o-1"}), "Effect": "Deny"},
    ],
    "a Deny that undoes it": [everyone(), {**everyone(), "Effect": "Deny", "Action": "sqs:*"}],
    "another queue": [{**everyone(), "Resource": "arn:aws:sqs:eu-west-1:111122223333:other"}],
    "another service": [{**everyone(), "Action": "sns:Publish"}],
    "a condition that never holds": [everyone(Bool={"aws:SecureTransport": []})],
    "all but the own account": [everyone(StringEquals={"aws:PrincipalOrgID": ["o-1", "o-2"]})],
}

OPEN_TO_STRANGERS = {
    "everyone": [everyone()],
    "everyone of AWS": [allow(Principal={"AWS": "*"})],
    "everyone but one": [allow(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:role/app"})],
    "if exists": [everyone(StringEqualsIfExists={"aws:PrincipalOrgID": "o-1"})],
    "for all values": [everyone(**{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
    "any organisation": [everyone(StringLike={"aws:PrincipalOrgID": "o-*"})],
    "not an organisation": [everyone(StringNotEquals={"aws:PrincipalOrgID": "o-9"})],
    "any principal": [everyone(StringLike={"aws:PrincipalArn": "*"})],
    "a role name in any account": [everyone(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/*"})],
    "an address": [everyone(IpAddress={"aws:SourceIp": "192.0.2.0/24"})],
    "a user agent": [everyone(StringEquals={"aws:UserAgent": "secret"})],
    "a tag of the caller": [everyone(StringEquals={"aws:PrincipalTag/team": "ours"})],
    "only over HTTPS": [everyone(Bool={"aws:SecureTransport": "true"})],
    "any bucket": [everyone(ArnLike={"aws:SourceArn": "arn:aws:s3:::*"})],
    "buckets with a prefix": [everyone(ArnLike={"aws:SourceArn": "arn:aws:s3:::ours-*"})],
    "any topic": [everyone(ArnLike={"aws:SourceArn": "arn:aws:sns:*:*:*"})],
    "a source if there is one": [everyone(ArnLikeIfExists={"aws:SourceArn": "arn:aws:sns:*:111122223333:*"})],
    "no source": [everyone(Null={"aws:SourceArn": "true"})],
    "some organisation": [everyone(Null={"aws:PrincipalOrgID": "false"})],
    "one of several conditions' values": [everyone(StringLike={"aws:PrincipalAccount": ["111122223333", "9*"]})],
    "a Deny with a hole": [
        everyone(),
        {
            **everyone(StringNotEqualsIfExists={"aws:PrincipalOrgID": "o-1"}, Bool={"aws:ViaAWSService": "true"}),
            "Effect": "Deny",
        },
    ],
}


def strangers_get_in(*statements: dict[str, Any]) -> Answer:
    return find_allowed([parsed(*statements)], Question(STRANGERS, QUEUE_ACTIONS, QUEUE)).answer


@pytest.mark.parametrize("statements", CLOSED_TO_STRANGERS.values(), ids=CLOSED_TO_STRANGERS)
def test_strangers_stay_outside(statements: list[dict[str, Any]]) -> None:
    assert strangers_get_in(*statements) is Answer.NO


@pytest.mark.parametrize("statements", OPEN_TO_STRANGERS.values(), ids=OPEN_TO_STRANGERS)
def test_strangers_get_in(statements: list[dict[str, Any]]) -> None:
    assert strangers_get_in(*statements) is Answer.YES


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, Answer.YES),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::uploads"}}, Answer.NO),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, Answer.NO),
        ({"StringEquals": {"aws:SourceOrgID": "o-1"}}, Answer.NO),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:uploads"}}, Answer.NO),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, Answer.YES),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*:*:*:topic"}}, Answer.YES),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, Answer.YES),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, Answer.NO),
        ({"StringEquals": {"aws:SourceAccount": UNKNOWN}}, Answer.MAYBE),
    ],
)
def test_confused_deputy(condition: Any, expected: Answer) -> None:
    deputy = parsed(allow(Principal={"Service": "s3.amazonaws.com"}, Condition=condition))
    question = Question([someone_elses_resource_behind("s3.amazonaws.com")], QUEUE_ACTIONS, QUEUE)
    assert find_allowed([deputy], question).answer is expected


def test_documents_of_one_holder_count_together() -> None:
    allows = parsed({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    denies = parsed({"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"})
    question = Question([HOLDER], ["sqs:DeleteQueue"], QUEUE)
    assert find_allowed([allows], question).answer is Answer.YES
    assert find_allowed([allows, denies], question).answer is Answer.NO


def test_a_search_that_is_too_large_says_maybe() -> None:
    keys = {f"aws:RequestTag/k{index}": "v" for index in range(12)}
    intricate = parsed(
        deny_http(Condition={**PLAIN_HTTP, "StringNotEquals": keys}), deny_http(Condition={"StringEquals": keys})
    )
    domains = {key.lower(): Domain(("v", "w"), may_be_absent=False) for key in keys}
    reply = find_not_denied(intricate, Question([HOLDER], ["sqs:SendMessage"], QUEUE, domains))
    assert reply.answer in {Answer.YES, Answer.MAYBE}


VALUES = st.sampled_from(["a", "b", "a*", "*b", "?"])
OPERATORS = st.sampled_from(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists"])
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(st.sampled_from(["k", "l"]), VALUES, max_size=2), max_size=2)
STATEMENTS = st.builds(
    lambda effect, condition: {"Effect": effect, "Action": "sqs:*", "Resource": "*", "Condition": condition},
    st.sampled_from(["Allow", "Deny"]),
    CONDITIONS,
)
CONTEXTS = st.dictionaries(
    st.sampled_from(["k", "l"]), st.sampled_from(["a", "b", "ab", "axb", "x", ""]).map(lambda v: (v,))
)


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringLike": {"k": "*b"}, "StringNotEquals": {"k": "b"}},
        {"StringLike": {"k": "?"}, "StringNotEquals": {"k": "z"}},
        {"StringLike": {"k": "?b"}, "StringNotLike": {"k": "z*"}},
        {"ArnLike": {"k": "arn:aws:s3:::*"}, "ArnNotEquals": {"k": "arn:aws:s3:::"}},
    ],
    ids=str,
)
def test_an_exception_of_the_shortest_text_leaves_the_others(conditions: dict[str, Any]) -> None:
    found = parsed({"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": conditions})
    assert find_allowed([found], Question([HOLDER], ["sqs:SendMessage"], QUEUE)).answer is Answer.YES


def test_an_exception_of_the_shortest_shared_text_leaves_the_others() -> None:
    both = {"StringLike": {"k": "a*"}, "StringLikeIfExists": {"k": "*b"}, "StringNotEquals": {"k": "ab"}}
    found = parsed({"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": both})
    assert find_allowed([found], Question([HOLDER], ["sqs:SendMessage"], QUEUE)).answer is Answer.YES


@settings(max_examples=300, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=3), CONTEXTS)
def test_no_request_gets_through_that_the_search_says_cannot(
    statements: list[dict[str, Any]], context: dict[str, tuple[str, ...]]
) -> None:
    found = parsed(*statements)
    question = Question([HOLDER], ["sqs:SendMessage"], QUEUE)
    reply = find_allowed([found], question)
    if reply.answer is Answer.NO:
        request = Request(HOLDER.caller, "sqs:SendMessage", QUEUE, context)
        assert not (any_applies(found.allows, request) and not any_applies(found.denies, request))


def test_the_text_form_means_the_same() -> None:
    found = parse_document(document(deny_http()))
    assert found is not None
    assert plain_http_gap(found, QUEUE, QUEUE_ACTIONS).answer is Answer.NO
