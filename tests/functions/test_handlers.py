"""Both handlers as Lambda calls them: events in, answers, logs and metrics out, and no row data in any of these."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import csv_to_queue.handler
import pytest
import queue_to_table.handler
from csv_to_queue.events import UnknownEventError
from csv_to_queue.handler import UploadsFailedError

from tests.functions.fakes import client_error
from tests.functions.files import inventory_csv
from tests.functions.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "uploads/a file.csv"


@dataclass
class Context:
    """What the handlers use of Lambda's context."""

    function_name: str = "csv_to_queue"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:csv_to_queue"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Inventory")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "inventory")
    monkeypatch.setattr(csv_to_queue.handler, "ingest", lambda: made.ingest)
    monkeypatch.setattr(queue_to_table.handler, "applier", lambda: made.applier)
    # Powertools keeps both for the life of the process; the tests give them what Lambda's start does.
    for module in (csv_to_queue.handler, queue_to_table.handler):
        monkeypatch.setattr(module.metrics.provider, "namespace", "Inventory")
    yield made
    made.heal()


def sqs_event(world: World, receives: int = 1) -> dict[str, Any]:
    entries, world.sqs.messages[:] = list(world.sqs.messages), []
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "h",
                "body": entry["MessageBody"],
                "attributes": {"ApproximateReceiveCount": str(receives)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
                "awsRegion": "eu-west-1",
            }
            for number, entry in enumerate(entries)
        ]
    }


def test_an_upload_goes_through_both_handlers(world: World) -> None:
    data = inventory_csv(["P1,London,5,2026-01-01", "P2,Rome,6,2026-01-01"])
    csv_to_queue.handler.lambda_handler(world.upload(KEY, data), Context())
    answer = queue_to_table.handler.lambda_handler(sqs_event(world), Context())
    assert answer == {"batchItemFailures": []}
    assert world.receipt(KEY).complete
    assert len(world.inventory()) == 2


def test_all_uploads_of_a_notification_are_ingested_even_if_one_fails(world: World) -> None:
    first = world.upload("uploads/1.csv", inventory_csv(["P1,London,5,2026-01-01"]))
    second = world.upload("uploads/2.csv", inventory_csv(["P2,London,5,2026-01-01"]))
    world.inject(lambda operation, _: fail_first(world, operation))
    with pytest.raises(UploadsFailedError):
        csv_to_queue.handler.lambda_handler({"Records": first["Records"] + second["Records"]}, Context())
    assert world.receipt("uploads/2.csv").rows_sent == 1


def fail_first(world: World, operation: str) -> None:
    if operation == "GetObject" and world.calls.counts[operation] == 1:
        raise client_error("AccessDenied", status=403)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_the_test_event_of_s3_is_ignored(world: World) -> None:
    csv_to_queue.handler.lambda_handler({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}, Context())
    assert world.calls.counts == {}


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_an_event_that_is_not_ours_is_refused(world: World) -> None:
    with pytest.raises(UnknownEventError):
        csv_to_queue.handler.lambda_handler({"detail-type": "Scheduled Event"}, Context())
    assert world.calls.counts == {}


def test_failed_messages_are_named_in_the_answer_even_if_all_fail(world: World) -> None:
    csv_to_queue.handler.lambda_handler(world.upload(KEY, inventory_csv(["P1,London,5,2026-01-01"])), Context())

    def throttle(operation: str, _: str) -> None:
        if operation == "UpdateItem inventory":
            raise client_error("ThrottlingException")

    world.inject(throttle)
    answer = queue_to_table.handler.lambda_handler(sqs_event(world), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_logs_and_metrics_say_what_was_done_and_hold_no_row(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (csv_to_queue.handler, queue_to_table.handler):
        # The stream that capsys has put there.
        monkeypatch.setattr(module.logger.registered_handler, "stream", sys.stdout)
    data = inventory_csv(["SECRET-1,SECRET-2,777123,2026-01-01", "SECRET-3,SECRET-4,777many,2026-01-01"])
    csv_to_queue.handler.lambda_handler(world.upload(KEY, data), Context())
    csv_to_queue.handler.lambda_handler(world.upload("uploads/headless.csv", b"SECRET-5,SECRET-6\n"), Context())
    event = sqs_event(world)
    body = json.loads(event["Records"][0]["body"])
    body["rows"].append(["SECRET-7", "SECRET-8", "777-1", "2026-01-01T00:00:00Z", 9])
    event["Records"][0]["body"] = json.dumps(body)
    queue_to_table.handler.lambda_handler(event, Context())
    queue_to_table.handler.lambda_handler({"Records": [event["Records"][0] | {"body": '["SECRET-9"]'}]}, Context())
    captured = capsys.readouterr()
    documents = [json.loads(line) for line in captured.out.splitlines()]
    assert "SECRET" not in captured.out + captured.err
    assert "777" not in captured.out + captured.err
    assert {"step done", "file refused", "batch done", "row set aside", "message comes again"} <= {
        document.get("message") for document in documents
    }
    metrics = {name for document in documents if "_aws" in document for name in document}
    assert {"RowsRead", "RowsRejected", "RowsSent", "FilesRefused", "RowsApplied", "RowsSetAside"} <= metrics
