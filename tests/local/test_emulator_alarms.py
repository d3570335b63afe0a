"""Queues and functions publish metrics, and alarms judge them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from local.emulator.mends.cloudwatch_alarms import judge
from tests.local.emulator_fixture import Role, bodies, function, queue, unique, wait_for

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
