"""``inventory ingest``: upload files, follow their rows, print their receipts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inventory.deployed_stack import DeployedStack, deployed_stack
from inventory.ingest import Upload, follow, receipt_record, upload_file
from inventory.receipt_view import COUNTS, print_receipts
from inventory.terminal import Terminal, UserError

if TYPE_CHECKING:
    from inventory_updates.receipt_reader import Receipt

INCOMPLETE = 3
FILE_ERROR = 4


def ingest(
    files: Annotated[list[Path], typer.Argument(help="CSV files with product_id, location, quantity, update_date.")],
    stack: Annotated[
        str, typer.Option("--stack", envvar="INVENTORY_STACK", help="The Pulumi stack to work on.")
    ] = "local",
    *,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Follow the rows until the receipts are complete.")
    ] = True,
    timeout_seconds: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait for a file.")] = 900,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Upload files and print their receipts.

    Exits with 3 if a receipt is not complete in time, and with 4 if a file as a whole was refused.
    """
    terminal = Terminal()
    names = [path.name for path in files]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise UserError(f"{', '.join(sorted(repeated))}: two files of one name would overwrite each other's upload")
    if missing := [str(path) for path in files if not path.is_file()]:
        raise UserError(f"{', '.join(missing)}: no such file")
    deployed = deployed_stack(stack)
    uploads = [_upload(terminal, deployed, path) for path in files]
    if not wait:
        for upload in uploads:
            terminal.say(f"{upload.file} is uploaded; `inventory receipt {Path(upload.file).name}` shows its receipt")
        if as_json:
            terminal.json([{"file": upload.file, "version_id": upload.version_id} for upload in uploads])
        return
    receipts = [follow_with_progress(terminal, deployed, upload, timeout_seconds) for upload in uploads]
    found = [receipt for receipt in receipts if receipt is not None]
    records = [receipt_record(deployed, receipt) for receipt in found]
    if as_json:
        terminal.json(records)
    elif records:
        print_receipts(terminal.out, records)
    if any(receipt is None or not receipt.complete for receipt in receipts):
        terminal.error(f"not complete after {timeout_seconds:g} s; see `inventory receipt` later")
        raise typer.Exit(INCOMPLETE)
    if any(receipt.error for receipt in found):
        raise typer.Exit(FILE_ERROR)


def follow_with_progress(
    terminal: Terminal, deployed: DeployedStack, upload: Upload, timeout_seconds: float
) -> Receipt | None:
    """Follow one upload to its receipt with a bar of the rows that are accounted for."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=terminal.err, transient=True) as progress:
        task = progress.add_task(upload.file, total=None)

        def show(receipt: Receipt | None) -> None:
            if receipt is None:
                return
            accounted = sum(getattr(receipt, count) for count in COUNTS[1:])
            progress.update(task, completed=accounted, total=receipt.rows_read or None)

        return follow(deployed, upload, timeout_seconds, show)


def _upload(terminal: Terminal, deployed: DeployedStack, path: Path) -> Upload:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal.err, transient=True) as progress:
        task = progress.add_task(f"uploading {path.name}", total=path.stat().st_size)
        return upload_file(deployed, path, lambda sent: progress.advance(task, sent))
