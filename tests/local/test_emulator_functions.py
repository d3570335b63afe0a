"""Functions run as their own role, and the services that work for them act as that role."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.emulator_fixture import (
    LOGGING,
    READING,
    Role,
    allow,
    bodies,
    function,
    logged,
    make_bucket,
    notify,
    permit,
    queue,
    unique,
    wait_for,
)

if TYPE_CHECKING:
    from local.emulator.launcher import RunningEmulator

ECHO = "def handler(event, context):\n    print('said', event)\n    return event\n"
RAISE = "def handler(event, context):\n    raise ValueError('wrong row')\n"


def log_group(emulator: RunningEmulator) -> tuple[str, str]:
    """Make a group; return its name and the ARN of its streams."""
    name = unique("/inventory/logs")
    emulator.client("logs").create_log_group(logGroupName=name)
    return name, f"arn:aws:logs:{emulator.region}:{emulator.account_id}:log-group:{name}:*"


def invoke(emulator: RunningEmulator, name: str, payload: Any = None) -> dict[str, Any]:
    answer = emulator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload or {}))
    return {"error": answer.get("FunctionError"), "payload": json.loads(answer["Payload"].read())}


def test_a_function_logs_to_the_group_that_it_names_with_rights_on_that_alone(emulator: RunningEmulator) -> None:
    group, streams = log_group(emulator)
    name, _ = function(emulator, Role.make(emulator, allow(*LOGGING, on=streams)), ECHO, log_group=group)
    assert invoke(emulator, name, {"n": 1})["payload"] == {"n": 1}
    assert "said {'n': 1}" in wait_for(lambda: logged(emulator, group), "the log")
    assert logged(emulator, f"/aws/lambda/{name}") == ""


def logs_without_rights(emulator: RunningEmulator) -> str:
    group, _ = log_group(emulator)
    name, _ = function(emulator, Role.make(emulator), ECHO, log_group=group)
    assert invoke(emulator, name, {"n": 1})["error"] is None
    return logged(emulator, group)


def test_a_function_without_rights_to_its_log_group_runs_and_logs_nothing(emulator: RunningEmulator) -> None:
    assert logs_without_rights(emulator) == ""


def test_upstream_still_logs_for_any_role(bare_emulator: RunningEmulator) -> None:
    assert "said" in logs_without_rights(bare_emulator)


def test_a_function_that_takes_too_long_is_ended(emulator: RunningEmulator) -> None:
    sleeper = "import time\ndef handler(event, context):\n    time.sleep(20)\n"
    name, _ = function(emulator, Role.make(emulator), sleeper, timeout_seconds=1)
    started = time.monotonic()
    answer = invoke(emulator, name)
    assert answer["error"]
    assert "timed out after 1.00 seconds" in answer["payload"]["errorMessage"]
    assert time.monotonic() - started < 10


def test_a_function_invokes_itself_with_the_right_to_and_not_without(emulator: RunningEmulator) -> None:
    code = (
        "import boto3, json\n"
        "def handler(event, context):\n"
        "    if event.get('again'):\n"
        "        boto3.client('lambda').invoke(FunctionName=context.function_name, InvocationType='Event',"
        " Payload=json.dumps({'again': 0}))\n"
        "    print('depth', event['again'])\n"
    )
    group, streams = log_group(emulator)
    role = Role.make(emulator, allow(*LOGGING, on=streams))
    name, arn = function(emulator, role, code, log_group=group)
    refused = invoke(emulator, name, {"again": 1})
    assert "AccessDenied" in refused["payload"]["errorMessage"]
    role.may(allow(*LOGGING, on=streams), allow("lambda:InvokeFunction", on=arn))
    assert invoke(emulator, name, {"again": 1})["error"] is None
    wait_for(lambda: "depth 0" in logged(emulator, group), "the second invocation")


def map_without_rights(emulator: RunningEmulator, *rights: str) -> str:
    """The error code of making a mapping for a role with ``rights``; empty if it is made."""
    _, source = queue(emulator)
    _, arn = function(emulator, Role.make(emulator, *([allow(*rights)] if rights else [])), ECHO)
    try:
        mapping = emulator.client("lambda").create_event_source_mapping(EventSourceArn=source, FunctionName=arn)
    except ClientError as error:
        return str(error)
    emulator.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
    return ""


@pytest.mark.parametrize("missing", READING)
def test_a_queue_is_mapped_only_to_a_role_that_may_read_it(emulator: RunningEmulator, missing: str) -> None:
    refusal = map_without_rights(emulator, *(action for action in READING if action != missing))
    assert "InvalidParameterValue" in refusal
    assert missing.removeprefix("sqs:") in refusal


def test_upstream_still_reads_queues_for_any_function(bare_emulator: RunningEmulator) -> None:
    assert map_without_rights(bare_emulator) == ""


@pytest.mark.parametrize("lost", ["the right to read", "the key"])
def test_a_mapping_whose_role_lost_what_it_needs_reads_no_more(emulator: RunningEmulator, lost: str) -> None:
    key = emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    url, source = queue(emulator, **({"KmsMasterKeyId": key} if lost == "the key" else {}))
    role = Role.make(emulator, allow(*READING, on=source))
    _, arn = function(emulator, role, ECHO)
    client = emulator.client("lambda")
    mapping = client.create_event_source_mapping(EventSourceArn=source, FunctionName=arn)["UUID"]
    if lost == "the right to read":
        role.may()
    emulator.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    def result() -> str:
        return str(client.get_event_source_mapping(UUID=mapping)["LastProcessingResult"])

    wait_for(lambda: result().startswith("PROBLEM"), "the mapping's problem")
    assert bodies(emulator, url) == ["x"]
    client.delete_event_source_mapping(UUID=mapping)


def test_failed_items_alone_come_back_until_they_are_dead_lettered(emulator: RunningEmulator) -> None:
    dead_url, dead_arn = queue(emulator)
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, source = queue(emulator, RedrivePolicy=redrive, VisibilityTimeout="1")
    code = (
        "def handler(event, context):\n"
        "    bad = [r for r in event['Records'] if r['messageAttributes']['kind']['stringValue'] == 'bad']\n"
        "    return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in bad]}\n"
    )
    _, arn = function(emulator, Role.make(emulator, allow(*READING, on=source)), code, timeout_seconds=1)
    entries: list[Any] = [
        {"Id": kind, "MessageBody": kind, "MessageAttributes": {"kind": {"DataType": "String", "StringValue": kind}}}
        for kind in ("good", "bad")
    ]
    emulator.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    client = emulator.client("lambda")
    mapping = client.create_event_source_mapping(
        EventSourceArn=source, FunctionName=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )["UUID"]
    assert wait_for(lambda: bodies(emulator, dead_url), "the dead letter") == ["bad"]
    client.delete_event_source_mapping(UUID=mapping)
    assert bodies(emulator, url) == []


def batch_sizes(
    emulator: RunningEmulator, first: int, more: int, *, batch_size: int, window_seconds: int = 4
) -> list[int]:
    """How many messages each invocation got, of some sent together and more one second later."""
    url, source = queue(emulator)
    group, streams = log_group(emulator)
    code = "def handler(event, context):\n    print('batch of', len(event['Records']))\n"
    role = Role.make(emulator, allow(*READING, on=source), allow(*LOGGING, on=streams))
    _, arn = function(emulator, role, code, log_group=group)
    mapping = emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=source, FunctionName=arn, BatchSize=batch_size, MaximumBatchingWindowInSeconds=window_seconds
    )["UUID"]
    for number in (first, more):
        for start in range(0, number, 10):
            entries: list[Any] = [{"Id": str(n), "MessageBody": "x"} for n in range(start, min(start + 10, number))]
            emulator.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        time.sleep(1)

    def sizes() -> list[int]:
        return [int(line.split()[-1]) for line in logged(emulator, group).splitlines() if "batch of" in line]

    wait_for(lambda: sum(sizes()) == first + more, "all messages")
    emulator.client("lambda").delete_event_source_mapping(UUID=mapping)
    return sizes()


def test_messages_are_gathered_for_the_batching_window(emulator: RunningEmulator) -> None:
    assert batch_sizes(emulator, 1, 2, batch_size=10) == [3]


def test_a_full_batch_does_not_wait_for_its_window(emulator: RunningEmulator) -> None:
    started = time.monotonic()
    assert batch_sizes(emulator, 30, 0, batch_size=30, window_seconds=60) == [30]
    assert time.monotonic() - started < 60


def test_upstream_still_knows_no_batching_window(bare_emulator: RunningEmulator) -> None:
    assert batch_sizes(bare_emulator, 1, 2, batch_size=10)[0] == 1


def fail_with_destination(emulator: RunningEmulator, role: Role, target: str, attempts: int) -> str:
    """Make a failing function with an on-failure destination; return its name."""
    name, _ = function(emulator, role, RAISE)
    emulator.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=attempts,
        DestinationConfig={"OnFailure": {"Destination": target}},
    )
    return name


def test_a_failure_reaches_its_destination_after_the_retries(emulator: RunningEmulator) -> None:
    url, target = queue(emulator)
    role = Role.make(emulator, allow("sqs:SendMessage", on=target), allow(*LOGGING, "logs:CreateLogGroup"))
    name = fail_with_destination(emulator, role, target, attempts=1)
    emulator.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"file": "a.csv"}))
    (body,) = wait_for(lambda: bodies(emulator, url), "the failure")
    record = json.loads(body)
    assert record["requestPayload"] == {"file": "a.csv"}
    assert record["responsePayload"]["errorMessage"] == "wrong row"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert logged(emulator, f"/aws/lambda/{name}").count("START RequestId") == 2


def test_a_destination_that_the_role_may_not_send_to_is_refused(emulator: RunningEmulator) -> None:
    _, target = queue(emulator)
    with pytest.raises(ClientError, match="permissions to call SendMessage"):
        fail_with_destination(emulator, Role.make(emulator), target, attempts=0)


def test_a_role_that_lost_its_right_to_the_destination_leaves_nothing_there(emulator: RunningEmulator) -> None:
    url, target = queue(emulator)
    role = Role.make(emulator, allow("sqs:SendMessage", on=target))
    name = fail_with_destination(emulator, role, target, attempts=0)
    role.may()
    emulator.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload="{}")
    wait_for(lambda: f"{name}: its role lacks sqs:SendMessage" in emulator.log_file.read_text(), "the refusal")
    assert bodies(emulator, url) == []


def test_upstream_still_delivers_failures_for_any_role(bare_emulator: RunningEmulator) -> None:
    url, target = queue(bare_emulator)
    name = fail_with_destination(bare_emulator, Role.make(bare_emulator), target, attempts=0)
    bare_emulator.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload="{}")
    assert wait_for(lambda: bodies(bare_emulator, url), "the failure")


def test_a_bucket_invokes_a_function_that_lets_it(emulator: RunningEmulator) -> None:
    group, streams = log_group(emulator)
    name, arn = function(emulator, Role.make(emulator, allow(*LOGGING, on=streams)), ECHO, log_group=group)
    bucket = make_bucket(emulator)
    permit(emulator, name, bucket, emulator.account_id)
    notify(emulator, bucket, arn)
    emulator.client("s3").put_object(Bucket=bucket, Key="uploads/first", Body=b"x")
    wait_for(lambda: "first" in logged(emulator, group), "the invocation")
    emulator.client("lambda").remove_permission(FunctionName=name, StatementId="uploads")
    emulator.client("s3").put_object(Bucket=bucket, Key="uploads/second", Body=b"x")
    wait_for(lambda: f"does not let bucket {bucket}" in emulator.log_file.read_text(), "the refusal")
    assert "second" not in logged(emulator, group)


@pytest.mark.parametrize("wrong", ["bucket", "account", "nobody"])
def test_a_notification_needs_the_functions_permission_for_this_bucket_and_account(
    emulator: RunningEmulator, wrong: str
) -> None:
    name, arn = function(emulator, Role.make(emulator), ECHO)
    bucket = make_bucket(emulator)
    if wrong != "nobody":
        account = "999999999999" if wrong == "account" else emulator.account_id
        permit(emulator, name, "another" if wrong == "bucket" else bucket, account)
    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        notify(emulator, bucket, arn)


def test_upstream_still_lets_any_bucket_invoke(bare_emulator: RunningEmulator) -> None:
    role = Role.make(bare_emulator, allow(*LOGGING, "logs:CreateLogGroup"))
    name, arn = function(bare_emulator, role, ECHO)
    bucket = make_bucket(bare_emulator)
    notify(bare_emulator, bucket, arn)
    bare_emulator.client("s3").put_object(Bucket=bucket, Key="uploads/first", Body=b"x")
    wait_for(lambda: "first" in logged(bare_emulator, f"/aws/lambda/{name}"), "the invocation")
