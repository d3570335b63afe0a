"""Each mend does what AWS does, and upstream still needs it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.mends.sqs_move_handles import source_of
from tests.local.emulator_fixture import Role, allow, make_bucket, queue, unique, user

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.launcher import RunningEmulator


def test_a_batch_is_allowed_by_the_single_permission_and_refused_without_it(emulator: RunningEmulator) -> None:
    url, _ = queue(emulator)
    entries = [{"Id": "1", "MessageBody": "x"}]
    sender = emulator.client("sqs", user(emulator, "sqs:SendMessage"))
    assert sender.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    receiver = emulator.client("sqs", user(emulator, "sqs:ReceiveMessage"))
    with pytest.raises(ClientError, match="AccessDenied"):
        receiver.send_message_batch(QueueUrl=url, Entries=entries)


def test_upstream_still_asks_for_batch_permissions(bare_emulator: RunningEmulator) -> None:
    url, _ = queue(bare_emulator)
    sender = bare_emulator.client("sqs", user(bare_emulator, "sqs:SendMessage"))
    with pytest.raises(ClientError, match="SendMessageBatch"):
        sender.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}])


def version_range(emulator: RunningEmulator) -> tuple[int, bytes]:
    s3, bucket = emulator.client("s3"), make_bucket(emulator)
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")["VersionId"]
    answer = s3.get_object(Bucket=bucket, Key="k", VersionId=version, Range="bytes=3-5")
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()


def test_a_range_of_a_version_is_that_range(emulator: RunningEmulator) -> None:
    assert version_range(emulator) == (206, b"345")


def test_upstream_still_ignores_ranges_of_versions(bare_emulator: RunningEmulator) -> None:
    assert version_range(bare_emulator) == (200, b"0123456789")


def test_upstream_still_lacks_message_move_tasks(bare_emulator: RunningEmulator) -> None:
    url, arn = queue(bare_emulator)
    sqs = bare_emulator.client("sqs")
    calls: list[Callable[[], Any]] = [
        lambda: sqs.start_message_move_task(SourceArn=arn),
        lambda: sqs.list_message_move_tasks(SourceArn=arn),
        lambda: sqs.cancel_message_move_task(TaskHandle="x"),
        lambda: sqs.list_dead_letter_source_queues(QueueUrl=url),
    ]
    for call in calls:
        with pytest.raises(ClientError, match="InvalidAction"):
            call()


@pytest.fixture
def dead_lettered(emulator: RunningEmulator) -> dict[str, str]:
    """A source queue and a dead-letter queue with three messages that it gave up."""
    sqs = emulator.client("sqs")
    dead_url, dead_arn = queue(emulator)
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(emulator, RedrivePolicy=redrive, VisibilityTimeout="0")
    for number in range(3):
        sqs.send_message(
            QueueUrl=url,
            MessageBody=f"m{number}",
            MessageAttributes={"reason": {"DataType": "String", "StringValue": "because"}},
        )
    deadline = time.monotonic() + 10
    while depth(emulator, dead_url) < 3 and time.monotonic() < deadline:
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert depth(emulator, dead_url) == 3
    return {"url": url, "arn": arn, "dead_url": dead_url, "dead_arn": dead_arn}


def depth(emulator: RunningEmulator, url: str) -> int:
    names = ["ApproximateNumberOfMessages"]
    attributes = emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def finished(emulator: RunningEmulator, source_arn: str) -> dict[str, Any]:
    sqs = emulator.client("sqs")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        (task, *_) = sqs.list_message_move_tasks(SourceArn=source_arn)["Results"]
        if task["Status"] not in {"RUNNING", "CANCELLING"}:
            return dict(task)
        time.sleep(0.05)
    raise AssertionError("the task did not end")


def test_a_move_task_takes_messages_back_where_they_came_from_as_new_ones(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    sqs = emulator.client("sqs")
    sqs.start_message_move_task(SourceArn=dead_lettered["dead_arn"])
    task = finished(emulator, dead_lettered["dead_arn"])
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    assert "TaskHandle" not in task
    assert depth(emulator, dead_lettered["dead_url"]) == 0
    (message,) = sqs.receive_message(
        QueueUrl=dead_lettered["url"], MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert message["MessageAttributes"]["reason"]["StringValue"] == "because"


def test_a_move_task_goes_to_a_destination_of_ones_own(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    url, arn = queue(emulator)
    emulator.client("sqs").start_message_move_task(SourceArn=dead_lettered["dead_arn"], DestinationArn=arn)
    assert finished(emulator, dead_lettered["dead_arn"])["Status"] == "COMPLETED"
    assert depth(emulator, url) == 3


def test_a_slow_task_keeps_its_rate_can_be_cancelled_and_is_alone(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    sqs = emulator.client("sqs")
    handle = sqs.start_message_move_task(SourceArn=dead_lettered["dead_arn"], MaxNumberOfMessagesPerSecond=1)[
        "TaskHandle"
    ]
    with pytest.raises(ClientError, match="already a task running"):
        sqs.start_message_move_task(SourceArn=dead_lettered["dead_arn"])
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] < 3
    task = finished(emulator, dead_lettered["dead_arn"])
    assert task["Status"] == "CANCELLED"
    assert depth(emulator, dead_lettered["dead_url"]) == 3 - task["ApproximateNumberOfMessagesMoved"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sqs.cancel_message_move_task(TaskHandle=handle)


def test_a_queue_that_is_nobodys_dead_letter_queue_has_nothing_to_move(emulator: RunningEmulator) -> None:
    _, arn = queue(emulator)
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        emulator.client("sqs").start_message_move_task(SourceArn=arn)


READ_TASKS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def start_as(emulator: RunningEmulator, dead_lettered: dict[str, str], *statements: Any, **more: str) -> str:
    """Start a task and wait for its end as a role of these permissions; return its handle, or the error."""
    sqs = Role.make(emulator, *statements).client("sqs")
    try:
        handle = str(sqs.start_message_move_task(SourceArn=dead_lettered["dead_arn"], **more)["TaskHandle"])
    except ClientError as error:
        return str(error)
    finished(emulator, dead_lettered["dead_arn"])
    return handle


@pytest.mark.parametrize("destination", ["itself", "fifo", "nowhere"])
def test_a_destination_that_cannot_take_the_messages_is_refused(
    emulator: RunningEmulator, dead_lettered: dict[str, str], destination: str
) -> None:
    sqs = emulator.client("sqs")
    arns = {"itself": dead_lettered["dead_arn"], "nowhere": dead_lettered["dead_arn"] + "-gone"}
    if destination == "fifo":
        url = sqs.create_queue(QueueName=unique("q") + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        arns["fifo"] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(ClientError, match=r"cannot be the same|of the same type|ResourceNotFound"):
        sqs.start_message_move_task(SourceArn=dead_lettered["dead_arn"], DestinationArn=arns[destination])
    assert depth(emulator, dead_lettered["dead_url"]) == 3


def test_moving_needs_just_the_permissions_on_both_queues(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    start = allow("sqs:StartMessageMoveTask", *READ_TASKS, on=dead_lettered["dead_arn"])
    send = allow("sqs:SendMessage", on=dead_lettered["arn"])
    _, elsewhere = queue(emulator)
    for statements in ([], [start], [send], [allow("sqs:StartMessageMoveTask", on=dead_lettered["dead_arn"]), send]):
        assert "AccessDenied" in start_as(emulator, dead_lettered, *statements)
    assert "AccessDenied" in start_as(emulator, dead_lettered, start, send, DestinationArn=elsewhere)
    assert depth(emulator, dead_lettered["dead_url"]) == 3
    assert source_of(start_as(emulator, dead_lettered, start, send)) == dead_lettered["dead_arn"]
    assert depth(emulator, dead_lettered["url"]) == 3


def test_listing_and_cancelling_need_the_permissions_on_the_source(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    handle = emulator.client("sqs").start_message_move_task(
        SourceArn=dead_lettered["dead_arn"], MaxNumberOfMessagesPerSecond=1
    )["TaskHandle"]
    for source, allowed in ((dead_lettered["arn"], False), (dead_lettered["dead_arn"], True)):
        actions = ("sqs:ListMessageMoveTasks", "sqs:CancelMessageMoveTask", *READ_TASKS)
        sqs = Role.make(emulator, allow(*actions, on=source)).client("sqs")
        if allowed:
            assert (
                sqs.list_message_move_tasks(SourceArn=dead_lettered["dead_arn"])["Results"][0]["TaskHandle"] == handle
            )
            sqs.cancel_message_move_task(TaskHandle=handle)
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                sqs.list_message_move_tasks(SourceArn=dead_lettered["dead_arn"])
            with pytest.raises(ClientError, match="AccessDenied"):
                sqs.cancel_message_move_task(TaskHandle=handle)


def test_a_message_that_was_sent_to_the_dead_letter_queue_itself_has_no_way_back(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    sqs = emulator.client("sqs")
    sqs.purge_queue(QueueUrl=dead_lettered["dead_url"])
    sqs.send_message(QueueUrl=dead_lettered["dead_url"], MessageBody="direct")
    sqs.start_message_move_task(SourceArn=dead_lettered["dead_arn"])
    task = finished(emulator, dead_lettered["dead_arn"])
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert depth(emulator, dead_lettered["dead_url"]) == 1


def test_the_sources_of_a_dead_letter_queue_are_listed(
    emulator: RunningEmulator, dead_lettered: dict[str, str]
) -> None:
    listed = emulator.client("sqs").list_dead_letter_source_queues(QueueUrl=dead_lettered["dead_url"])
    assert listed["queueUrls"] == [dead_lettered["url"]]


def take_refused_queue(emulator: RunningEmulator, permission: str) -> str:
    """The error of taking a dead-letter queue that allows another queue or none; empty if it is taken."""
    dead_url, dead_arn = queue(emulator)
    other_url, other = queue(emulator)
    policy = {"redrivePermission": permission} | ({"sourceQueueArns": [other]} if permission == "byQueue" else {})
    sqs = emulator.client("sqs")
    sqs.set_queue_attributes(QueueUrl=dead_url, Attributes={"RedriveAllowPolicy": json.dumps(policy)})
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})}
    if permission == "byQueue":
        sqs.set_queue_attributes(QueueUrl=other_url, Attributes=redrive)
    try:
        sqs.create_queue(QueueName=unique("q"), Attributes=redrive)
    except ClientError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("permission", ["byQueue", "denyAll"])
def test_a_dead_letter_queue_is_taken_only_by_the_sources_it_allows(emulator: RunningEmulator, permission: str) -> None:
    assert "does not allow it" in take_refused_queue(emulator, permission)
    assert take_refused_queue(emulator, "allowAll") == ""


def test_upstream_still_takes_any_source_queue(bare_emulator: RunningEmulator) -> None:
    assert take_refused_queue(bare_emulator, "denyAll") == ""
