"""What the function is told, by events and by its environment."""

from __future__ import annotations

from typing import Any

import pytest
from csv_to_queue.deadline import Deadline
from csv_to_queue.events import UnknownEventError, uploads_of
from csv_to_queue.settings import Settings

ENVIRONMENT = {"QUEUE_URL": "q", "RECEIPTS_TABLE": "r", "AWS_LAMBDA_FUNCTION_NAME": "f"}


def record(key: str, **described: Any) -> dict[str, Any]:
    return {
        "eventTime": "2026-11-23T10:00:00.123Z",
        "s3": {"bucket": {"name": "b"}, "object": {"key": key, "size": 5, "eTag": "e"} | described},
    }


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("uploads/a+b.csv", "uploads/a b.csv"),
        ("uploads/a%2Bb.csv", "uploads/a+b.csv"),
        ("uploads/t%C3%A4glich.csv", "uploads/täglich.csv"),
        ("uploads/100%25.csv", "uploads/100%.csv"),
    ],
)
def test_keys_are_url_decoded(encoded: str, key: str) -> None:
    (upload,) = uploads_of({"Records": [record(encoded)]})
    assert upload.key == key


def test_every_record_is_an_upload_and_versions_tell_them_apart() -> None:
    first, second = uploads_of({"Records": [record("a", versionId="v1"), record("a", versionId="v2")]})
    assert (first.id, second.id) == ("2026-11-23T10:00:00.123Z#v1", "2026-11-23T10:00:00.123Z#v2")


def test_without_versioning_the_etag_stands_in() -> None:
    (upload,) = uploads_of({"Records": [record("a")]})
    assert upload.id == "2026-11-23T10:00:00.123Z#e"


@pytest.mark.parametrize("event", [{}, {"Records": [{}]}, {"Records": 5}, {"Records": [record("a", size="many")]}])
def test_an_event_of_another_kind_is_refused_without_being_quoted(event: dict[str, Any]) -> None:
    with pytest.raises(UnknownEventError, match=r"^not an S3 notification: [A-Za-z]+$"):
        uploads_of(event)


def test_settings_come_from_the_environment_with_defaults() -> None:
    settings = Settings.from_environment(ENVIRONMENT | {"ROWS_PER_MESSAGE": "7"})
    assert (settings.rows_per_message, settings.range_bytes, settings.rejects_prefix) == (7, 64 * 1024**2, "rejects/")


@pytest.mark.parametrize("value", ["0", "-1", "many", "", "1.5", "²"])
def test_a_setting_out_of_range_is_named(value: str) -> None:
    with pytest.raises(ValueError, match="ROWS_PER_MESSAGE is"):
        Settings.from_environment(ENVIRONMENT | {"ROWS_PER_MESSAGE": value})


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(KeyError, match="QUEUE_URL"):
        Settings.from_environment({})


@pytest.mark.parametrize(("total", "near_at"), [(900_000, 60_000), (90_000, 30_000), (3_000, 1_000)])
def test_the_deadline_is_near_a_minute_before_the_end_or_a_third_of_the_time(total: int, near_at: int) -> None:
    remaining = [total]
    deadline = Deadline(lambda: remaining[0])
    remaining[0] = near_at + 1
    assert not deadline.is_near()
    remaining[0] = near_at
    assert deadline.is_near()
