"""Least privilege, measured: each single permission is taken away, and just what needs it no longer happens."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from tests.local.everything_at_work import FUNCTIONS, EverythingAtWork
from tests.local.permissions import Permission, Permissions
from tests.local.stack_fixture import StackOnEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(600)
KEY: Final = "policy of the key"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackOnEmulator]:
    on_emulator = StackOnEmulator.start(tmp_path_factory.mktemp("least-privilege"))
    with on_emulator.stack.emulator:
        up = on_emulator.up(encryption="sse-kms-customer-managed")
        assert up.code == 0, up.said
        hurry(on_emulator)
        yield on_emulator
        on_emulator.stack.stop()


def hurry(stack: StackOnEmulator) -> None:
    """Small files count as large, receipts as late at once, and failures are not tried again."""
    client, outputs = stack.deployed.client("lambda"), stack.deployed.outputs
    for name, change in (("csv-to-queue", {"RANGE_BYTES": "1"}), ("receipts-watch", {"LATE_AFTER_MINUTES": "0"})):
        function = outputs[FUNCTIONS[name]]
        variables = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        client.update_function_configuration(FunctionName=function, Environment={"Variables": variables | change})
    kept = {"OnFailure": {"Destination": outputs["failuresQueueArn"]}}
    client.put_function_event_invoke_config(
        FunctionName=outputs["csvFunctionName"], MaximumRetryAttempts=0, DestinationConfig=kept
    )


@pytest.fixture(scope="module")
def permissions(stack: StackOnEmulator) -> Permissions:
    client, outputs = stack.deployed.client("lambda"), stack.deployed.outputs
    roles = {
        name: client.get_function_configuration(FunctionName=outputs[output])["Role"].rpartition("/")[2]
        for name, output in FUNCTIONS.items()
    }
    queues = {
        "policy of the queue": outputs["queueUrl"],
        "policy of the dead-letter queue": outputs["deadLetterQueueUrl"],
    }
    functions = {"policy of the function": outputs["csvFunctionName"]}
    attributes = stack.deployed.client("sqs").get_queue_attributes(
        QueueUrl=outputs["queueUrl"], AttributeNames=["KmsMasterKeyId"]
    )
    keys = {KEY: attributes["Attributes"]["KmsMasterKeyId"]}
    return Permissions(stack.deployed, roles, queues, functions, keys)


def test_everything_happens_with_the_permissions_that_are_there(stack: StackOnEmulator) -> None:
    run = EverythingAtWork(stack.deployed)
    run.start()
    assert run.lost(set(), at_most_seconds=60, patience_seconds=0) == set()


NOTHING_READ: Final = frozenset({"rows applied", "rejects kept", "receipt complete", "receipts watched"})
NOTHING_RECEIVED: Final = frozenset(
    {"rows applied", "row set aside", "receipt complete", "receipts watched", "queue-to-table logs"}
)
NO_RECEIPT: Final = frozenset({"receipt complete", "receipts watched"})
# What must be lost with each permission, from what the functions are for; a complete receipt is what is watched for.
LOST: Final = {
    Permission("csv-to-queue", "WriteOwnLog", "logs:CreateLogStream"): {"csv-to-queue logs"},
    Permission("csv-to-queue", "WriteOwnLog", "logs:PutLogEvents"): {"csv-to-queue logs"},
    Permission("csv-to-queue", "ReadUploads", "s3:GetObjectVersion"): NOTHING_READ,
    Permission("csv-to-queue", "WriteRejects", "s3:PutObject"): NOTHING_READ,
    Permission("csv-to-queue", "WriteReceipts", "dynamodb:GetItem"): NOTHING_READ,
    Permission("csv-to-queue", "WriteReceipts", "dynamodb:PutItem"): NOTHING_READ,
    Permission("csv-to-queue", "WriteReceipts", "dynamodb:UpdateItem"): NO_RECEIPT,
    Permission("csv-to-queue", "SendFailures", "sqs:SendMessage"): {"failure kept"},
    Permission("csv-to-queue", "InvokeItself", "lambda:InvokeFunction"): NOTHING_READ,
    Permission("queue-to-table", "WriteOwnLog", "logs:CreateLogStream"): {"queue-to-table logs"},
    Permission("queue-to-table", "WriteOwnLog", "logs:PutLogEvents"): {"queue-to-table logs"},
    Permission("queue-to-table", "ReceiveUpdates", "sqs:ReceiveMessage"): NOTHING_RECEIVED,
    Permission("queue-to-table", "ReceiveUpdates", "sqs:DeleteMessage"): NOTHING_RECEIVED,
    Permission("queue-to-table", "ReceiveUpdates", "sqs:GetQueueAttributes"): NOTHING_RECEIVED,
    Permission("queue-to-table", "ApplyRows", "dynamodb:UpdateItem"): {"rows applied", *NO_RECEIPT},
    Permission("queue-to-table", "WriteReceipts", "dynamodb:PutItem"): {"row set aside", *NO_RECEIPT},
    Permission("receipts-watch", "WriteOwnLog", "logs:CreateLogStream"): {"receipts-watch logs"},
    Permission("receipts-watch", "WriteOwnLog", "logs:PutLogEvents"): {"receipts-watch logs"},
    Permission("receipts-watch", "ReadReceipts", "dynamodb:Query"): {"receipts watched"},
    Permission("receipts-watch", "ReadReceipts", "dynamodb:DeleteItem"): {"receipts watched"},
    Permission("policy of the queue", "LetSend", "sqs:SendMessage"): {"rows applied", *NO_RECEIPT},
    Permission("policy of the dead-letter queue", "LetSend", "sqs:SendMessage"): {"row set aside"},
    Permission("policy of the function", "", "lambda:InvokeFunction"): NOTHING_READ,
    Permission(KEY, "CsvToQueueSends", "kms:GenerateDataKey"): {"rows applied", "failure kept", *NO_RECEIPT},
    Permission(KEY, "CsvToQueueSends", "kms:Decrypt"): {"rows applied", "failure kept", *NO_RECEIPT},
    Permission(KEY, "CsvToQueueReadsAndRejects", "kms:GenerateDataKey"): NOTHING_READ,
    Permission(KEY, "CsvToQueueReadsAndRejects", "kms:Decrypt"): NOTHING_READ,
    Permission(KEY, "CsvToQueueWritesReceipts", "kms:Decrypt"): NOTHING_READ,
    Permission(KEY, "QueueToTableReceives", "kms:Decrypt"): NOTHING_RECEIVED,
    Permission(KEY, "QueueToTableSetsAside", "kms:GenerateDataKey"): {"row set aside"},
    Permission(KEY, "QueueToTableSetsAside", "kms:Decrypt"): {"row set aside"},
    Permission(KEY, "QueueToTableWrites", "kms:Decrypt"): {"rows applied", "row set aside", *NO_RECEIPT},
    Permission(KEY, "ReceiptsWatchLooks", "kms:Decrypt"): {"receipts watched"},
}
# What is lost without these are the failures of the function that watches receipts.
FAILED_WATCH: Final = {
    Permission("receipts-watch", "SendFailures", "sqs:SendMessage"),
    Permission(KEY, "ReceiptsWatchFails", "kms:GenerateDataKey"),
    Permission(KEY, "ReceiptsWatchFails", "kms:Decrypt"),
}
# What the emulator doesn't ask for, and who does.
DECIDED_ELSEWHERE: Final = {
    # Lambda sends traces as the role: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    *(
        Permission(name, "WriteTraces", action)
        for name in FUNCTIONS
        for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
    ),
    # SQS moves its own messages without asking; docs/access.md shows who else is kept out.
    Permission("policy of the dead-letter queue", "FromSourceQueue", "sqs:SendMessage"),
    # The account's own policies decide who administers the key: tests/access/test_key_policy.py.
    Permission(KEY, "AccountAdministersKey", "kms:*"),
    *(Permission(KEY, "AlarmsOfThisAccount", action) for action in ("kms:Decrypt", "kms:GenerateDataKey")),
}


def test_every_permission_that_is_there_is_taken_away(permissions: Permissions) -> None:
    assert set(permissions.all()) == LOST.keys() | FAILED_WATCH | DECIDED_ELSEWHERE


@pytest.mark.parametrize("permission", LOST, ids=str)
def test_without_a_permission_just_what_needs_it_no_longer_happens(
    stack: StackOnEmulator, permissions: Permissions, permission: Permission
) -> None:
    with permissions.without(permission):
        run = EverythingAtWork(stack.deployed)
        run.start()
        lost = run.lost(set(LOST[permission]), at_most_seconds=30, patience_seconds=3)
    assert lost == LOST[permission]


@pytest.mark.parametrize("permission", [None, *sorted(FAILED_WATCH, key=str)], ids=str)
def test_a_failed_look_at_receipts_is_kept_with_the_right_to_send_it(
    stack: StackOnEmulator, permissions: Permissions, permission: Permission | None
) -> None:
    run = EverythingAtWork(stack.deployed)
    with ExitStack() as taken:
        taken.enter_context(permissions.without(Permission("receipts-watch", "ReadReceipts", "dynamodb:Query")))
        if permission:
            taken.enter_context(permissions.without(permission))
        run.fail_watch()
        assert run.happens("failure kept", within_seconds=4 if permission else 20) is (permission is None)
