"""Sends the rows of one range of a file, until the range or the time is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from inventory_updates.message import FORMAT, Message, encode_to_fit

from .object_reader import ObjectGoneError
from .parser import Parser
from .records import blocks
from .sender import OutgoingMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inventory_updates.receipts import Range
    from inventory_updates.row import Row

    from .deadline import Deadline
    from .events import Job, Progress
    from .object_reader import ObjectReader
    from .records import Block
    from .rejects import RejectsWriter
    from .sender import QueueSender


class RangeWorker:
    """Cuts a range into messages that depend on the file and the plan alone: run twice, it sends the same ones."""

    def __init__(
        self, job: Job, planned: Range, reader: ObjectReader, sender: QueueSender, rejects: RejectsWriter
    ) -> None:
        self._job = job
        self._range = planned
        self._reader = reader
        self._sender = sender
        self._rejects = rejects
        self._parser = Parser(job.header)

    def run(self, progress: Progress, deadline: Deadline) -> Progress:
        """Send rows from `progress` on; return how far it came, everything before being sent or rejected.

        At least one block is done however near the deadline is. Raises what reading and sending raise.
        """
        for block in self._blocks(progress.offset):
            if block is None:
                progress = replace(progress, gone=True)
                break
            rows, rejections = self._parser.parse(block, progress.line)
            self._rejects.add(rejections)
            progress = replace(
                progress,
                offset=block.end,
                line=progress.line + block.lines,
                messages=progress.messages + self._send(rows, progress.messages),
                rows_read=progress.rows_read + len(rows) + len(rejections),
                rows_rejected=progress.rows_rejected + len(rejections),
                rows_sent=progress.rows_sent + len(rows),
            )
            if deadline.is_near():
                break
        self._rejects.flush()
        self._sender.drain()
        return replace(progress, rejects=self._rejects.names)

    def _blocks(self, offset: int) -> Iterator[Block | None]:
        """Yield the blocks from `offset` on, then None if the object vanished in between."""
        try:
            yield from blocks(self._reader.chunks(offset, self._range.end), offset, self._job.plan.block_bytes)
        except ObjectGoneError:
            yield None

    def _send(self, rows: list[Row], sequence: int) -> int:
        """Send the rows of a block; return how many messages they made."""
        upload, step = self._job.upload, self._job.plan.rows_per_message
        sent = 0
        for first in range(0, len(rows), step):
            whole = Message(FORMAT, upload.key, upload.id, "", rows[first : first + step])
            for name, body in encode_to_fit(whole, self._range.index, sequence + sent):
                identity = f"{upload.bucket}/{upload.key}#{upload.id}#{name}"
                self._sender.send(OutgoingMessage(identity, upload.key, body.decode(), len(body)))
                sent += 1
        return sent
