"""Bad rows go back to the supplier: CSV objects with the original columns, the line and the reason.

A corrected rejects file can be uploaded as it is: the added columns are extra ones, which are ignored.
"""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inventory_updates.upload import Upload

    from .parser import Rejection

OBJECT_BYTES = 4 * 1024 * 1024
MAXIMUM_KEY_BYTES = 1024
_LONGEST_NAME_BYTES = 40
ADDED_COLUMNS = ("rejected_line", "rejected_reason", "rejected_text")


class RejectsWriter:
    """Collects rejections and writes an S3 object whenever about `OBJECT_BYTES` have come together.

    An object's name holds its first and last line, so a repeated run overwrites it or adds a complete one of its own.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what an object is made of
        self,
        client: Any,
        upload: Upload,
        prefix: str,
        columns: Sequence[str],
        written: Sequence[str] = (),
        object_bytes: int = OBJECT_BYTES,
    ) -> None:
        self._client = client
        self._bucket = upload.bucket
        self.folder = rejects_folder(prefix, upload)
        self._columns = tuple(columns)
        self._object_bytes = object_bytes
        self._names = list(written)
        self._first_line = self._last_line = 0
        self._buffer = io.StringIO(newline="")
        self._begin()

    @property
    def names(self) -> tuple[str, ...]:
        """The objects written so far below `folder`, those of earlier invocations included."""
        return tuple(self._names)

    def add(self, rejections: Sequence[Rejection]) -> None:
        """Write rejections, in the order of their lines."""
        for rejection in rejections:
            if not self._first_line:
                self._first_line = rejection.line
            self._last_line = rejection.line
            fields = rejection.fields or [""] * len(self._columns)
            csv.writer(self._buffer).writerow([*fields, rejection.line, rejection.reason, rejection.text])
            if self._buffer.tell() >= self._object_bytes:
                self.flush()

    def flush(self) -> None:
        """Write what has come together as an object. Raises what the client raises."""
        if not self._first_line:
            return
        name = f"lines-{self._first_line:010d}-{self._last_line:010d}.csv"
        self._client.put_object(
            Bucket=self._bucket,
            Key=self.folder + name,
            Body=self._buffer.getvalue().encode(),
            ContentType="text/csv; charset=utf-8",
        )
        self._names.append(name)
        self._begin()

    def _begin(self) -> None:
        self._first_line = self._last_line = 0
        self._buffer = io.StringIO(newline="")
        csv.writer(self._buffer).writerow([*self._columns, *ADDED_COLUMNS])


def rejects_folder(prefix: str, upload: Upload) -> str:
    """Return where the rejects of an upload go; a file whose key leaves no room for more is named by a digest."""
    version = f"{upload.uploaded_at}-{upload.version_id or upload.etag}"
    folder = f"{prefix}{upload.key}/{version}/"
    if len(folder.encode()) + _LONGEST_NAME_BYTES <= MAXIMUM_KEY_BYTES:
        return folder
    return f"{prefix}{hashlib.sha256(upload.key.encode()).hexdigest()}/{version}/"
