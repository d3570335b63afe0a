"""Uploads become messages: small files in one go, large ones in ranges, all of it safe to run twice."""

# ruff: noqa: S311 - random, but repeatable

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from csv_to_queue.deadline import Deadline
from csv_to_queue.events import RangesStep, ScanStep, step_of
from csv_to_queue.ingest import GONE, NO_ROWS
from csv_to_queue.object_reader import CHUNK_BYTES
from csv_to_queue.records import BLOCK_BYTES
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_updates.message import decode

from tests.functions.files import HEADER, csv_files, inventory_csv
from tests.functions.oracle import expect
from tests.functions.world import World, adds_up

KEY = "uploads/supplier a/täglich+1.csv"


def many_rows(count: int, note: str = "") -> bytes:
    rows = [f"P{number},London,{number},2026-01-01,{note}" for number in range(count)]
    return inventory_csv(rows, HEADER + ",note")


def bodies(world: World) -> list[str]:
    return sorted(message.body for message in world.queue)


def test_every_row_of_a_file_is_sent_once_with_its_line() -> None:
    world = World(rows_per_message=7)
    world.run_csv_to_queue(world.upload(KEY, many_rows(100)))
    rows = [row for body in bodies(world) for row in decode(body).rows]
    assert [(row.product_id, row.line) for row in rows] == [(f"P{number}", number + 2) for number in range(100)]
    assert all(decode(body).file == KEY for body in bodies(world))
    assert len(bodies(world)) == 15


def test_one_row_a_message_is_possible() -> None:
    world = World(rows_per_message=1)
    world.run_csv_to_queue(world.upload(KEY, many_rows(20)))
    assert [len(decode(body).rows) for body in bodies(world)] == [1] * 20


def test_a_large_file_is_cut_into_ranges_that_know_their_line_numbers() -> None:
    data = many_rows(100_000, "x" * 10)
    world = World(range_bytes=BLOCK_BYTES, maximum_parallel_ranges=3)
    world.run_csv_to_queue(world.upload(KEY, data))
    messages = [decode(message.body) for message in world.queue]
    assert len({message.message[:5] for message in messages}) == -(-len(data) // BLOCK_BYTES)
    lines = sorted(row.line for message in messages for row in message.rows)
    assert lines == list(range(2, 100_002))
    assert all(row.product_id == f"P{row.line - 2}" for message in messages for row in message.rows)
    receipt = world.receipt(KEY)
    assert (receipt.rows_sent, receipt.ranges, receipt.ranges_done) == (100_000, 8, 8)


def test_no_more_ranges_than_allowed_are_started_at_once() -> None:
    world = World(range_bytes=BLOCK_BYTES, maximum_parallel_ranges=2)
    world.invoke_csv_to_queue(world.upload(KEY, many_rows(100_000)))
    assert [type(step_of(event)) for event in world.awslambda.events] == [RangesStep, RangesStep]


def test_an_invocation_near_its_deadline_hands_the_rest_over() -> None:
    data = many_rows(60_000)
    hurried = World(patience=1, range_bytes=2 * BLOCK_BYTES)
    patient = World(range_bytes=2 * BLOCK_BYTES)
    for world in (hurried, patient):
        world.run_csv_to_queue(world.upload(KEY, data))
    assert hurried.calls.counts["Invoke"] > patient.calls.counts["Invoke"]
    assert bodies(hurried) == bodies(patient)
    assert hurried.receipt(KEY).rows_sent == 60_000


def test_a_step_that_runs_twice_sends_the_same_messages_and_leaves_the_same_receipt() -> None:
    data = many_rows(40_000)
    once, twice = World(range_bytes=BLOCK_BYTES), World(random.Random(3), range_bytes=BLOCK_BYTES)
    once.run_csv_to_queue(once.upload(KEY, data))
    twice.run_csv_to_queue(twice.upload(KEY, data), chance_of_repetition=0.5)
    assert len(twice.queue) > len(once.queue)
    assert set(bodies(twice)) == set(bodies(once))
    assert twice.receipt(KEY).rows_sent == once.receipt(KEY).rows_sent == 40_000


def test_a_run_after_a_change_of_settings_cuts_as_the_first_one_did() -> None:
    data = many_rows(40_000)
    world = World(range_bytes=BLOCK_BYTES, rows_per_message=10)
    event = world.upload(KEY, data)
    world.invoke_csv_to_queue(event)
    steps = list(world.awslambda.events)
    world.dynamodb.tables["receipts"] = {
        key: {name: value for name, value in item.items() if name != "ranges"}
        for key, item in world.dynamodb.tables["receipts"].items()
    }  # as if the first run had been killed before its end
    changed = World(range_bytes=10 * BLOCK_BYTES, rows_per_message=1000)
    changed.s3.objects, changed.dynamodb.tables = world.s3.objects, world.dynamodb.tables
    changed.invoke_csv_to_queue(event)
    assert sorted(map(str, changed.awslambda.events)) == sorted(map(str, steps))


def test_a_notification_that_comes_again_after_the_work_is_done_costs_nothing() -> None:
    world = World()
    event = world.upload(KEY, many_rows(50))
    world.run_csv_to_queue(event)
    sent = world.calls.counts["SendMessageBatch"]
    world.run_csv_to_queue(event)
    assert world.calls.counts["SendMessageBatch"] == sent


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (HEADER.encode(), NO_ROWS),
        (HEADER.encode() + b"\r\n\r\n", NO_ROWS),
        (b"product_id,location\nP1,London\n", "the header lacks quantity, update_date: it has product_id, location"),
        (b"PK\x03\x04rest", "the file is a ZIP archive or an Excel workbook, not CSV"),
        (b"\x1f\x8b\x08rest", "the file is gzip-compressed, not CSV"),
        (b"\x7fELF\x00\x01\n", "the file is binary, not CSV"),
        (HEADER.encode("utf-16"), "the file is UTF-16, save it as CSV UTF-8"),
        ("größe,ort\n".encode("latin-1"), "the header is not UTF-8 text, save the file as CSV UTF-8"),
        (b"x" * 200_000, "the header is longer than 65536 bytes: is this CSV?"),
        (f"{HEADER}\rP1,London,5,2026-01-01\r".encode(), "lines end with CR alone, save the file with LF or CRLF"),
        (f"{HEADER},quantity\n".encode(), "the header names quantity more than once"),
        (b'"product_id,location\nP1,L\n', "the quotes of the header don't work out: \"product_id,location"),
        (
            HEADER.replace(",", ";").encode() + b"\n",
            f"the header lacks {HEADER.replace(',', ', ')}: it has {HEADER.replace(',', ';')}; fields must be separated by commas",
        ),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_receipt_that_says_why_and_is_not_tried_again(
    data: bytes, error: str
) -> None:
    world = World()
    receipt = world.process(KEY, data)
    assert receipt.error == error
    assert receipt.complete
    assert (receipt.rows_read, receipt.rows_sent, world.queue) == (0, 0, [])


def test_columns_may_come_in_any_order_and_extra_ones_are_noted() -> None:
    world = World()
    data = b"\xef\xbb\xbfColour, Update_Date ,QUANTITY,location,product_id\r\nred,2026-01-01,5,London,P1\r\n"
    receipt = world.process(KEY, data)
    assert world.inventory() == {("P1", "London"): (5, "2026-01-01T00:00:00Z")}
    assert receipt.notes == ("columns ignored: Colour",)


def test_an_upload_that_vanishes_in_the_middle_is_accounted_for_as_far_as_it_was_read() -> None:
    world = World(patience=1, range_bytes=10**9)
    event = world.upload(KEY, many_rows(60_000))
    world.invoke_csv_to_queue(event)
    world.s3.objects.clear()
    world.run_csv_to_queue(*world.awslambda.events)
    world.deliver_all()
    receipt = world.receipt(KEY)
    assert receipt.error == GONE
    assert 0 < receipt.rows_sent < 60_000
    assert adds_up(receipt)


def test_an_upload_that_vanished_before_it_was_read_is_said_to_be_gone() -> None:
    world = World()
    event = world.upload(KEY, many_rows(5))
    world.s3.objects.clear()
    world.run_csv_to_queue(event)
    assert world.receipt(KEY).error == GONE


def test_bad_rows_come_back_as_csv_objects_with_original_columns_line_and_reason() -> None:
    world = World()
    receipt = world.process(KEY, inventory_csv(["P1,London,5,2026-01-01", 'P2,"Paris, FR",-1,2026-01-01', "P3,Rome"]))
    assert receipt.rows_rejected == 2
    (key,) = receipt.rejects
    assert key == f"rejects/{KEY}/2026-11-23T10:00:00.000Z-v000/lines-0000000003-0000000004.csv"
    assert world.s3.rejects[key].decode() == (
        f"{HEADER},rejected_line,rejected_reason,rejected_text\r\n"
        "P2,\"Paris, FR\",-1,2026-01-01,3,quantity '-1' is not a whole number of at least 0,\r\n"
        ',,,,4,2 fields where the header has 4,"P3,Rome"\r\n'
    )


def test_a_corrected_rejects_object_can_be_uploaded_as_it_is() -> None:
    world = World()
    (key,) = world.process(KEY, inventory_csv(['P2,"Paris, FR",-1,2026-01-01'])).rejects
    receipt = world.process("uploads/again.csv", world.s3.rejects[key].replace(b"-1,", b"1,"))
    assert (receipt.rows_applied, receipt.rows_rejected) == (1, 0)


class HugeObjectClient:
    """An S3 client whose one object repeats a piece for ever."""

    def __init__(self, beginning: bytes, piece: bytes) -> None:
        self._beginning = beginning
        self._piece = piece

    def get_object(self, *, Range: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        first, last = (int(number) for number in Range.removeprefix("bytes=").split("-"))
        return {"Body": HugeBody(self._beginning, self._piece, first, last + 1)}


class HugeBody:
    def __init__(self, beginning: bytes, piece: bytes, start: int, end: int) -> None:
        self._beginning, self._position, self._end = beginning, start, end
        self._piece = piece
        self._double = piece * (CHUNK_BYTES // len(piece) + 2)

    def read(self, amount: int) -> bytes:
        amount = min(amount, self._end - self._position)
        if self._position < len(self._beginning):
            chunk = self._beginning[self._position : self._position + amount]
        else:
            phase = (self._position - len(self._beginning)) % len(self._piece)
            chunk = self._double[phase : phase + amount]
        self._position += len(chunk)
        return chunk

    def close(self) -> None: ...


def test_a_five_gigabyte_file_is_walked_through_and_planned_to_the_byte() -> None:
    header = f"{HEADER},note\n".encode()
    line = b"P123456,London,55,2026-01-02," + b"x" * 994 + b"\n"
    lines = 5 * 1024**3 // len(line)
    size = len(header) + lines * len(line)
    world = World(range_bytes=64 * 1024 * 1024, maximum_parallel_ranges=4)
    event = world.upload(KEY, b"")
    event["Records"][0]["s3"]["object"]["size"] = size
    world.ingest._clients.s3.get_object = HugeObjectClient(header, line).get_object
    world.invoke_csv_to_queue(event)
    ranges: list[tuple[Any, ...]] = sorted(
        (part, *(int(item[name]["N"]) for name in ("start", "end", "first_line")))
        for (_, part), item in world.dynamodb.tables["receipts"].items()
        if item["kind"]["S"] == "range"
    )
    position, first_line = len(header), 2
    for _, start, end, line_number in ranges:
        assert (start, line_number) == (position, first_line)
        assert (end - start) % len(line) == 0
        position, first_line = end, first_line + (end - start) // len(line)
    assert (position, first_line) == (size, lines + 2)
    assert len(ranges) == size // (64 * 1024 * 1024)
    assert len(world.awslambda.events) == 4


@settings(max_examples=150, deadline=None)
@given(csv_files(), st.integers(1, 5), st.integers(0, 10**6))
def test_any_file_ends_up_as_an_independent_reader_says(data: bytes, packing: int, seed: int) -> None:
    world = World(random.Random(seed), rows_per_message=packing)
    world.run_csv_to_queue(world.upload(KEY, data), chance_of_repetition=0.3)
    world.deliver_all(batch=3, chance_of_repetition=0.3)
    expected = expect(data)
    receipt = world.receipt(KEY)
    assert adds_up(receipt)
    assert (receipt.rows_read, receipt.rows_rejected) == (expected.read, len(expected.rejected))
    found = {key: (quantity, date) for key, (quantity, date) in world.inventory().items()}
    assert found == {
        key: (quantity, moment.isoformat().replace("+00:00", "Z"))
        for key, (quantity, moment) in expected.table().items()
    }


def test_steps_survive_the_journey_through_an_event() -> None:
    world = World(range_bytes=BLOCK_BYTES, patience=1)
    world.invoke_csv_to_queue(world.upload(KEY, many_rows(60_000)))
    (event,) = world.awslambda.events
    step = step_of(json.loads(json.dumps(event)))
    assert isinstance(step, ScanStep)
    assert step.job.upload.key == KEY
    assert step.job.header.columns == (*HEADER.split(","), "note")
    assert not Deadline(lambda: 900_000).is_near()
