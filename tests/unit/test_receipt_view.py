from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from inventory.receipt_view import print_receipts, sum_line

RECORD: dict[str, Any] = {
    "file": "uploads/a.csv",
    "rows_read": 10_000,
    "rows_rejected": 219,
    "rows_applied": 8_000,
    "rows_superseded": 1_000,
    "rows_dead_lettered": 81,
    "complete": False,
    "seconds": 1.25,
    "rejects": ["s3://bucket/rejects/" + "x" * 150 + ".csv"],
    "error": "the file is not UTF-8",
    "notes": ["the column colour is ignored"],
}


def printed(*records: dict[str, Any], width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, soft_wrap=True, highlight=False)
    print_receipts(console, records)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_where_the_rejects_are_is_shown_in_full_however_narrow_the_terminal() -> None:
    assert f"rejected rows: {RECORD['rejects'][0]}\n" in printed(RECORD)


def test_errors_and_notes_are_shown_with_the_file() -> None:
    text = printed(RECORD)
    assert "uploads/a.csv: error: the file is not UTF-8" in text
    assert "uploads/a.csv: the column colour is ignored" in text


def test_an_incomplete_receipt_says_how_many_rows_are_on_their_way() -> None:
    assert "no, 700 rows on their way" in printed(RECORD)


def test_files_stand_beside_each_other() -> None:
    text = printed(RECORD, RECORD | {"file": "uploads/b.csv", "complete": True, "rows_read": 7})
    (line,) = [line for line in text.splitlines() if line.startswith("rows read")]
    assert line.split()[2:] == ["10,000", "7"]


def test_the_sum_is_spelled_out() -> None:
    assert sum_line(RECORD) == "10,000 read = 219 rejected + 8,000 applied + 1,000 superseded + 81 dead-lettered"
