"""What invokes the function: S3's notifications, and the steps that it hands over to itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from inventory_updates.receipts import Plan, Range
from inventory_updates.upload import Upload, normalised_event_time

from .header import Header

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = "csv_to_queue"


class UnknownEventError(ValueError):
    """The event is neither S3's nor this function's own."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every step of one upload needs to know."""

    upload: Upload
    header: Header
    plan: Plan


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a range goes on: at a block's beginning, so that the rest is cut as it would have been.

    `gone` says that the object vanished, so that there is no going on.
    """

    offset: int
    line: int
    messages: int = 0
    rows_read: int = 0
    rows_rejected: int = 0
    rows_sent: int = 0
    rejects: tuple[str, ...] = ()
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ScanStep:
    """Look for the borders of ranges from `offset` on; `range_index` is the next range, begun at `range_start`."""

    job: Job
    range_index: int
    range_start: int
    range_first_line: int
    offset: int
    line: int


@dataclass(frozen=True, slots=True)
class RangesStep:
    """Send the rows of range `planned`, then of every `stride`-th range after it; 0 means of no other."""

    job: Job
    planned: Range
    progress: Progress
    stride: int


Step = ScanStep | RangesStep


def uploads_of(event: Mapping[str, Any]) -> list[Upload]:
    """Return the uploads of an S3 notification; none for S3's test event. Raises `UnknownEventError`.

    Keys arrive URL-encoded with `+` for a space.
    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    if event.get("Event") == "s3:TestEvent":
        return []
    try:
        return [_upload(record) for record in event["Records"]]
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownEventError(f"not an S3 notification: {type(error).__name__}") from None


def _upload(record: Mapping[str, Any]) -> Upload:
    described = record["s3"]["object"]
    return Upload(
        bucket=record["s3"]["bucket"]["name"],
        key=unquote_plus(described["key"]),
        version_id=described.get("versionId", ""),
        etag=described.get("eTag", ""),
        size_bytes=int(described["size"]),
        uploaded_at=normalised_event_time(record["eventTime"]),
    )


def to_event(step: Step) -> dict[str, Any]:
    """Return the event that invokes the function for a step; `step_of` is its inverse."""
    return {STEP: {"step": type(step).__name__, **asdict(step)}}


def step_of(event: Mapping[str, Any]) -> Step | None:
    """Return the step that an event asks for, None if it is not an event of this function's own."""
    document = event.get(STEP)
    if document is None:
        return None
    job = Job(
        Upload(**document["job"]["upload"]),
        Header(**(document["job"]["header"] | {"columns": tuple(document["job"]["header"]["columns"])})),
        Plan(**document["job"]["plan"]),
    )
    fields = {name: value for name, value in document.items() if name not in {"step", "job"}}
    if document["step"] == ScanStep.__name__:
        return ScanStep(job, **fields)
    progress = Progress(**(fields["progress"] | {"rejects": tuple(fields["progress"]["rejects"])}))
    return RangesStep(job, Range(**fields["planned"]), progress, fields["stride"])
