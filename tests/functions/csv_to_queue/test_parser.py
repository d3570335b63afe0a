"""Rows, rejections and messages of whole files, against an independent reading of the same bytes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from csv_to_queue.header import read_header
from csv_to_queue.parser import Parser, Rejection
from csv_to_queue.records import blocks
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inventory_updates.row import Row

from tests.functions.files import HEADER, csv_files, inventory_csv
from tests.functions.oracle import expect

if TYPE_CHECKING:
    from inventory_updates.row import Row


def parsed(data: bytes, chunk: int = 1000, block_bytes: int = 1 << 19) -> tuple[list[Row], list[Rejection]]:
    header = read_header(data)
    parser = Parser(header)
    rows: list[Row] = []
    rejections: list[Rejection] = []
    line = header.first_line
    chunks = [data[at : at + chunk] for at in range(header.end, len(data), chunk)]
    for block in blocks(chunks, header.end, block_bytes):
        more_rows, more_rejections = parser.parse(block, line)
        rows += more_rows
        rejections += more_rejections
        line += block.lines
    return rows, rejections


@settings(max_examples=1000, deadline=None)
@given(csv_files(), st.integers(1, 50), st.integers(1, 200))
@example(f'{HEADER}\nP1,"London,5,2026-01-01\nP2,Paris,6,2026-01-01\n'.encode(), 7, 10)
@example(f'{HEADER}\nP1,"two\nlines",5\r6,2026-01-01\n'.encode(), 7, 10)
@example(f"{HEADER}\nP1,L,5,2026-01-01\rP2,P,6,2026-01-01\n".encode(), 7, 10)
def test_every_row_is_valid_or_rejected_as_an_independent_reader_says(data: bytes, chunk: int, block: int) -> None:
    rows, rejections = parsed(data, chunk, block)
    expected = expect(data)
    assert {rejection.line for rejection in rejections} == set(expected.rejected)
    assert len(rows) + len(rejections) == expected.read
    found: dict[tuple[str, str], list[tuple[datetime, int, int]]] = {}
    for row in rows:
        moment = datetime.fromisoformat(row.update_date)
        found.setdefault((row.product_id, row.location), []).append((moment, row.line, int(row.quantity)))
    assert found == expected.valid


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_no_bytes_whatever_raise_anything(garbage: bytes, block: int) -> None:
    rows, rejections = parsed(HEADER.encode() + b"\n" + garbage, 50, block)
    assert all(row.product_id and row.location for row in rows)
    assert all(rejection.reason for rejection in rejections)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",London,5,2026-01-01", "product_id is missing"),
        ("P1,,5,2026-01-01", "location is missing"),
        ("P1,London,,2026-01-01", "quantity is missing"),
        ("P1,London,5,", "update_date is missing"),
        ("P1,London,-5,2026-01-01", "quantity '-5' is not a whole number of at least 0"),
        ("P1,London,five,2026-01-01", "quantity 'five' is not a whole number of at least 0"),
        (f"P1,London,{'9' * 39},2026-01-01", "quantity has 39 digits, DynamoDB keeps 38"),
        ("P1,London,5,2026-02-30", "update_date '2026-02-30' is not a date of the calendar"),
        ("P1,London,5,31/01/2026", "update_date '31/01/2026' is not an ISO 8601 date or date-time"),
        ("P1,London,5", "3 fields where the header has 4"),
        ("P1,London, UK,5,2026-01-01", "5 fields where the header has 4"),
        (f"{'P' * 2049},London,5,2026-01-01", "product_id has 2049 bytes, DynamoDB's keys 2048"),
        (f"P1,{'é' * 600},5,2026-01-01", "location has 1200 bytes, DynamoDB's keys 1024"),
        ("P\x001,London,5,2026-01-01", "product_id holds a control character"),
        (f"P1,London,5,2026-01-01{' ' * 70_000}", "the line is longer than 65536 bytes (its beginning is shown)"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_reason_and_its_neighbours_are_not(row: str, reason: str) -> None:
    rows, rejections = parsed(inventory_csv(["P0,Paris,1,2026-01-01", row, "P2,Rome,2,2026-01-01"]))
    assert [(found.product_id, found.line) for found in rows] == [("P0", 2), ("P2", 4)]
    assert [(rejection.line, rejection.reason) for rejection in rejections] == [(3, reason)]


def test_a_line_that_is_not_utf_8_is_rejected_with_its_bytes_readable() -> None:
    data = (
        inventory_csv(["P1,Paris,1,2026-01-01"])
        + "P2,Zürich,1,2026-01-01\n".encode("latin-1")
        + b"P3,Rome,1,2026-01-01\n"
    )
    rows, rejections = parsed(data)
    assert [row.product_id for row in rows] == ["P1", "P3"]
    assert rejections == [Rejection(3, "the line is not UTF-8 text", [], "P2,Z\\xfcrich,1,2026-01-01")]


def test_a_quoted_field_may_hold_commas_quotes_and_line_breaks() -> None:
    rows, rejections = parsed(inventory_csv(['P1,"London, ""City""\nUK",5,2026-01-01', "P2,Rome,6,2026-01-01"]))
    assert [(row.location, row.line) for row in rows] == [('London, "City"\nUK', 2), ("Rome", 4)]
    assert rejections == []


def test_a_row_within_a_quoted_field_is_not_a_row() -> None:
    rows, rejections = parsed(
        inventory_csv(['P1,London,5,2026-01-01,"see', "P9,Oslo,7,2026-01-01,x", 'end"'], HEADER + ",note")
    )
    assert [(row.product_id, row.line) for row in rows] == [("P1", 2)]
    assert rejections == []


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    lines = ['P1,"London,5,2026-01-01', *(f"P{number},Rome,6,2026-01-01" for number in range(2, 5000))]
    rows, rejections = parsed(inventory_csv(lines))
    assert [rejection.line for rejection in rejections] == [2]
    assert len(rows) == 4998
