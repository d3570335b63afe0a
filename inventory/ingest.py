"""Uploads files and follows their rows to the receipt."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from inventory_updates.receipt_reader import Receipt, read_receipt

from inventory.terminal import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inventory.deployed_stack import DeployedStack

UPLOADS_PREFIX = "uploads/"
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Upload:
    """One uploaded version of one file."""

    file: str
    version_id: str
    started: float


def upload_file(stack: DeployedStack, path: Path, sent: Callable[[int], None] = lambda _: None) -> Upload:
    """Upload ``path`` below ``uploads/``; ``sent`` is told the bytes as they go.

    Raises:
        UserError: the file cannot be read.
    """
    if not path.is_file():
        raise UserError(f"{path} is not a file")
    bucket, key = stack.outputs["bucketName"], f"{UPLOADS_PREFIX}{path.name}"
    started = time.time()
    s3 = stack.client("s3")
    s3.upload_file(str(path), bucket, key, Callback=sent)
    return Upload(key, s3.head_object(Bucket=bucket, Key=key)["VersionId"], started)


def receipt_of(stack: DeployedStack, file: str, version_id: str | None = None) -> Receipt | None:
    """The receipt of the newest upload of ``file`` (a key, or a file's name), or of one version of it."""
    key = file if file.startswith(UPLOADS_PREFIX) else f"{UPLOADS_PREFIX}{file}"
    table = stack.resource("dynamodb").Table(stack.outputs["receiptsTableName"])
    newest = read_receipt(table, key)
    if version_id is None or newest is None or newest.upload.endswith(f"#{version_id}"):
        return newest
    found = table.query(
        KeyConditionExpression=Key("file").eq(key), FilterExpression=Attr("part").contains(f"#{version_id}#")
    )["Items"]
    return read_receipt(table, key, found[0]["part"].rpartition(f"#{version_id}#")[0]) if found else None


def follow(
    stack: DeployedStack, upload: Upload, timeout_seconds: float, show: Callable[[Receipt | None], None]
) -> Receipt | None:
    """Wait until the receipt is complete, telling ``show`` on the way; returns the last one seen after the timeout."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        receipt = receipt_of(stack, upload.file, upload.version_id)
        show(receipt)
        if (receipt and receipt.complete) or time.monotonic() >= deadline:
            return receipt
        time.sleep(POLL_SECONDS)


def receipt_record(stack: DeployedStack, receipt: Receipt) -> dict[str, Any]:
    """The receipt as ``--json`` prints it."""
    bucket = stack.outputs["bucketName"]
    return {
        "file": receipt.file,
        "rows_read": receipt.rows_read,
        "rows_rejected": receipt.rows_rejected,
        "rows_applied": receipt.rows_applied,
        "rows_superseded": receipt.rows_superseded,
        "rows_dead_lettered": receipt.rows_dead_lettered,
        "complete": receipt.complete,
        "seconds": receipt.seconds,
        "rejects": [f"s3://{bucket}/{key}" for key in receipt.rejects],
        "error": receipt.error or None,
        "notes": list(receipt.notes),
    }
