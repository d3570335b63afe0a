"""Receipts as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = ("rows_read", "rows_rejected", "rows_applied", "rows_superseded", "rows_dead_lettered")


def receipt_table(records: Sequence[dict[str, Any]]) -> Table:
    """One column a file: what was read, what became of it, and where the rejects are."""
    table = Table(show_edge=False, pad_edge=False, box=None)
    table.add_column("")
    for record in records:
        table.add_column(record["file"], justify="right")
    for count in COUNTS:
        table.add_row(count.replace("_", " "), *(f"{record[count]:,}" for record in records))
    table.add_row("complete", *(_completeness(record) for record in records))
    table.add_row("seconds", *(_seconds(record) for record in records))
    for caption, key in (("error", "error"), ("notes", "notes"), ("rejects", "rejects")):
        if any(record[key] for record in records):
            table.add_row(caption, *(_lines(record[key]) for record in records))
    return table


def sum_line(record: dict[str, Any]) -> str:
    """The sum that a complete receipt satisfies, spelled out."""
    read, rejected, applied, superseded, dead = (record[count] for count in COUNTS)
    return (
        f"{read:,} read = {rejected:,} rejected + {applied:,} applied"
        f" + {superseded:,} superseded + {dead:,} dead-lettered"
    )


def _completeness(record: dict[str, Any]) -> str:
    if record["complete"]:
        return "yes"
    accounted = sum(record[count] for count in COUNTS[1:])
    return f"no, {record['rows_read'] - accounted:,} rows on their way"


def _seconds(record: dict[str, Any]) -> str:
    return "" if record["seconds"] is None else f"{record['seconds']:.1f}"


def _lines(value: str | Sequence[str] | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else "\n".join(value)
