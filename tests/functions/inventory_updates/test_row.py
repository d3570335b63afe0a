"""What a row's values become, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory_updates.row import (
    Remembered,
    Row,
    RowError,
    has_unsendable,
    normalised_quantity,
    normalised_update_date,
    row_fault,
    sendable,
)

_zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=_zones)  # noqa: DTZ001 - given zones


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T08:30", "2026-01-31T08:30:00Z"),
        ("2026-01-31 08:30:15", "2026-01-31T08:30:15Z"),
        ("2026-01-31T08:30:15Z", "2026-01-31T08:30:15Z"),
        ("2026-01-31T00:30:00+02:00", "2026-01-30T22:30:00Z"),
        ("2026-01-31T00:30:00-0530", "2026-01-31T06:00:00Z"),
        ("2026-01-31T08:30:15.5Z", "2026-01-31T08:30:15.500000Z"),
        ("2026-01-31T08:30:15,123456789Z", "2026-01-31T08:30:15.123456Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
    ],
)
def test_a_date_becomes_utc_and_a_day_its_midnight(text: str, normalised: str) -> None:
    assert normalised_update_date(text) == normalised


@pytest.mark.parametrize(
    "text",
    ["", "2026", "20260131", "2026-W05", "2026-1-31", "31.01.2026", "2026-02-29", "2026-13-01", "2026-01-31T24:01", "yesterday",
     "2026-01-31x08:30", "2026-01-31T08:30:61", "0001-01-01T00:00:00+01:00", "２０２６-01-31", "2026-01-31T08:30 Z"],
)  # fmt: skip
def test_anything_else_is_not_a_date(text: str) -> None:
    with pytest.raises(RowError, match="update_date"):
        normalised_update_date(text)


@given(_moments)
def test_a_normalised_date_is_the_same_moment_and_stays_as_it_is(moment: datetime) -> None:
    normalised = normalised_update_date(moment.isoformat()[: 26 + 6] if not moment.utcoffset() else moment.isoformat())
    assert datetime.fromisoformat(normalised) == moment.astimezone(UTC)
    assert normalised_update_date(normalised) == normalised


@given(st.integers(0, 10**38 - 1), st.integers(0, 5))
def test_a_quantity_loses_its_leading_zeros_and_nothing_else(quantity: int, zeros: int) -> None:
    assert normalised_quantity("0" * zeros + str(quantity)) == str(quantity)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", "１", "²", "1 000", "0x10", "NaN", "1" + "0" * 38])
def test_anything_but_a_whole_number_of_at_least_0_is_refused(text: str) -> None:
    with pytest.raises(RowError, match="quantity"):
        normalised_quantity(text)


def test_a_digit_string_of_any_length_is_refused_without_being_converted() -> None:
    with pytest.raises(RowError, match="100000 digits"):
        normalised_quantity("9" * 100_000)


def test_remembered_results_are_those_of_the_normaliser_and_are_bounded() -> None:
    remembered = Remembered(str.upper, limit=3)
    assert [remembered[letter] for letter in "abcdabcd"] == list("ABCDABCD")
    assert len(remembered) <= 3


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (Row("P", "L", "1", "2026-01-31T00:00:00Z", 2), None),
        (Row("", "L", "1", "2026-01-31T00:00:00Z", 2), "product_id is not valid"),
        (Row("P", "L" * 1025, "1", "2026-01-31T00:00:00Z", 2), "location is not valid"),
        (Row("P", "L", "01", "2026-01-31T00:00:00Z", 2), "quantity is not valid"),
        (Row("P", "L", "1", "2026-01-31", 2), "update_date is not valid"),
    ],
)
def test_the_fault_of_a_row_in_a_message_names_the_column_and_no_value(row: Row, fault: str | None) -> None:
    assert row_fault(row) == fault


@given(st.text())
def test_sendable_text_holds_nothing_that_sqs_refuses(text: str) -> None:
    assert not has_unsendable(sendable(text))
    allowed = (range(9, 11), range(13, 14), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
    assert all(any(ord(character) in some for some in allowed) for character in sendable(text))
