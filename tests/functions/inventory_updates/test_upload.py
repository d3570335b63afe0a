"""The order of rows: newest date, then later upload, then later line; as text, for DynamoDB to compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory_updates.row import normalised_update_date
from inventory_updates.upload import normalised_event_time, row_version, upload_rank

_moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
_uploads = st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
# Moments that differ by little, so that seconds, fractions, uploads and lines all get their turn.
_near = st.sampled_from([0, 1, 500_000, 1_000_000, 2_000_000, 61_000_000]).map(
    lambda microseconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
_spots = st.tuples(
    _moments | _near, _uploads | _near.filter(lambda near: near.microsecond != 1), st.integers(1, 10**11)
)


def version(spot: tuple[datetime, datetime, int]) -> str:
    date, uploaded, line = spot
    uploaded_at = normalised_event_time(uploaded.isoformat())
    return row_version(normalised_update_date(date.isoformat()), upload_rank("f", f"{uploaded_at}#v"), line)


@given(_spots, _spots)
def test_versions_compare_as_text_as_their_rows_do(
    one: tuple[datetime, datetime, int], other: tuple[datetime, datetime, int]
) -> None:
    assert (version(one).encode() < version(other).encode()) == (one < other)


def test_uploads_of_one_millisecond_have_different_ranks() -> None:
    ranks = {upload_rank(file, f"2026-11-23T10:00:00.000Z#{name}") for file in "ab" for name in ("v1", "v2")}
    assert len(ranks) == 4


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("2026-11-23T10:00:00.123Z", "2026-11-23T10:00:00.123Z"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000Z"),
        ("2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00.000Z"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00:00.000Z"),
    ],
)
def test_event_times_have_one_width(text: str, normalised: str) -> None:
    assert normalised_event_time(text) == normalised
