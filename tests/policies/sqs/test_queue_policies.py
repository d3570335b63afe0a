"""Rules on what queue policies mean: sqs-https-only, sqs-no-public-access, sqs-least-privilege-policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import ACCOUNT, REGION, UNKNOWN, Declared, arn, queue, queue_policy
from tests.policies.cases import Case, check, table
from tests.policies.documents import APP_ROLE, ORDERS, PLAIN_HTTP, allow, deny_http, document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

HTTPS, PUBLIC, LEAST = "sqs-https-only", "sqs-no-public-access", "sqs-least-privilege-policy"
SNS = {"Service": "sns.amazonaws.com"}
FROM_TOPIC = {"ArnEquals": {"aws:SourceArn": arn("sns", "topic")}}
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"


def orders(*statements: dict[str, Any]) -> list[Declared]:
    return [queue("orders"), queue_policy("orders", document(*statements))]


def nameless(*statements: dict[str, Any]) -> list[Declared]:
    """A queue whose name is not known yet either, such as one with a random part."""
    return [queue("orders", {"name": UNKNOWN}), queue_policy("orders", document(*statements))]


@table(
    [
        Case("accepts the usual Deny", orders(allow(), deny_http())),
        Case("accepts a Deny for every queue, whatever the name", nameless(deny_http(Resource=arn("sqs", "*")))),
        Case("cannot decide without the name", nameless(deny_http(Resource=arn("sqs", "orders-*"))), [], ["policy"]),
        Case("rejects a Deny for topics, whatever the name", nameless(deny_http(Resource=arn("sns", "*"))), ["policy"]),
        Case("accepts a policy written on the queue", [queue("orders", {"policy": document(deny_http())})]),
        Case("accepts a policy as an object", [queue("orders"), queue_policy("orders", {"Statement": deny_http()})]),
        Case(
            "accepts the policy of a deployed queue by its URL",
            [
                queue("orders", deployed=True),
                Declared(
                    "aws:sqs/queuePolicy:QueuePolicy", "policy", {"queueUrl": URL, "policy": document(deny_http())}
                ),
            ],
        ),
        Case("accepts China", orders(deny_http(Resource=arn("sqs", "orders", partition="aws-cn")))),
        Case("accepts GovCloud", orders(deny_http(Resource=arn("sqs", "orders", partition="aws-us-gov")))),
        Case("accepts a stack without queues", [Declared("aws:s3/bucket:Bucket", "uploads")]),
        Case("ignores what the provider computes", [queue("orders"), queue_policy("orders", document(deny_http()))]),
        Case("rejects a queue without policy", [queue("orders")], ["orders"], says="the queue has no policy"),
        Case("rejects a policy without Deny", orders(allow()), ["policy"], says="no Deny statement looks at"),
        Case(
            "rejects a Deny for one principal",
            orders(deny_http(Principal={"AWS": APP_ROLE})),
            ["policy"],
            says="Statement[0] (HttpsOnly) is not for this caller",
        ),
        Case("rejects a Deny for one action", orders(deny_http(Action="sqs:SendMessage")), ["policy"]),
        Case(
            "rejects a Deny for another queue",
            orders(deny_http(Resource=arn("sqs", "my-orders"))),
            ["policy"],
            says="is for another resource",
        ),
        Case(
            "rejects a Deny that a further key narrows",
            orders(deny_http(Condition={**PLAIN_HTTP, "StringEquals": {"aws:SourceVpce": "vpce-1"}})),
            ["policy"],
            says="holds only under a further condition",
        ),
        Case(
            "rejects the wrong key", orders(deny_http(Condition={"StringEquals": {"aws:Secure": "false"}})), ["policy"]
        ),
        Case(
            "rejects the account of another deployed queue",
            [
                queue("orders", deployed=True),
                queue_policy("orders", document(deny_http(Resource=arn("sqs", "orders", account="999999999999")))),
            ],
            ["policy"],
        ),
        Case(
            "judges every queue by its own policy",
            [
                queue("orders"),
                queue("dead-letters"),
                queue_policy("orders", document(deny_http())),
                queue_policy("dead-letters", document(deny_http()), "wrong"),
            ],
            ["wrong"],
        ),
        Case(
            "judges the policy of a queue outside the stack",
            [Declared("aws:sqs/queuePolicy:QueuePolicy", "policy", {"queueUrl": URL, "policy": document(allow())})],
            ["policy"],
        ),
        Case(
            "says where a document is malformed",
            orders(deny_http(Effect="deny")),
            ["policy"],
            says="property `policy.Statement[0].Effect`: the policy document is malformed: is 'deny'",
        ),
        Case(
            "says where a text is no JSON",
            [queue("orders"), queue_policy("orders", "{'Statement': []}")],
            ["policy"],
            says="not valid JSON at line 1, column 2",
        ),
        Case(
            "cannot decide on a policy that is not known yet",
            [queue("orders"), queue_policy("orders", UNKNOWN)],
            undecided=["policy"],
            says="property `policy` is not known yet, so neither is whether the policy denies plain HTTP",
        ),
        Case(
            "says which new resource an unknown policy comes from",
            [
                queue("orders"),
                Declared(
                    "aws:sqs/queuePolicy:QueuePolicy",
                    "policy",
                    {"queueUrl": UNKNOWN, "policy": UNKNOWN},
                    {"queueUrl": ["orders"], "policy": ["orders"]},
                ),
            ],
            undecided=["policy"],
            says="property `policy` is not known yet (it comes from 'orders')",
        ),
        Case(
            "rejects another region while the ARN is not known yet",
            [
                queue("orders", {"region": "eu-west-1"}),
                queue_policy("orders", document(deny_http(Resource=arn("sqs", "orders", region="us-east-1")))),
            ],
            ["policy"],
        ),
        Case(
            "cannot decide whose policy it is when it hangs on several queues",
            [
                queue("orders"),
                queue("others", {"policy": document(deny_http(Resource=arn("sqs", "others")))}),
                Declared(
                    "aws:sqs/queuePolicy:QueuePolicy",
                    "policy",
                    {"queueUrl": UNKNOWN, "policy": document(deny_http())},
                    {"queueUrl": ["orders", "others"]},
                ),
            ],
            undecided=["policy"],
            says="queueUrl",
        ),
    ]
)
def test_https_only(pack: Analyzer, case: Case) -> None:
    check(pack, HTTPS, case)


STRANGER = "arn:aws:iam::999999999999:role/partner"


@table(
    [
        Case("accepts a named role", orders(allow(), deny_http())),
        Case(
            "accepts an open Allow that a Deny closes",
            orders(allow(Principal="*"), {**allow(), "Effect": "Deny", "Principal": "*"}),
        ),
        Case("accepts a service for one source", orders(allow(Principal=SNS, Condition=FROM_TOPIC))),
        Case("accepts a queue without policy", [queue("orders")]),
        Case(
            "accepts a trusted account",
            orders(allow(Principal={"AWS": STRANGER})),
            config={"trustedAccounts": ["999999999999"]},
        ),
        Case(
            "accepts a stranger of the own organisation",
            orders(allow(Principal={"AWS": STRANGER}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
        ),
        Case(
            "rejects everybody",
            orders(allow(Principal="*")),
            ["policy"],
            says="an anonymous caller may call sqs:SendMessage",
        ),
        Case(
            "rejects an IfExists loophole",
            orders(allow(Principal="*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}})),
            ["policy"],
        ),
        Case(
            "rejects a stranger's account",
            orders(allow(Principal={"AWS": "999999999999"})),
            ["policy"],
            says="999999999999",
        ),
        Case("rejects a stranger's role", orders(allow(Principal={"AWS": STRANGER})), ["policy"], says=STRANGER),
        Case(
            "rejects wildcards inside principals",
            orders(allow(Principal={"AWS": "arn:aws:iam::*:role/app"})),
            ["policy"],
            says="AWS takes none inside a principal",
        ),
        Case("rejects a malformed document", orders(allow(Action=None)), ["policy"], says="policy.Statement[0].Action"),
        Case(
            "rejects a source that anybody can have",
            orders(allow(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::ours-*"}})),
            ["policy"],
            says="somebody else's resource",
        ),
        Case(
            "cannot decide on an unknown policy",
            [queue("orders"), queue_policy("orders", UNKNOWN)],
            undecided=["policy"],
        ),
        Case(
            "cannot decide on an unknown principal",
            [queue("orders"), queue_policy("orders", {"Statement": allow(Principal=UNKNOWN)})],
            undecided=["policy"],
        ),
        Case(
            "leaves other resources alone",
            [Declared("aws:sns/topicPolicy:TopicPolicy", "t", {"policy": document(allow(Principal="*"))})],
        ),
    ]
)
def test_no_public_access(pack: Analyzer, case: Case) -> None:
    check(pack, PUBLIC, case)


@table(
    [
        Case(
            "accepts single actions for a role",
            orders(allow(Action=["sqs:SendMessage", "sqs:GetQueueUrl"]), deny_http()),
        ),
        Case("cannot decide without the name", nameless(allow()), [], ["policy"]),
        Case("accepts a wildcard for batch names", orders(allow(Action="sqs:SendMessage*"))),
        Case("accepts a wildcard in a Deny", orders(deny_http(Action="*", Resource="*"))),
        Case("accepts a service for one source", orders(allow(Principal=SNS, Condition=FROM_TOPIC))),
        Case("rejects all actions of SQS", orders(allow(Action="sqs:*")), ["policy"], says="sqs:* also allows"),
        Case("rejects all actions", orders(allow(Action=["sqs:SendMessage", "*"])), ["policy"]),
        Case(
            "rejects a pattern that reaches management",
            orders(allow(Action="SQS:S*")),
            ["policy"],
            says="SetQueueAttributes",
        ),
        Case(
            "rejects NotAction", orders(allow(Action=None, NotAction="sqs:DeleteQueue")), ["policy"], says="NotAction"
        ),
        Case(
            "rejects NotResource",
            orders(allow(Resource=None, NotResource=arn("sqs", "other"))),
            ["policy"],
            says="every resource but some",
        ),
        Case("rejects all resources", orders(allow(Resource="*")), ["policy"], says="more than this queue"),
        Case(
            "rejects another queue",
            orders(allow(Resource=arn("sqs", "other"))),
            ["policy"],
            says="not for the queue 'orders'",
        ),
        Case("rejects a pattern of queues", orders(allow(Resource=arn("sqs", "ord*"))), ["policy"]),
        Case(
            "rejects a service without source",
            orders(allow(Principal=SNS)),
            ["policy"],
            says="no condition on its source",
        ),
        Case(
            "rejects a service with a source if there is one",
            orders(allow(Principal=SNS, Condition={"ArnEqualsIfExists": FROM_TOPIC["ArnEquals"]})),
            ["policy"],
        ),
        Case(
            "rejects a malformed document", orders(allow(Condition={"ArnIs": {}})), ["policy"], says="Condition.ArnIs"
        ),
        Case(
            "cannot decide on an unknown policy",
            [queue("orders"), queue_policy("orders", UNKNOWN)],
            undecided=["policy"],
        ),
        Case(
            "cannot decide on an unknown resource",
            [queue("orders"), queue_policy("orders", {"Statement": allow(Resource=[UNKNOWN])})],
            undecided=["policy"],
        ),
        Case("accepts a stack without policies", [queue("orders"), Declared("aws:s3/bucket:Bucket", "uploads")]),
        Case(
            "judges the policy of a queue outside",
            [
                Declared(
                    "aws:sqs/queuePolicy:QueuePolicy",
                    "policy",
                    {"queueUrl": URL, "policy": document(allow(Resource=ORDERS, Action="sqs:*"))},
                )
            ],
            ["policy"],
        ),
    ]
)
def test_least_privilege(pack: Analyzer, case: Case) -> None:
    check(pack, LEAST, case)
