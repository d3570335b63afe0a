"""From an uploaded file to messages: one range for a small file, many in parallel for a large one.

A large file is first walked through once, without parsing: that finds where records really end (a quoted field may hold
line breaks) and the line number at which each range begins. Then `maximum_parallel_ranges` invocations of this same
function work on the ranges, each on every n-th. An invocation near its deadline hands the rest over to the next. Every
step may run twice: it sends the same messages and writes the same receipt.
See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from inventory_updates.receipts import Plan, Range, Receipts

from .events import Job, Progress, RangesStep, ScanStep, to_event
from .header import HEADER_BYTES, FileRefusedError, read_header
from .object_reader import ObjectGoneError, ObjectReader
from .range_worker import RangeWorker
from .records import blocks
from .rejects import RejectsWriter, rejects_folder
from .sender import SENDERS, QueueSender

if TYPE_CHECKING:
    from collections.abc import Callable

    from inventory_updates.upload import Upload

    from .deadline import Deadline
    from .events import Step
    from .header import Header
    from .settings import Settings

NO_ROWS = "the file has a header but no rows"
GONE = "this version of the file was deleted before it was read to the end"


@dataclass(frozen=True, slots=True)
class Clients:
    """The AWS clients that the function uses; Lambda's is made when a step is handed over, which few files need."""

    s3: Any
    sqs: Any
    dynamodb: Any
    awslambda: Callable[[], Any]


@dataclass(slots=True)
class Tally:
    """What one invocation did, for its log and metrics."""

    rows_read: int = 0
    rows_rejected: int = 0
    rows_sent: int = 0
    messages_sent: int = 0
    ranges_planned: int = 0
    steps_handed_over: int = 0
    files_repeated: int = 0
    refused: str = ""

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


class Ingest:
    """The steps of ingesting uploads. Each returns a `Tally` and raises what AWS refuses for good."""

    def __init__(
        self, clients: Clients, settings: Settings, senders: int = SENDERS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._receipts = Receipts(clients.dynamodb, settings.receipts_table)
        self._senders = senders
        self._sleep = sleep

    def upload(self, upload: Upload, deadline: Deadline) -> Tally:
        """Begin with an upload. A file that cannot be used gets a receipt that says so, and no error is raised."""
        try:
            header = self._header(upload)
        except FileRefusedError as error:
            return self._refused(upload, str(error), error.reason)
        except ObjectGoneError:
            return self._refused(upload, GONE, GONE)
        settings = self._settings
        wanted = Plan(settings.range_bytes, settings.block_bytes, settings.rows_per_message)
        plan, closed = self._receipts.open_upload(upload, wanted, header.notes)
        if closed:
            return Tally(files_repeated=1)
        job = Job(upload, header, plan)
        if upload.size_bytes - header.end > plan.range_bytes:
            return self.step(ScanStep(job, 0, header.end, header.first_line, header.end, header.first_line), deadline)
        whole = Range(0, header.end, upload.size_bytes, header.first_line)
        return self.step(RangesStep(job, whole, Progress(whole.start, whole.first_line), stride=0), deadline)

    def step(self, step: Step, deadline: Deadline) -> Tally:
        """Go on with an upload."""
        return self._scan(step, deadline) if isinstance(step, ScanStep) else self._ranges(step, deadline)

    def _header(self, upload: Upload) -> Header:
        if upload.size_bytes == 0:
            raise FileRefusedError("the file is empty")
        return read_header(self._reader(upload).read(0, HEADER_BYTES))

    def _refused(self, upload: Upload, error: str, reason: str) -> Tally:
        self._receipts.close_upload(upload, ranges=0, error=error)
        return Tally(refused=reason)

    def _scan(self, step: ScanStep, deadline: Deadline) -> Tally:
        """Find the ranges of a large file and start working on them."""
        job, upload = step.job, step.job.upload
        index, start, first_line = step.range_index, step.range_start, step.range_first_line
        offset, line = step.offset, step.line
        reader = self._reader(upload)
        try:
            for block in blocks(reader.chunks(offset, upload.size_bytes), offset, job.plan.block_bytes):
                offset, line = block.end, line + block.lines
                if offset - start >= job.plan.range_bytes or offset == upload.size_bytes:
                    self._receipts.plan_range(upload, Range(index, start, offset, first_line))
                    index, start, first_line = index + 1, offset, line
                if offset < upload.size_bytes and deadline.is_near():
                    self._invoke(ScanStep(job, index, start, first_line, offset, line))
                    return Tally(ranges_planned=index - step.range_index, steps_handed_over=1)
        except ObjectGoneError:
            return self._refused(upload, GONE, GONE)
        lanes = min(self._settings.maximum_parallel_ranges, index)
        for lane in range(lanes):
            # A lane passes over ranges that an earlier run has done.
            if following := self._next_range(upload, lane, lanes):
                self._invoke(RangesStep(job, following, Progress(following.start, following.first_line), lanes))
        self._receipts.close_upload(upload, ranges=index)
        return Tally(ranges_planned=index - step.range_index, steps_handed_over=lanes)

    def _ranges(self, step: RangesStep, deadline: Deadline) -> Tally:
        """Send the rows of a range and of those that follow it."""
        tally = Tally()
        with QueueSender(self._clients.sqs, self._settings.queue_url, self._senders, self._sleep) as sender:
            while True:
                progress = self._work(step, sender, deadline)
                tally.rows_read += progress.rows_read - step.progress.rows_read
                tally.rows_rejected += progress.rows_rejected - step.progress.rows_rejected
                tally.rows_sent += progress.rows_sent - step.progress.rows_sent
                tally.messages_sent += progress.messages - step.progress.messages
                following = self._following(step, progress)
                if following is None:
                    return tally
                if deadline.is_near():
                    self._invoke(following)
                    tally.steps_handed_over += 1
                    return tally
                step = following

    def _work(self, step: RangesStep, sender: QueueSender, deadline: Deadline) -> Progress:
        job = step.job
        rejects = RejectsWriter(
            self._clients.s3, job.upload, self._settings.rejects_prefix, job.header.columns, step.progress.rejects
        )
        worker = RangeWorker(job, step.planned, self._reader(job.upload), sender, rejects)
        return worker.run(step.progress, deadline)

    def _following(self, step: RangesStep, progress: Progress) -> RangesStep | None:
        """Note how far a range came; return what is next: the rest of it, another range, or nothing."""
        upload, planned = step.job.upload, step.planned
        if progress.offset < planned.end and not progress.gone:
            return replace(step, progress=progress)
        counts = {
            "rows_read": progress.rows_read,
            "rows_rejected": progress.rows_rejected,
            "rows_sent": progress.rows_sent,
            "messages": progress.messages,
            "rejects_folder": rejects_folder(self._settings.rejects_prefix, upload),
            "rejects": progress.rejects,
        }
        self._receipts.finish_range(upload, planned, counts | ({"error": GONE} if progress.gone else {}))
        if not step.stride:
            nothing_read = progress.rows_read == 0 and not progress.gone
            self._receipts.close_upload(upload, ranges=1, error=NO_ROWS if nothing_read else "")
            return None
        following = self._next_range(upload, planned.index + step.stride, step.stride)
        if following is None:
            return None
        return RangesStep(step.job, following, Progress(following.start, following.first_line), step.stride)

    def _next_range(self, upload: Upload, index: int, stride: int) -> Range | None:
        """Return the first range from `index` on, in steps of `stride`, that is not done."""
        while (found := self._receipts.planned_range(upload, index)) is not None:
            planned, done = found
            if not done:
                return planned
            index += stride
        return None

    def _reader(self, upload: Upload) -> ObjectReader:
        return ObjectReader(self._clients.s3, upload, self._sleep)

    def _invoke(self, step: Step) -> None:
        """Hand a step over to another invocation of this function."""
        self._clients.awslambda().invoke(
            FunctionName=self._settings.function_name,
            InvocationType="Event",
            Payload=json.dumps(to_event(step)).encode(),
        )
