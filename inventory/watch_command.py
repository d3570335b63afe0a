"""``inventory watch``: the stack at a glance, again and again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from inventory.dead_letter_view import age
from inventory.deployed_stack import deployed_stack
from inventory.terminal import Terminal, UserError
from inventory.watch import WINDOW_MINUTES, FileState, Snapshot, Watcher, record

BAR_WIDTH = 10
UNKNOWN = "–"


def watch(
    stack: Annotated[
        str, typer.Option("--stack", envvar="INVENTORY_STACK", help="The Pulumi stack to work on.")
    ] = "local",
    interval_seconds: Annotated[float, typer.Option("--interval", min=0.5, help="Seconds between looks.")] = 5,
    last_files: Annotated[int, typer.Option("--files", min=1, max=20, help="How many of the last files.")] = 5,
    *,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines, one document a look.")] = False,
) -> None:
    """Watch the queues, the functions and the last files; Ctrl-C ends it."""
    watcher = Watcher(deployed_stack(stack), last_files)
    terminal = Terminal()
    try:
        if once or as_json:
            while True:
                snapshot = watcher.snapshot()
                if as_json:
                    terminal.json(record(snapshot))
                else:
                    terminal.out.print(screen(snapshot))
                if once:
                    return
                time.sleep(interval_seconds)
        with Live(console=terminal.out, screen=terminal.out.is_terminal, auto_refresh=False) as live:
            while True:
                live.update(screen(watcher.snapshot()), refresh=True)
                time.sleep(interval_seconds)
    except KeyboardInterrupt:
        return
    except (ClientError, BotoCoreError) as error:
        raise UserError(str(error)) from error


def screen(snapshot: Snapshot) -> RenderableType:
    """A snapshot as one screen, at most 80 columns wide."""
    at = datetime.fromtimestamp(snapshot.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    parts: list[RenderableType] = [Text(f"stack {snapshot.stack}, {at}", style="bold"), Text()]
    parts += [_queues(snapshot), Text(), _functions(snapshot), Text(), _files(snapshot)]
    parts += [Text(note, style="yellow") for note in snapshot.notes]
    return Group(*parts)


def _queues(snapshot: Snapshot) -> Table:
    table = _table("queue", "visible", "in flight", "delayed", "oldest", "done/min")
    for queue in snapshot.queues:
        depth, oldest, deleted = queue.depth, queue.oldest_age_seconds, queue.deleted_per_minute
        counts = (f"{count:,}" for count in (depth.visible, depth.in_flight, depth.delayed))
        # Nothing belongs into the queues at the end of the road.
        style = "red" if queue.name != "updates" and depth.total else ""
        oldest_text = UNKNOWN if oldest is None else age(oldest)
        table.add_row(queue.name, *counts, oldest_text, UNKNOWN if deleted is None else f"{deleted:,.1f}", style=style)
    return table


def _functions(snapshot: Snapshot) -> Table:
    table = _table(f"function, last {WINDOW_MINUTES} min", "invocations", "errors", "throttles", "longest")
    for function in snapshot.functions:
        counts = (function.invocations, function.errors, function.throttles)
        milliseconds = function.duration_milliseconds
        table.add_row(
            function.name,
            *(UNKNOWN if count is None else f"{count:,}" for count in counts),
            UNKNOWN if milliseconds is None else f"{milliseconds / 1000:,.2f} s",
            style="red" if function.errors or function.throttles else "",
        )
    return table


def _files(snapshot: Snapshot) -> Table:
    table = _table("last files", "rows", "rejected", "dead", "progress")
    for file in snapshot.files:
        receipt = file.receipt
        counts = (receipt.rows_read, receipt.rows_rejected, receipt.rows_dead_lettered) if receipt else ()
        shown = [f"{count:,}" for count in counts] or [UNKNOWN] * 3
        # The end of a name tells files apart more often than its beginning.
        name = Text(_shortened(file.file.partition("/")[2]))
        table.add_row(name, *shown, _progress(file))
    return table


def _progress(file: FileState) -> Text:
    receipt = file.receipt
    if receipt is None:
        return Text("not begun", style="yellow")
    if receipt.error:
        return Text("refused", style="red")
    if receipt.complete:
        return Text("complete", style="green")
    share = file.rows_accounted_for / receipt.rows_read if receipt.rows_read else 0.0
    full = int(share * BAR_WIDTH)
    return Text(f"{'█' * full}{'░' * (BAR_WIDTH - full)} {share:4.0%}")


def _shortened(name: str, width: int = 28) -> str:
    return name if len(name) <= width else f"…{name[1 - width :]}"


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold cyan")
    table.add_column(first, no_wrap=True, min_width=20)
    for column in others:
        table.add_column(column, justify="right", no_wrap=True)
    return table
