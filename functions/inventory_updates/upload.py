"""One version of one uploaded file, and the order of uploads."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self

SEPARATOR = "#"


@dataclass(frozen=True, slots=True)
class Upload:
    """A version of an S3 object, as its `ObjectCreated` event describes it.

    `uploaded_at` is the event's time in UTC with milliseconds, so that it sorts as text. In a bucket without
    versioning `version_id` is empty and the ETag tells two contents of a key apart.
    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """

    bucket: str
    key: str
    version_id: str
    etag: str
    size_bytes: int
    uploaded_at: str

    @property
    def id(self) -> str:
        """Names this upload among those of its key; later uploads sort later."""
        return f"{self.uploaded_at}{SEPARATOR}{self.version_id or self.etag}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


def normalised_event_time(text: str) -> str:
    """Return an event's ISO 8601 time as UTC text of a fixed width. Raises `ValueError` for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def upload_rank(file: str, upload_id: str) -> str:
    """Return text that orders uploads by time, and by an arbitrary but fixed rule within one millisecond."""
    uploaded_at = upload_id.partition(SEPARATOR)[0]
    digest = hashlib.sha256(f"{file}\0{upload_id}".encode()).hexdigest()[:12]
    return f"{uploaded_at}{SEPARATOR}{digest}"


def row_version(update_date: str, rank: str, line: int) -> str:
    """Return the version of a row: the newest `update_date` wins, then the later upload, then the later line.

    Versions compare as text, which is how DynamoDB compares strings. `update_date` is normalised (`row.py`); without
    its `Z` a whole second is followed by `#`, which sorts before the `.` of a fraction, as it must.
    """
    return f"{update_date[:-1]}{SEPARATOR}{rank}{SEPARATOR}{line:012d}"
