"""Adds a receipt up from its parts. Reads only, knows nothing of Lambda: the operator's command uses it too."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from .receipts import part, row_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ReceiptsTable(Protocol):
    """What is needed of a boto3 DynamoDB `Table` resource."""

    def query(self, **parameters: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class DeadLetteredRow:
    """A row that could not be applied; its data is in the dead-letter queue alone."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the rows of one upload.

    When `complete`, `rows_read = rows_rejected + rows_applied + rows_superseded + rows_dead_lettered`. Applied means
    written to the table (a newer row may have replaced it since), superseded that a newer one was there already.
    `started_at` and `finished_at` are epoch seconds; `rejects` are S3 keys of CSV objects.
    """

    file: str
    upload: str
    rows_read: int
    rows_rejected: int
    rows_sent: int
    rows_applied: int
    rows_superseded: int
    rows_dead_lettered: int
    complete: bool
    error: str
    notes: tuple[str, ...]
    rejects: tuple[str, ...]
    dead_lettered_rows: tuple[DeadLetteredRow, ...]
    ranges: int
    ranges_done: int
    started_at: float
    finished_at: float

    @property
    def seconds(self) -> float:
        """Seconds from the upload to the last thing that happened to one of its rows."""
        return max(0.0, self.finished_at - self.started_at)

    @property
    def rows_in_flight(self) -> int:
        """Rows sent of which nothing is known yet."""
        return self.rows_sent - self.rows_applied - self.rows_superseded - self.rows_dead_lettered


def read_receipt(
    table: ReceiptsTable, file: str, upload: str | None = None, now: float | None = None
) -> Receipt | None:
    """Return the receipt of an upload of the S3 key `file`, by default the latest; None if there is none.

    `upload` is an upload's id or how it begins, for instance the event time. `now` is in epoch seconds.
    """
    if upload is None:
        latest = table.query(**_query(file, ""), ScanIndexForward=False, Limit=1, ConsistentRead=True)["Items"]
        if not latest:
            return None
        upload = _upload_id(str(latest[0]["part"]))
    parts = {str(item["part"]): item for item in _items(table, file, upload)}
    if not parts:
        return None
    upload = _upload_id(max(parts))
    parts = {name: item for name, item in parts.items() if _upload_id(name) == upload}
    return _added_up(file, upload, parts, time.time() if now is None else now)


def _added_up(file: str, upload: str, parts: Mapping[str, Mapping[str, Any]], now: float) -> Receipt:
    summary = parts.get(part(upload, "summary"), {})
    ranges = [item for item in parts.values() if item["kind"] == "range"]
    done = [item for item in ranges if item["done"]]
    messages = [(name, item) for name, item in parts.items() if item["kind"] == "message"]
    applied = sum(int(item["applied"]) for _, item in messages)
    superseded = sum(int(item["superseded"]) for _, item in messages)
    dead_lettered = sum(int(item["dead_lettered"]) for _, item in messages)
    left: list[DeadLetteredRow] = []
    for name, item in messages:
        message = name.rpartition("#")[2]
        for line in (int(number) for number in item["set_aside"]):
            row = parts.get(part(upload, row_part(message, line)), {"outcome": "dead_lettered"})
            applied += row["outcome"] == "applied"
            superseded += row["outcome"] == "superseded"
            if row["outcome"] == "dead_lettered":
                left.append(DeadLetteredRow(line, str(row.get("reason", ""))))
    dead_lettered += len(left)
    sent = sum(int(item.get("rows_sent", 0)) for item in ranges)
    error = str(summary.get("error", "")) or next((str(item["error"]) for item in done if item.get("error")), "")
    expected_ranges = int(summary["ranges"]) if "ranges" in summary else None
    undecided = any(int(item.get("undecided_until", 0)) > now for _, item in messages)
    return Receipt(
        file=file,
        upload=upload,
        rows_read=sum(int(item.get("rows_read", 0)) for item in ranges),
        rows_rejected=sum(int(item.get("rows_rejected", 0)) for item in ranges),
        rows_sent=sent,
        rows_applied=applied,
        rows_superseded=superseded,
        rows_dead_lettered=dead_lettered,
        complete=expected_ranges == len(done) and sent == applied + superseded + dead_lettered and not undecided,
        error=error,
        notes=tuple(str(note) for note in summary.get("notes", ())),
        rejects=tuple(f"{item['rejects_folder']}{name}" for item in done for name in item["rejects"]),
        dead_lettered_rows=tuple(sorted(left, key=lambda row: row.line)),
        ranges=expected_ranges or 0,
        ranges_done=len(done),
        started_at=datetime.fromisoformat(upload.partition("#")[0]).astimezone(UTC).timestamp(),
        finished_at=max((int(item["at"]) / 1000 for item in parts.values() if "at" in item), default=0.0),
    )


def _items(table: ReceiptsTable, file: str, upload: str) -> Iterator[Mapping[str, Any]]:
    query = _query(file, upload)
    while True:
        page = table.query(**query, ConsistentRead=True)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _query(file: str, upload: str) -> dict[str, Any]:
    names = {"#f": "file"}
    values = {":file": file}
    condition = "#f = :file"
    if upload:
        names["#p"] = "part"
        values[":upload"] = upload
        condition += " AND begins_with(#p, :upload)"
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _upload_id(name: str) -> str:
    """Return the upload's id at the beginning of a part's name: time and version id."""
    uploaded_at, version_id, _ = name.split("#", 2)
    return f"{uploaded_at}#{version_id}"
