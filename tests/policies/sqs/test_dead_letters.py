"""Rules on dead-letter queues: sqs-dead-letter-queue, sqs-dlq-redrive-allow, sqs-dlq-retention."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.policies.analyzer import UNKNOWN, Declared, arn, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

DEAD_LETTER, ALLOW, RETENTION = "sqs-dead-letter-queue", "sqs-dlq-redrive-allow", "sqs-dlq-retention"
DAY = 86_400


def redrive(to: str = "dead", count: Any = 3, **more: Any) -> dict[str, Any]:
    return {"redrivePolicy": json.dumps({"deadLetterTargetArn": arn("sqs", to), "maxReceiveCount": count, **more})}


def allows(*sources: str, permission: str = "byQueue", on: str = "dead") -> Declared:
    value = {"redrivePermission": permission}
    if sources:
        value["sourceQueueArns"] = [arn("sqs", each) for each in sources]  # type: ignore[assignment]
    return allowance(json.dumps(value), on)


def allowance(value: Any, on: str = "dead") -> Declared:
    inputs = {"queueUrl": UNKNOWN, "redriveAllowPolicy": value}
    return Declared("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "allowance", inputs, {"queueUrl": [on]})


def pair(source: dict[str, Any] | None = None, target: dict[str, Any] | None = None, *more: Declared) -> list[Declared]:
    return [queue("dead", target), queue("orders", {**redrive(), **(source or {})}), *more]


CONSUMER = Declared(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "consumer",
    {"eventSourceArn": UNKNOWN, "functionName": "f"},
    {"eventSourceArn": ["orders"]},
)
FIFO = {"fifoQueue": True}


def destination(type_: str, **inputs: Any) -> list[Declared]:
    return [queue("failures"), Declared(type_, "sender", inputs)]


FAILURES = arn("sqs", "failures")


@table(
    [
        Case("accepts a queue with its dead-letter queue", pair()),
        Case("accepts the receive count as a text", pair(redrive(count="3"))),
        Case("accepts deployed queues", [queue("dead", deployed=True), queue("orders", redrive(), deployed=True)]),
        Case(
            "tells queues of one name in two regions apart",
            [
                queue("dead", {"region": "eu-west-1"}),
                Declared("aws:sqs/queue:Queue", "dead-us", {"name": "dead", "region": "us-east-1"}),
                queue("orders", redrive()),
            ],
            ["dead-us"],
        ),
        Case("accepts a dead-letter queue of another stack", [queue("orders", redrive("elsewhere"))]),
        Case(
            "accepts a policy in a resource of its own",
            [
                queue("dead"),
                queue("orders"),
                Declared(
                    "aws:sqs/redrivePolicy:RedrivePolicy",
                    "redrive",
                    {"queueUrl": UNKNOWN, **redrive()},
                    {"queueUrl": ["orders"]},
                ),
            ],
        ),
        Case("accepts a queue that a redrive-allow policy makes a dead-letter queue", [queue("dead"), allows("other")]),
        Case(
            "accepts a function's failure destination",
            destination(
                "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
                destinationConfig={"onFailure": {"destination": FAILURES}},
            ),
        ),
        Case(
            "accepts a function's dead-letter configuration",
            destination("aws:lambda/function:Function", deadLetterConfig={"targetArn": FAILURES}),
        ),
        Case(
            "accepts a rule's dead-letter queue",
            destination("aws:cloudwatch/eventTarget:EventTarget", deadLetterConfig={"arn": FAILURES}),
        ),
        Case(
            "accepts a schedule's dead-letter queue",
            destination("aws:scheduler/schedule:Schedule", target={"deadLetterConfig": {"arn": FAILURES}}),
        ),
        Case(
            "accepts a subscription's dead-letter queue",
            destination(
                "aws:sns/topicSubscription:TopicSubscription",
                redrivePolicy=json.dumps({"deadLetterTargetArn": FAILURES}),
            ),
        ),
        Case(
            "accepts a failure destination that is known only by dependency",
            [
                queue("failures"),
                Declared(
                    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
                    "sender",
                    {"destinationConfig": {"onFailure": {"destination": UNKNOWN}}},
                    {"destinationConfig": ["failures"]},
                ),
            ],
        ),
        Case(
            "accepts FIFO to FIFO", [queue("dead.fifo", FIFO), queue("orders.fifo", {**FIFO, **redrive("dead.fifo")})]
        ),
        Case("rejects a queue without", [queue("orders")], ["orders"], says="no redrive policy"),
        Case("rejects a queue that is only called dead-letter queue", [queue("orders-dlq")], ["orders-dlq"]),
        Case(
            "rejects a queue that denies redrives and has none",
            [queue("dead"), allows(permission="denyAll")],
            ["dead"],
        ),
        Case("rejects one receive", pair(redrive(count=1)), ["orders"], says="is 1, less than 2"),
        Case(
            "rejects one receive with a Lambda consumer, and says why",
            pair(redrive(count=1), None, CONSUMER),
            ["orders"],
            says="poll of its Lambda consumer counts as a receive",
        ),
        Case("rejects zero receives", pair(redrive(count=0)), ["orders"]),
        Case("rejects too many receives", pair(redrive(count=1000)), ["orders"], says="more than 20"),
        Case("takes bounds from the configuration", pair(), ["orders"], config={"minimumReceiveCount": 5}),
        Case("rejects a missing count", pair(redrive(count=None)), ["orders"], says="is missing, not a whole number"),
        Case("rejects a count that is no number", pair(redrive(count="many")), ["orders"]),
        Case(
            "rejects a missing target",
            [queue("orders", {"redrivePolicy": '{"maxReceiveCount": 3}'})],
            ["orders"],
            says="deadLetterTargetArn",
        ),
        Case(
            "rejects a target that is no queue",
            [
                queue(
                    "orders",
                    {
                        "redrivePolicy": json.dumps(
                            {"deadLetterTargetArn": "arn:aws:sns:eu-west-1:111122223333:t", "maxReceiveCount": 3}
                        )
                    },
                )
            ],
            ["orders"],
            says="not the ARN of a queue",
        ),
        Case("rejects the queue itself", [queue("orders", redrive("orders"))], ["orders"], says="is the queue itself"),
        Case(
            "rejects a loop",
            [queue("a", redrive("b")), queue("b", redrive("c")), queue("c", redrive("a"))],
            ["a", "b", "c"],
            says="a → b → c → a",
        ),
        Case(
            "rejects FIFO to standard",
            [queue("dead"), queue("orders.fifo", {**FIFO, **redrive()})],
            ["orders.fifo"],
            says="is a standard queue, but the source is a FIFO queue",
        ),
        Case("rejects standard to FIFO elsewhere", [queue("orders", redrive("elsewhere.fifo"))], ["orders"]),
        Case(
            "rejects another region",
            [
                queue(
                    "orders",
                    {
                        "redrivePolicy": json.dumps(
                            {"deadLetterTargetArn": arn("sqs", "dead", region="us-east-1"), "maxReceiveCount": 3}
                        )
                    },
                    deployed=True,
                )
            ],
            ["orders"],
            says="in another account or region",
        ),
        Case(
            "rejects a malformed policy", [queue("orders", {"redrivePolicy": "{"})], ["orders"], says="not valid JSON"
        ),
        Case(
            "rejects a policy that is no object",
            [queue("orders", {"redrivePolicy": "[]"})],
            ["orders"],
            says="not an object",
        ),
        Case(
            "knows a dead-letter queue by dependency while the policy is unknown",
            [queue("dead"), queue("orders", {"redrivePolicy": UNKNOWN}, depends={"redrivePolicy": ["dead"]})],
            undecided=["orders"],
            says="redrivePolicy.maxReceiveCount",
        ),
        Case(
            "cannot decide which of two queues is the dead-letter queue",
            [
                queue("a"),
                queue("b"),
                queue("orders", {"redrivePolicy": UNKNOWN}, depends={"redrivePolicy": ["a", "b"]}),
            ],
            undecided=["a", "b", "orders"],
        ),
        Case("accepts a stack without queues", [Declared("aws:s3/bucket:Bucket", "uploads")]),
    ]
)
def test_dead_letter_queue(pack: Analyzer, case: Case) -> None:
    check(pack, DEAD_LETTER, case)


@table(
    [
        Case("accepts the source by name", pair(None, None, allows("orders"))),
        Case(
            "accepts it on the queue itself",
            pair(
                None,
                {
                    "redriveAllowPolicy": json.dumps(
                        {"redrivePermission": "byQueue", "sourceQueueArns": [arn("sqs", "orders")]}
                    )
                },
            ),
        ),
        Case("accepts a source of another stack besides", pair(None, None, allows("orders", "elsewhere"))),
        Case("accepts a queue that nothing redrives to", [queue("orders")]),
        Case(
            "accepts allowAll for more sources than can be named",
            [queue("dead"), *(queue(f"q{index}", redrive()) for index in range(11)), allows(permission="allowAll")],
        ),
        Case("rejects a missing policy", pair(), ["dead"], says="is missing"),
        Case("rejects allowAll", pair(None, None, allows(permission="allowAll")), ["allowance"], says="'allowAll'"),
        Case("rejects silence, which means allowAll", pair(None, None, allowance("{}")), ["allowance"]),
        Case("rejects denyAll on a queue in use", pair(None, None, allows(permission="denyAll")), ["allowance"]),
        Case(
            "rejects a list without the source",
            pair(None, None, allows("elsewhere")),
            ["allowance"],
            says="lacks 'orders'",
        ),
        Case(
            "rejects a queue that does not redrive here",
            [*pair(None, None, allows("orders", "other")), queue("other")],
            ["allowance"],
            says="does not redrive here",
        ),
        Case("rejects an empty list", pair(None, None, allowance('{"redrivePermission": "byQueue"}')), ["allowance"]),
        Case("rejects a malformed policy", pair(None, None, allowance("[")), ["allowance"], says="malformed"),
        Case("cannot decide on an unknown policy", pair(None, None, allowance(UNKNOWN)), undecided=["allowance"]),
        Case(
            "cannot decide on an unknown source",
            pair(None, None, allowance({"redrivePermission": "byQueue", "sourceQueueArns": [UNKNOWN]})),
            undecided=["allowance"],
        ),
        Case(
            "knows the source by dependency while its policy is unknown",
            [queue("dead"), queue("orders", {"redrivePolicy": UNKNOWN}, depends={"redrivePolicy": ["dead"]})],
            ["dead"],
        ),
    ]
)
def test_redrive_allow(pack: Analyzer, case: Case) -> None:
    check(pack, ALLOW, case)


@table(
    [
        Case("accepts a longer retention", pair(None, {"messageRetentionSeconds": 14 * DAY})),
        Case("accepts it as a text", pair({"messageRetentionSeconds": "60"}, {"messageRetentionSeconds": "1209600"})),
        Case(
            "accepts the same on FIFO queues",
            [
                queue("dead.fifo", {**FIFO, "messageRetentionSeconds": 8 * DAY}),
                queue("o.fifo", {**FIFO, **redrive("dead.fifo"), "messageRetentionSeconds": 8 * DAY}),
            ],
        ),
        Case("accepts queues that are no dead-letter queues", [queue("orders", {"messageRetentionSeconds": 60})]),
        Case("rejects the defaults", pair(), ["dead"], says="is 345,600 s (4 days), less than 7 days"),
        Case(
            "rejects the source's own retention",
            pair({"messageRetentionSeconds": 14 * DAY}, {"messageRetentionSeconds": 14 * DAY}),
            ["dead"],
            says="not longer than the 1,209,600 s (14 days) of its source 'orders'",
        ),
        Case(
            "rejects less than the source's",
            pair({"messageRetentionSeconds": 9 * DAY}, {"messageRetentionSeconds": 8 * DAY}),
            ["dead"],
        ),
        Case(
            "rejects a short failure destination",
            [*destination("aws:lambda/function:Function", deadLetterConfig={"targetArn": FAILURES})],
            ["failures"],
        ),
        Case(
            "takes the minimum from the configuration",
            pair(None, {"messageRetentionSeconds": 5 * DAY}),
            config={"minimumDays": 5},
        ),
        Case(
            "cannot decide on an unknown retention",
            pair(None, {"messageRetentionSeconds": UNKNOWN}),
            undecided=["dead"],
        ),
        Case(
            "cannot compare with an unknown retention",
            pair({"messageRetentionSeconds": UNKNOWN}, {"messageRetentionSeconds": 14 * DAY}),
            undecided=["orders"],
        ),
    ]
)
def test_retention(pack: Analyzer, case: Case) -> None:
    check(pack, RETENTION, case)


@pytest.mark.parametrize("rule", [DEAD_LETTER, ALLOW, RETENTION])
def test_a_stack_without_queues_passes(pack: Analyzer, rule: str) -> None:
    check(pack, rule, Case("", [Declared("aws:dynamodb/table:Table", "table")]))
