from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, arn, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

AGE, VISIBLE = "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"
DEAD = queue("dead")
ORDERS = queue(
    "orders", {"redrivePolicy": json.dumps({"deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 3})}
)


def alarm(name: str, metric: str, on: Any, **changes: Any) -> Declared:
    inputs = {
        "name": name,
        "namespace": "AWS/SQS",
        "metricName": metric,
        "dimensions": {"QueueName": on},
        "alarmActions": [UNKNOWN],
        **changes,
    }
    return Declared("aws:cloudwatch/metricAlarm:MetricAlarm", name, inputs)


AGE_ALARM, DEAD_ALARM = alarm("age", AGE, "orders"), alarm("dead-alarm", VISIBLE, "dead")


HASTY = queue("orders", {**ORDERS.inputs, "messageRetentionSeconds": 600})
MUTE = alarm("age", AGE, "orders", alarmActions=None)


def composite(rule: Any, name: str = "composite", **changes: Any) -> Declared:
    inputs = {"alarmName": name, "alarmRule": rule, "alarmActions": ["x"], **changes}
    return Declared("aws:cloudwatch/compositeAlarm:CompositeAlarm", name, inputs, {"alarmRule": ["age"]})


def math_alarm() -> Declared:
    metric = {"namespace": "AWS/SQS", "metricName": AGE, "dimensions": {"QueueName": "orders"}}
    inputs = {
        "metricQueries": [{"id": "m", "metric": metric}, {"id": "e", "expression": "m / 2"}],
        "alarmActions": ["x"],
    }
    return Declared("aws:cloudwatch/metricAlarm:MetricAlarm", "math", inputs)


def by_dependency(on: list[str]) -> Declared:
    dimensions = {"QueueName": UNKNOWN}
    inputs = {"namespace": "AWS/SQS", "metricName": AGE, "dimensions": dimensions, "alarmActions": ["x"]}
    return Declared("aws:cloudwatch/metricAlarm:MetricAlarm", "age", inputs, {"dimensions": on})


@table(
    [
        Case("no alarms", [ORDERS, DEAD], violations=["orders", "dead"]),
        Case("both watched", [ORDERS, DEAD, AGE_ALARM, DEAD_ALARM]),
        Case(
            "the metrics mixed up",
            [ORDERS, DEAD, alarm("a", VISIBLE, "orders"), alarm("b", AGE, "dead")],
            violations=["orders", "dead"],
        ),
        Case(
            "no action", [ORDERS, DEAD, alarm("age", AGE, "orders", alarmActions=[]), DEAD_ALARM], violations=["orders"]
        ),
        Case(
            "actions off",
            [ORDERS, DEAD, alarm("age", AGE, "orders", actionsEnabled=False), DEAD_ALARM],
            violations=["orders"],
        ),
        Case("another queue", [ORDERS, DEAD, alarm("age", AGE, "my-orders"), DEAD_ALARM], violations=["orders"]),
        Case(
            "another namespace",
            [ORDERS, DEAD, alarm("age", AGE, "orders", namespace="Mine"), DEAD_ALARM],
            violations=["orders"],
        ),
        Case(
            "on low values",
            [ORDERS, DEAD, alarm("age", AGE, "orders", comparisonOperator="LessThanThreshold"), DEAD_ALARM],
            violations=["orders"],
        ),
        Case(
            "older than messages get",
            [ORDERS, DEAD, alarm("age", AGE, "orders", threshold=345_600), DEAD_ALARM],
            violations=["age"],
            says="deletes messages after 345,600 s",
        ),
        Case(
            "older than messages of this queue get",
            [HASTY, DEAD, alarm("age", AGE, "orders", threshold=600), DEAD_ALARM],
            violations=["age"],
        ),
        Case(
            "a threshold not known",
            [ORDERS, DEAD, alarm("age", AGE, "orders", threshold=UNKNOWN), DEAD_ALARM],
            undecided=["age"],
        ),
        Case("below the retention", [ORDERS, DEAD, alarm("age", AGE, "orders", threshold=600), DEAD_ALARM]),
        Case("through a composite alarm", [ORDERS, DEAD, MUTE, composite('ALARM("age") OR ALARM(other)'), DEAD_ALARM]),
        Case(
            "through two composite alarms",
            [
                ORDERS,
                DEAD,
                MUTE,
                composite("ALARM(age)", "inner", alarmActions=[]),
                composite("ALARM('inner')"),
                DEAD_ALARM,
            ],
        ),
        Case(
            "in a composite alarm for its opposite",
            [ORDERS, DEAD, MUTE, composite('NOT ALARM("age")'), DEAD_ALARM],
            violations=["orders"],
        ),
        Case(
            "in a composite alarm that does nothing",
            [ORDERS, DEAD, MUTE, composite('ALARM("age")', alarmActions=[]), DEAD_ALARM],
            violations=["orders"],
        ),
        Case(
            "in a composite alarm not known yet",
            [ORDERS, DEAD, MUTE, composite(UNKNOWN), DEAD_ALARM],
            undecided=["orders"],
        ),
        Case(
            "a metric not known",
            [ORDERS, DEAD, alarm("age", UNKNOWN, "orders"), DEAD_ALARM],
            undecided=["orders"],
        ),
        Case(
            "a metric of another queue not known",
            [ORDERS, DEAD, alarm("age", UNKNOWN, "dead"), DEAD_ALARM],
            violations=["orders"],
        ),
        Case(
            "a namespace not known",
            [ORDERS, DEAD, alarm("age", AGE, "orders", namespace=UNKNOWN), DEAD_ALARM],
            undecided=["orders"],
        ),
        Case(
            "metric math not known",
            [
                ORDERS,
                DEAD,
                Declared(
                    "aws:cloudwatch/metricAlarm:MetricAlarm",
                    "math",
                    {"metricQueries": UNKNOWN, "alarmActions": ["x"]},
                    {"metricQueries": ["orders"]},
                ),
                DEAD_ALARM,
            ],
            undecided=["orders"],
        ),
        Case("metric math", [ORDERS, DEAD, math_alarm(), DEAD_ALARM]),
        Case("by dependency on one queue", [ORDERS, DEAD, by_dependency(["orders"]), DEAD_ALARM]),
        Case(
            "by dependency on one of two",
            [ORDERS, DEAD, by_dependency(["orders", "dead"]), DEAD_ALARM],
            undecided=["orders"],
        ),
        Case("no queue", []),
    ]
)
def test_queue_alarms(pack: Analyzer, case: Case) -> None:
    check(pack, "queue-alarms", case)
