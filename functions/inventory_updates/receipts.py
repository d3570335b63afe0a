"""The receipts table: what became of every row of every upload, written so that repetition changes nothing.

Each item has the key `file` (S3 key) and `part`, which begins with the upload's id (`<time>#<version id>`):

- `…#summary`: one, what is known of the whole upload, and the plan that a repeated run must follow;
- `…#range#00000`: one for each byte range, with its counts once it is done;
- `…#message#00000-00000012`: one for each message, written by the consumer;
- `…#row#00000-00000012#000000001234`: one for each row that was set aside to the dead-letter queue.

Counts are absolute and keyed by what they count, never increments, so writing them twice is harmless. Uploads that may
not be complete are on the list of `open_uploads.py` too.
See https://docs.aws.amazon.com/lambda/latest/dg/concepts-event-driven-architectures.html (idempotency).
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .attribute_values import from_item, to_item
from .open_uploads import OpenUpload, OpenUploads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .message import Message
    from .upload import Upload

RETENTION_DAYS = 90


@dataclass(frozen=True, slots=True)
class Plan:
    """How an upload is cut; kept with the receipt so that a run after a change of settings cuts the same way."""

    range_bytes: int
    block_bytes: int
    rows_per_message: int


@dataclass(frozen=True, slots=True)
class Range:
    """Whole records from byte `start` to before byte `end`; `first_line` is the line number of its first one."""

    index: int
    start: int
    end: int
    first_line: int


class Receipts:
    """Writes receipts with a low-level DynamoDB client. Raises what the client raises."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    # What csv_to_queue knows.

    def open_upload(self, upload: Upload, plan: Plan, notes: Sequence[str]) -> tuple[Plan, bool]:
        """Begin the receipt; return the plan to follow, which is that of an earlier run if there was one.

        Return too whether an earlier run closed the upload, so that nothing is left to do for this one.
        """
        item = {
            "kind": "summary",
            "bucket": upload.bucket,
            "size_bytes": upload.size_bytes,
            "notes": list(notes),
            **asdict(plan),
        }
        OpenUploads(self._client, self._table).add(OpenUpload(upload.key, upload.id), _expires_at(upload.id))
        earlier = self._put_if_new(upload.key, upload.id, "summary", item)
        if earlier is None:
            return plan, False
        closed = "ranges" in earlier
        if "range_bytes" not in earlier:
            return plan, closed
        return Plan(**{name: earlier[name] for name in asdict(plan)}), closed

    def close_upload(self, upload: Upload, ranges: int, error: str = "") -> None:
        """Say how many ranges there are, or why the file cannot be used."""
        names = {"#kind": "kind", "#ranges": "ranges", "#expires_at": "expires_at"}
        values: dict[str, Any] = {":kind": "summary", ":ranges": ranges, ":expires_at": _expires_at(upload.id)}
        assignments = "#kind = :kind, #ranges = :ranges, #expires_at = :expires_at"
        if error:
            names["#error"] = "error"
            values[":error"] = error
            assignments += ", #error = :error"
        self._client.update_item(
            TableName=self._table,
            Key=to_item({"file": upload.key, "part": part(upload.id, "summary")}),
            UpdateExpression=f"SET {assignments}",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=to_item(values),
        )

    def plan_range(self, upload: Upload, planned: Range) -> None:
        """Note a range that is still to be done."""
        item = {"kind": "range", "start": planned.start, "end": planned.end, "first_line": planned.first_line}
        self._put_if_new(upload.key, upload.id, f"range#{planned.index:05d}", item | {"done": False})

    def planned_range(self, upload: Upload, index: int) -> tuple[Range, bool] | None:
        """Return the range and whether it is done, or None if the upload has fewer ranges."""
        answer = self._client.get_item(
            TableName=self._table,
            Key=to_item({"file": upload.key, "part": part(upload.id, f"range#{index:05d}")}),
            ConsistentRead=True,
        )
        if "Item" not in answer:
            return None
        item = from_item(answer["Item"])
        return Range(index, item["start"], item["end"], item["first_line"]), bool(item["done"])

    def finish_range(self, upload: Upload, finished: Range, counts: Mapping[str, Any]) -> None:
        """Note what a range held: the attributes that the receipt's reader adds up."""
        item = {"kind": "range", "start": finished.start, "end": finished.end, "first_line": finished.first_line}
        self._put(upload.key, upload.id, f"range#{finished.index:05d}", item | dict(counts) | {"done": True})

    # What queue_to_table knows.

    def message_applied(self, message: Message, *, applied: int, superseded: int, set_aside: Sequence[int]) -> None:
        """Note what became of a message's rows; the first success stays. `set_aside` are line numbers."""
        counts = {"applied": applied, "superseded": superseded, "set_aside": list(set_aside), "dead_lettered": 0}
        self._put_unless_applied(message, counts)

    def message_dead_lettered(self, message: Message, undecided_until: int = 0) -> None:
        """Note that a message goes to the dead-letter queue, unless a copy of it was applied before.

        Written before the last attempt too, with the time (epoch seconds) until when that attempt may still succeed.
        """
        counts = {"applied": 0, "superseded": 0, "set_aside": [], "dead_lettered": len(message.rows)}
        self._put_unless_applied(message, counts | ({"undecided_until": undecided_until} if undecided_until else {}))

    def row_set_aside(self, message: Message, line: int, reason: str) -> None:
        """Note a row that leaves for the dead-letter queue; what a redrive made of it since is kept."""
        item = {"kind": "row", "outcome": "dead_lettered", "reason": reason}
        self._put_if_new(message.file, message.upload, row_part(message.message, line), item)

    def row_settled(self, message: Message, line: int, outcome: str) -> None:
        """Note what became of a row that came back from the dead-letter queue."""
        item = {"kind": "row", "outcome": outcome}
        self._put(message.file, message.upload, row_part(message.message, line), item)

    # Writing items.

    def _put(self, file: str, upload_id: str, name: str, item: Mapping[str, Any]) -> None:
        self._client.put_item(TableName=self._table, Item=_whole(file, upload_id, name, item))

    def _put_if_new(self, file: str, upload_id: str, name: str, item: Mapping[str, Any]) -> dict[str, Any] | None:
        """Put an item; return the one that was there before, unchanged, if there was one."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_whole(file, upload_id, name, item),
                ConditionExpression="attribute_not_exists(#p)",
                ExpressionAttributeNames={"#p": "part"},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            earlier: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
            return from_item(earlier)
        return None

    def _put_unless_applied(self, message: Message, counts: Mapping[str, Any]) -> None:
        item = {"kind": "message", **counts}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_whole(message.file, message.upload, f"message#{message.message}", item),
                ConditionExpression="attribute_not_exists(#p) OR #d > :zero",
                ExpressionAttributeNames={"#p": "part", "#d": "dead_lettered"},
                ExpressionAttributeValues=to_item({":zero": 0}),
            )
        except ClientError as error:
            if not condition_failed(error):
                raise


def condition_failed(error: ClientError) -> bool:
    """Whether a conditional write was refused by its condition."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def part(upload_id: str, name: str) -> str:
    """Return the range key of a part of a receipt."""
    return f"{upload_id}#{name}"


def row_part(message: str, line: int) -> str:
    """Return the name of the part about one row that was set aside."""
    return f"row#{message}#{line:012d}"


def _whole(file: str, upload_id: str, name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return to_item(
        {
            "file": file,
            "part": part(upload_id, name),
            **item,
            "at": int(time.time() * 1000),
            "expires_at": _expires_at(upload_id),
        }
    )


def _expires_at(upload_id: str) -> int:
    """Return when DynamoDB may delete a receipt (epoch seconds); counted from the upload, so parts go together."""
    uploaded_at = datetime.fromisoformat(upload_id.partition("#")[0])
    return int(uploaded_at.timestamp()) + RETENTION_DAYS * 86_400
