from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, arn, queue
from tests.policies.cases import Case, check, table
from tests.policies.documents import PLAIN_HTTP, document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

ALARMS = arn("sns", "alarms")


def topic(**inputs: Any) -> Declared:
    return Declared("aws:sns/topic:Topic", "alarms", {"name": "alarms", **inputs})


@table(
    [
        Case("missing", [topic()], violations=["alarms"]),
        Case("an empty key", [topic(kmsMasterKeyId="")], violations=["alarms"]),
        Case("a key", [topic(kmsMasterKeyId="alias/mine")]),
        Case("a key not known yet is a key", [topic(kmsMasterKeyId=UNKNOWN)]),
        Case("no topic", [queue("orders")]),
    ]
)
def test_encrypted(pack: Analyzer, case: Case) -> None:
    check(pack, "sns-encrypted", case)


def policy(**changes: Any) -> Declared:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": ALARMS, "Condition": PLAIN_HTTP}
    inputs = {"arn": UNKNOWN, "policy": document({**deny, **changes})}
    return Declared("aws:sns/topicPolicy:TopicPolicy", "policy", inputs, {"arn": ["alarms"]})


def subscribed(protocol: Any) -> Declared:
    inputs = {"topic": UNKNOWN, "protocol": protocol, "endpoint": UNKNOWN}
    return Declared("aws:sns/topicSubscription:TopicSubscription", "reader", inputs, {"topic": ["alarms"]})


@table(
    [
        Case("no policy", [topic()], violations=["alarms"]),
        Case("denied", [topic(), policy()]),
        Case(
            "denied to one service only",
            [topic(), policy(Principal={"Service": "s3.amazonaws.com"})],
            violations=["policy"],
        ),
        Case("another topic", [topic(), policy(Resource=arn("sns", "others"))], violations=["policy"]),
        Case(
            "denied over HTTPS",
            [topic(), policy(Condition={"Bool": {"aws:SecureTransport": "true"}})],
            violations=["policy"],
        ),
        Case("another action", [topic(), policy(Action="sns:Subscribe")], violations=["policy"]),
        Case("delivered in clear", [topic(), policy(), subscribed("http")], violations=["reader"]),
        Case("delivered over HTTPS", [topic(), policy(), subscribed("https")]),
        Case("delivered to a queue", [topic(), policy(), subscribed("sqs")]),
        Case("delivered somehow", [topic(), policy(), subscribed(UNKNOWN)], undecided=["reader"]),
        Case("not known", [topic(policy=UNKNOWN)], undecided=["alarms"]),
        Case("no topic", [queue("orders")]),
    ]
)
def test_https_only(pack: Analyzer, case: Case) -> None:
    check(pack, "sns-https-only", case)
