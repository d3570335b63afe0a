"""Uploads whose receipt stays incomplete are found, and nobody looks at complete ones twice."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import receipts_watch.handler
from botocore.exceptions import ClientError
from inventory_updates.open_uploads import OpenUploads
from receipts_watch.late_uploads import LateUploads, Looked

from tests.functions.fakes import ReceiptsTable, client_error
from tests.functions.files import inventory_csv
from tests.functions.test_handlers import Context
from tests.functions.world import World

UPLOADED_AT = 1795428000
LATE_AFTER_SECONDS = 600
NOW = UPLOADED_AT + 3600
DATA = inventory_csv(["P1,London,5,2026-01-01", "P2,Rome,6,2026-01-01"])


def late_uploads(world: World) -> LateUploads:
    return LateUploads(OpenUploads(world.dynamodb, "receipts"), ReceiptsTable(world.dynamodb), LATE_AFTER_SECONDS)


def look(world: World, now: float = NOW, *, out_of_time: bool = False) -> Looked:
    return late_uploads(world).look(now, lambda: out_of_time)


def test_a_complete_upload_is_looked_at_once() -> None:
    world = World()
    world.process("uploads/a.csv", DATA)
    assert look(world) == Looked([], 1, looked_at_all=True)
    assert look(world) == Looked([], 0, looked_at_all=True)


def test_an_upload_whose_messages_nobody_took_is_late_until_they_are_applied() -> None:
    world = World()
    for number in range(4):
        world.process(f"uploads/fine-{number}.csv", DATA)
    world.run_csv_to_queue(world.upload("uploads/stuck.csv", DATA))
    looked = look(world)
    ((opened, receipt),) = looked.late
    assert (opened.file, looked.completed) == ("uploads/stuck.csv", 4)
    assert receipt is not None
    assert receipt.rows_in_flight == 2
    world.deliver_all()
    assert look(world) == Looked([], 1, looked_at_all=True)


def test_an_upload_is_not_late_before_its_time() -> None:
    world = World()
    world.run_csv_to_queue(world.upload("uploads/new.csv", DATA))
    assert look(world, UPLOADED_AT + LATE_AFTER_SECONDS - 1) == Looked([], 0, looked_at_all=True)
    assert len(look(world, UPLOADED_AT + LATE_AFTER_SECONDS).late) == 1


def test_a_function_that_ends_before_it_begins_the_receipt_leaves_the_upload_open() -> None:
    world = World()

    def fail_summary(operation: str, _: str) -> None:
        if operation == "PutItem receipts" and world.calls.counts[operation] == 2:
            raise client_error("AccessDeniedException")

    world.inject(fail_summary)
    event = world.upload("uploads/lost.csv", DATA)
    with pytest.raises(ClientError, match="AccessDenied"):
        world.invoke_csv_to_queue(event)
    ((opened, receipt),) = look(world).late
    assert (opened.file, receipt) == ("uploads/lost.csv", None)


def test_without_time_for_all_it_says_so() -> None:
    world = World()
    world.process("uploads/a.csv", DATA)
    assert look(world, out_of_time=True) == Looked([], 0, looked_at_all=False)


def test_keys_as_long_as_s3_allows_fit_on_the_list() -> None:
    world = World()
    key = "uploads/" + "x" * 1016
    world.process(key, DATA)
    assert look(world).completed == 1


def test_the_handler_publishes_a_value_in_every_run_and_names_what_is_late(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    monkeypatch.setattr(receipts_watch.handler, "late_uploads", lambda: late_uploads(world))
    monkeypatch.setattr(receipts_watch.handler.metrics.provider, "namespace", "Inventory")
    monkeypatch.setattr("receipts_watch.handler.time.time", lambda: float(NOW))
    monkeypatch.setattr(receipts_watch.handler.logger.registered_handler, "stream", sys.stdout)

    def run() -> tuple[float, list[dict[str, Any]]]:
        receipts_watch.handler.lambda_handler({}, Context())
        documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (published,) = [document["ReceiptsIncomplete"] for document in documents if "_aws" in document]
        return sum(published), [document for document in documents if document.get("message") == "receipt incomplete"]

    assert run() == (0, [])
    world.run_csv_to_queue(world.upload("uploads/stuck.csv", DATA))
    incomplete, (line,) = run()
    assert incomplete == 1
    assert (line["file"], line["minutes"], line["rows_in_flight"]) == ("uploads/stuck.csv", 60, 2)
    assert line["correlation_id"] == line["upload"]
