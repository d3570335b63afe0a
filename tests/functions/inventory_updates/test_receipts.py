"""Receipts: what they cost, and what the reader makes of parts and pages."""

from __future__ import annotations

import pytest
from inventory_updates.attribute_values import from_item, to_item
from inventory_updates.receipt_reader import read_receipt

from tests.functions.fakes import ReceiptsTable
from tests.functions.files import inventory_csv
from tests.functions.world import World

KEY = "uploads/a.csv"


def test_they_cost_at_most_two_percent_more_writes_than_rows() -> None:
    world = World()
    world.process(KEY, inventory_csv([f"P{number},London,1,2026-01-01" for number in range(10_000)]))
    counts = world.calls.counts
    receipts = counts["PutItem receipts"] + counts["UpdateItem receipts"]
    assert counts["UpdateItem inventory"] == 10_000
    assert receipts <= 0.02 * 10_000


def test_a_file_that_nobody_uploaded_has_no_receipt() -> None:
    assert read_receipt(ReceiptsTable(World().dynamodb), "uploads/none.csv") is None
    assert read_receipt(ReceiptsTable(World().dynamodb), "uploads/none.csv", "2026") is None


def test_the_latest_upload_is_meant_unless_another_is_named() -> None:
    world = World()
    world.process(KEY, inventory_csv(["P1,London,1,2026-01-01"]))
    world.process(KEY, inventory_csv(["P1,London,1,2026-01-01", "P2,London,1,2026-01-01"]))
    assert world.receipt(KEY).rows_read == 2
    assert world.receipt(KEY, "2026-11-23T10:00:00.000Z#v000").rows_read == 1


def test_every_part_expires_at_the_same_time_after_the_upload() -> None:
    world = World(rows_per_message=1)
    world.process(KEY, inventory_csv(["P1,London,1,2026-01-01", "P2,London,1,2026-01-01"]))
    items = world.dynamodb.tables["receipts"].values()
    assert {item["expires_at"]["N"] for item in items} == {str(1795428000 + 90 * 86_400)}
    assert len(items) == 5


def test_the_time_taken_is_from_the_upload_to_the_last_row() -> None:
    world = World()
    receipt = world.process(KEY, inventory_csv(["P1,London,1,2026-01-01"]))
    assert receipt.started_at == 1795428000
    assert receipt.seconds == pytest.approx(receipt.finished_at - receipt.started_at)


def test_attribute_values_come_back_as_they_went_in() -> None:
    values = {"text": "x", "number": 12, "truth": True, "list": ["a", 1, False], "none": []}
    assert from_item(to_item(values)) == values
    with pytest.raises(TypeError):
        to_item({"what": 1.5})
