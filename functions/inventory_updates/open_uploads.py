"""The list of uploads whose receipt was not yet seen complete; it lives in the receipts table, in a partition of its own.

It spares whoever looks for late uploads from reading the whole table. An upload is put on it before its receipt is
begun, and taken off once its receipt was read complete: one that is lost in between stays on it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .attribute_values import from_item, to_item

if TYPE_CHECKING:
    from collections.abc import Iterator

# No S3 key below `uploads/` is named so.
PARTITION = "#open"


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """An upload of the S3 key `file`."""

    file: str
    upload: str

    @property
    def uploaded_at(self) -> float:
        """Epoch seconds."""
        return datetime.fromisoformat(self.upload.partition("#")[0]).timestamp()

    def key(self) -> dict[str, Any]:
        """Its key on the list, as DynamoDB writes it; older uploads sort first."""
        # A digest, because S3's keys may be as long as DynamoDB's.
        return to_item({"file": PARTITION, "part": f"{self.upload}#{hashlib.sha256(self.file.encode()).hexdigest()}"})


class OpenUploads:
    """Reads and changes the list with a low-level DynamoDB client. Raises what the client raises."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, opened: OpenUpload, expires_at: int) -> None:
        """Put an upload on the list, until `expires_at` (epoch seconds) at most."""
        item = to_item({"kind": "open", "uploaded": opened.file, "upload": opened.upload, "expires_at": expires_at})
        self._client.put_item(TableName=self._table, Item=opened.key() | item)

    def remove(self, opened: OpenUpload) -> None:
        self._client.delete_item(TableName=self._table, Key=opened.key())

    def all(self) -> Iterator[OpenUpload]:
        """Yield the uploads of the list, oldest first."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#f = :open",
            "ExpressionAttributeNames": {"#f": "file"},
            "ExpressionAttributeValues": to_item({":open": PARTITION}),
        }
        while True:
            page = self._client.query(**query)
            for item in map(from_item, page["Items"]):
                yield OpenUpload(str(item["uploaded"]), str(item["upload"]))
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
