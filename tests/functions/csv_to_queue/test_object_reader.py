"""Reading an object: every byte once, whatever breaks on the way."""

from __future__ import annotations

import random

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from csv_to_queue.object_reader import MAXIMUM_ATTEMPTS, ObjectGoneError, ObjectReader
from inventory_updates.upload import Upload

from tests.functions.fakes import Calls, FakeS3, client_error

DATA = random.Random(5).randbytes(1_000_000)  # noqa: S311 - test data
BREAKS = [
    ReadTimeoutError(endpoint_url="https://s3"),
    ResponseStreamingError(error="reset"),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ConnectionResetError("reset"),
]


def reader(s3: FakeS3, version_id: str = "v1", etag: str = "") -> ObjectReader:
    s3.add("uploads/a.csv", version_id, DATA)
    upload = Upload("bucket", "uploads/a.csv", version_id, etag, len(DATA), "2026-11-23T10:00:00.000Z")
    return ObjectReader(s3, upload, sleep=lambda _: None)


def test_a_range_is_read_in_pieces() -> None:
    pieces = list(reader(FakeS3(Calls())).chunks(10, 900_000))
    assert b"".join(pieces) == DATA[10:900_000]
    assert max(map(len, pieces)) <= 256 * 1024


def test_nothing_is_asked_for_beyond_the_end() -> None:
    s3 = FakeS3(Calls())
    assert reader(s3).read(len(DATA) - 5, len(DATA) + 100) == DATA[-5:]
    assert reader(s3).read(len(DATA), len(DATA) + 100) == b""


@pytest.mark.parametrize("error", BREAKS)
def test_reading_goes_on_where_the_connection_broke(error: Exception) -> None:
    s3 = FakeS3(Calls())
    rng = random.Random(1)  # noqa: S311 - repeatable
    s3.breaks = lambda length: (rng.randrange(1, length), error) if length > 1 and rng.random() < 0.8 else None
    assert reader(s3).read(0, len(DATA)) == DATA
    assert s3.calls.counts["GetObject"] > 1


def test_a_body_that_ends_early_without_an_error_is_read_on() -> None:
    s3 = FakeS3(Calls())
    ends = iter([300_000, 200_000])
    s3.breaks = lambda _: (end, None) if (end := next(ends, None)) else None  # type: ignore[assignment, return-value]
    assert reader(s3).read(0, len(DATA)) == DATA


def test_a_connection_that_gives_nothing_is_given_up() -> None:
    s3 = FakeS3(Calls())
    s3.breaks = lambda _: (0, ConnectionResetError("reset"))
    with pytest.raises(ConnectionResetError):
        reader(s3).read(0, 10)
    assert s3.calls.counts["GetObject"] == MAXIMUM_ATTEMPTS


def test_a_version_that_is_gone_is_told_from_other_refusals() -> None:
    s3 = FakeS3(Calls())
    gone = reader(s3)
    s3.objects.clear()
    with pytest.raises(ObjectGoneError):
        gone.read(0, 10)

    def deny(*_: str) -> None:
        raise client_error("AccessDenied", status=403)

    with pytest.raises(ClientError, match="AccessDenied"):
        reader(FakeS3(Calls(deny))).read(0, 10)


def test_without_versioning_an_overwritten_object_is_not_read_as_the_old_one() -> None:
    s3 = FakeS3(Calls())
    with pytest.raises(ObjectGoneError):
        reader(s3, version_id="", etag="another").read(0, 10)
