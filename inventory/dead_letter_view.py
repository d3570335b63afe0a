"""Dead letters as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from inventory.dead_letters import DeadLetter, Depth, Summary

ROWS_SHOWN = 5


def print_summary(console: Console, depth: Depth, summary: Summary, oldest_age_seconds: float | None) -> None:
    """Counts of the queue, then reasons, files and sources, the most frequent first."""
    console.print(f"{depth.visible:,} visible, {depth.in_flight:,} in flight, {depth.delayed:,} delayed")
    if not summary.looked_at:
        return
    console.print(f"{summary.looked_at:,} messages looked at, with {summary.rows:,} rows")
    if oldest_age_seconds is not None:
        console.print(f"the oldest was first sent {age(oldest_age_seconds)} ago")
    for title, counts in (("reason", summary.reasons), ("file", summary.files), ("came from", summary.sources)):
        console.print()
        console.print(_counts(title, counts))


def print_letter(console: Console, letter: DeadLetter) -> None:
    """One message: why it is here, and its first rows."""
    record = letter.record()
    console.print(f"{letter.id}  {letter.reason}", style="bold", markup=False)
    first_sent = record["first_sent"]
    console.print(
        f"  {letter.file or 'no file known'}, first sent {first_sent}, received {letter.receive_count} times",
        markup=False,
    )
    for row in letter.rows[:ROWS_SHOWN]:
        values = ", ".join(str(value) for name, value in row.items() if name != "line")
        console.print(f"  line {row['line']}: {values}", markup=False)
    if len(letter.rows) > ROWS_SHOWN:
        console.print(f"  … {len(letter.rows) - ROWS_SHOWN:,} rows more; --json shows all")
    if letter.message is None:
        console.print(f"  {letter.body[:200]!r}", markup=False)


def age(seconds: float) -> str:
    """Text such as ``3 d 4 h``, ``5 min`` or ``12 s``."""
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004 - seconds of an hour
        return f"{whole // 60} min"
    days, hours = divmod(whole // 3600, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {whole % 3600 // 60} min"


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("messages", justify="right")
    table.add_column(title, overflow="fold")
    for what, count in counts.items():
        table.add_row(f"{count:,}", what.replace("[", r"\["))
    return table
