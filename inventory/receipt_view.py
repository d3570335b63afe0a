"""Receipts as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

COUNTS = ("rows_read", "rows_rejected", "rows_applied", "rows_superseded", "rows_dead_lettered")


def print_receipts(console: Console, records: Sequence[dict[str, Any]]) -> None:
    """A table of all files, and below it, in full, what does not fit into a column: errors, notes, where rejects are."""
    console.print(_table(records))
    for record in records:
        for what in (f"error: {record['error']}" if record["error"] else None, *record["notes"]):
            if what:
                console.print(f"{record['file']}: {what}", markup=False)
        for reject in record["rejects"]:
            console.print(f"rejected rows: {reject}", markup=False)


def _table(records: Sequence[dict[str, Any]]) -> Table:
    table = Table(show_edge=False, pad_edge=False, box=None)
    table.add_column("")
    for record in records:
        table.add_column(record["file"], justify="right")
    for count in COUNTS:
        table.add_row(count.replace("_", " "), *(f"{record[count]:,}" for record in records))
    table.add_row("complete", *(_completeness(record) for record in records))
    table.add_row("seconds", *(_seconds(record) for record in records))
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
