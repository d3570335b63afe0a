"""Uploads that should be through by now and aren't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inventory_updates.receipt_reader import read_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from inventory_updates.open_uploads import OpenUpload, OpenUploads
    from inventory_updates.receipt_reader import Receipt, ReceiptsTable


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look found; `looked_at_all` is false if there was no time for every open upload."""

    late: list[tuple[OpenUpload, Receipt | None]]
    completed: int
    looked_at_all: bool


class LateUploads:
    """Looks through the open uploads. Each is read once it is old enough to be late, which most are never twice."""

    def __init__(self, open_uploads: OpenUploads, table: ReceiptsTable, late_after_seconds: float) -> None:
        self._open_uploads = open_uploads
        self._table = table
        self._late_after_seconds = late_after_seconds

    def look(self, now: float, is_out_of_time: Callable[[], bool]) -> Looked:
        """Return what is late at `now` (epoch seconds) and forget what is complete. Raises what AWS refuses."""
        late: list[tuple[OpenUpload, Receipt | None]] = []
        completed = 0
        for opened in self._open_uploads.all():
            if opened.uploaded_at > now - self._late_after_seconds:
                break  # the list is sorted by time
            if is_out_of_time():
                return Looked(late, completed, looked_at_all=False)
            receipt = read_receipt(self._table, opened.file, opened.upload, now)
            if receipt is not None and receipt.complete:
                self._open_uploads.remove(opened)
                completed += 1
            else:
                late.append((opened, receipt))
        return Looked(late, completed, looked_at_all=True)
