"""Queues and functions publish metrics, and alarms judge them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from local.emulator.mends.cloudwatch_alarms import judge
from local.emulator.mends.metric_math import evaluate
from tests.local.emulator_fixture import Role, allow, bodies, function, logged, queue, unique, wait_for

if TYPE_CHECKING:
    from local.emulator.launcher import RunningEmulator


def alarm(emulator: RunningEmulator, namespace: str, metric: str, dimensions: dict[str, str], **more: Any) -> str:
    """Make an alarm that rings at 1; return its name."""
    name = unique("alarm")
    settings: dict[str, Any] = {
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    emulator.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        **settings | more,
    )
    return name


def state(emulator: RunningEmulator, name: str) -> str:
    (found,) = emulator.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


def total(emulator: RunningEmulator, namespace: str, metric: str, dimension: str, value: str) -> float:
    now = dt.datetime.now(dt.UTC)
    points = emulator.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": value}],
        StartTime=now - dt.timedelta(minutes=10),
        EndTime=now + dt.timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def test_an_alarm_on_a_queue_rings_for_that_queue_and_tells_its_topic(emulator: RunningEmulator) -> None:
    full, empty, told = (queue(emulator) for _ in range(3))
    sns = emulator.client("sns")
    topic = sns.create_topic(Name=unique("alarms"))["TopicArn"]
    policy = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},'
        f'"Action":"sqs:SendMessage","Resource":"{told[1]}"}}}}'
    )
    emulator.client("sqs").set_queue_attributes(QueueUrl=told[0], Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told[1])
    metric = "ApproximateNumberOfMessagesVisible"
    rings, silent = (
        alarm(emulator, "AWS/SQS", metric, {"QueueName": url.rpartition("/")[2]}, AlarmActions=[topic])
        for url in (full[0], empty[0])
    )
    emulator.client("sqs").send_message(QueueUrl=full[0], MessageBody="x")
    wait_for(lambda: state(emulator, rings) == "ALARM", "the alarm")
    assert rings in wait_for(lambda: bodies(emulator, told[0]), "the notification")[0]
    assert state(emulator, silent) == "OK"


def test_queues_count_what_is_sent_received_and_deleted(emulator: RunningEmulator) -> None:
    url, _ = queue(emulator)
    sqs, name = emulator.client("sqs"), url.rpartition("/")[2]
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(3)])
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    expected = {"NumberOfMessagesSent": 3, "NumberOfMessagesReceived": 1, "NumberOfMessagesDeleted": 1}
    wait_for(
        lambda: {metric: total(emulator, "AWS/SQS", metric, "QueueName", name) for metric in expected} == expected,
        "the counts",
    )


def errors_of_events(emulator: RunningEmulator) -> tuple[float, float]:
    """Invocations and errors of a function that failed once, asynchronously."""
    code = "def handler(event, context):\n    raise ValueError\n"
    name, _ = function(emulator, Role.make(emulator), code)
    client = emulator.client("lambda")
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    client.invoke(FunctionName=name, InvocationType="Event", Payload="{}")

    def count(metric: str) -> float:
        return total(emulator, "AWS/Lambda", metric, "FunctionName", name)

    wait_for(lambda: count("Invocations"), "the invocation")
    return count("Invocations"), count("Errors")


def test_a_failed_asynchronous_invocation_counts_as_an_error(emulator: RunningEmulator) -> None:
    assert errors_of_events(emulator) == (1, 1)


def test_upstream_still_counts_no_errors_of_events(bare_emulator: RunningEmulator) -> None:
    assert errors_of_events(bare_emulator) == (1, 0)


def test_upstream_still_publishes_nothing_of_queues(bare_emulator: RunningEmulator) -> None:
    url, _ = queue(bare_emulator)
    bare_emulator.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert not bare_emulator.client("cloudwatch").list_metrics(Namespace="AWS/SQS")["Metrics"]


def test_upstream_still_rings_for_another_queue(bare_emulator: RunningEmulator) -> None:
    client, namespace = bare_emulator.client("cloudwatch"), unique("ns")
    name = alarm(bare_emulator, namespace, "Depth", {"QueueName": "mine"})
    client.put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": "Depth", "Value": 5, "Dimensions": [{"Name": "QueueName", "Value": "another"}]}],
    )
    assert state(bare_emulator, name) == "ALARM"


@pytest.mark.parametrize(
    ("treat", "needed", "values", "expected"),
    [
        ("missing", None, [None, None], "INSUFFICIENT_DATA"),
        ("ignore", None, [None, None], None),
        ("notBreaching", None, [None, None], "OK"),
        ("breaching", None, [None, None], "ALARM"),
        ("missing", None, [2, 2], "ALARM"),
        ("missing", None, [2, 0], "OK"),
        ("missing", 1, [2, 0], "ALARM"),
        ("missing", None, [2, None], "ALARM"),
        ("notBreaching", None, [2, None], "OK"),
        ("breaching", None, [2, None], "ALARM"),
    ],
)
def test_an_alarm_counts_breaching_periods_and_treats_missing_ones(
    treat: str, needed: int | None, values: list[float | None], expected: str | None
) -> None:
    settings = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "TreatMissingData": treat}
    assert judge(settings | {"DatapointsToAlarm": needed}, values)[0] == expected


def share_of_rejected(emulator: RunningEmulator) -> tuple[str, list[float]]:
    """The state of an alarm on metric math and the values of its expression, two of eight rows being rejected."""
    client, namespace, name = emulator.client("cloudwatch"), unique("ns"), unique("alarm")
    for metric, value in (("Rejected", 2), ("Read", 8)):
        client.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": metric, "Value": value}])
    queries: list[dict[str, Any]] = [
        {
            "Id": metric.lower(),
            "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": metric}, "Period": 300, "Stat": "Sum"},
            "ReturnData": False,
        }
        for metric in ("Rejected", "Read")
    ]
    queries.append({"Id": "share", "Expression": "100 * rejected / read", "ReturnData": True})
    client.put_metric_alarm(
        AlarmName=name,
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=25,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    assert client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0].get("Metrics", queries) == queries
    now = dt.datetime.now(dt.UTC)
    (answer,) = client.get_metric_data(
        MetricDataQueries=queries, StartTime=now - dt.timedelta(minutes=10), EndTime=now + dt.timedelta(minutes=1)
    )["MetricDataResults"]
    values = [float(value) for value in answer["Values"]]
    if values:
        wait_for(lambda: state(emulator, name) != "INSUFFICIENT_DATA", "the alarm is judged")
    return state(emulator, name), values


def test_metric_math_is_evaluated_for_alarms_and_answers(emulator: RunningEmulator) -> None:
    assert share_of_rejected(emulator) == ("ALARM", [25.0])


def test_upstream_still_knows_no_metric_math(bare_emulator: RunningEmulator) -> None:
    assert share_of_rejected(bare_emulator) == ("INSUFFICIENT_DATA", [])


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("a + b * 2 - 1", {"a": 1.0, "b": 3.0}, 6.0),
        ("(a + b) / 4", {"a": 1.0, "b": 3.0}, 1.0),
        ("a + b", {"a": 1.0, "b": None}, None),
        ("a + FILL(b, 0)", {"a": 1.0, "b": None}, 1.0),
        ("a / b", {"a": 1.0, "b": 0.0}, None),
    ],
)
def test_arithmetic_of_metric_math(expression: str, values: dict[str, float | None], expected: float | None) -> None:
    assert evaluate(expression, values) == expected


@pytest.mark.parametrize("expression", ["ANOMALY_DETECTION_BAND(a)", "__import__('os')", "missing", "a ** 2"])
def test_metric_math_that_is_not_carried_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="not carried"):
        evaluate(expression, {"a": 1.0})


def embedded(emulator: RunningEmulator) -> float:
    """What a function's own metric adds up to; it writes 2 and 3 into its log."""
    namespace = unique("ns")
    document = {
        "_aws": {
            "Timestamp": 0,
            "CloudWatchMetrics": [
                {"Namespace": namespace, "Dimensions": [["service"]], "Metrics": [{"Name": "Rows", "Unit": "Count"}]}
            ],
        },
        "service": "x",
        "Rows": [2, 3],
    }
    code = f"import json\n\ndef handler(event, context):\n    print(json.dumps({document!r}))\n"
    role = Role.make(emulator, allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"))
    name, _ = function(emulator, role, code)
    emulator.client("lambda").invoke(FunctionName=name, Payload="{}")
    wait_for(lambda: "_aws" in logged(emulator, f"/aws/lambda/{name}"), "the log line")
    return total(emulator, namespace, "Rows", "service", "x")


def test_metrics_in_a_functions_log_are_published(emulator: RunningEmulator) -> None:
    assert embedded(emulator) == 5


def test_upstream_still_leaves_embedded_metrics_in_the_log(bare_emulator: RunningEmulator) -> None:
    assert embedded(bare_emulator) == 0
