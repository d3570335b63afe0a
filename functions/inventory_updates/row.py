"""A row of inventory: what is valid, and why something is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAXIMUM_HASH_KEY_BYTES = 2048
MAXIMUM_RANGE_KEY_BYTES = 1024
MAXIMUM_DIGITS = 38

REQUIRED_COLUMNS = ("product_id", "location", "quantity", "update_date")

# Characters that SQS refuses in a body, or that no product or place is named with on purpose.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WHOLE_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_ISO_8601 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_QUOTED_VALUE_LENGTH = 40


class RowError(ValueError):
    """A row cannot be used; the text says why, for the person who wrote the file."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A valid row. `quantity` is decimal digits (up to 38, more than any machine integer), `line` counts from 1."""

    product_id: str
    location: str
    quantity: str
    update_date: str
    line: int


def sendable(text: str) -> str:
    """Return `text` with `?` for every character that cannot travel in a message."""
    return _UNSENDABLE.sub("?", text)


def has_unsendable(text: str) -> bool:
    """Whether `text` holds a character that cannot travel in a message."""
    return _UNSENDABLE.search(text) is not None


def normalised_quantity(text: str) -> str:
    """Return a whole number of at least 0 without leading zeros. Raises `RowError`."""
    if not text:
        raise RowError("quantity is missing")
    if _WHOLE_NUMBER.fullmatch(text) is None:
        raise RowError(f"quantity {_shown(text)} is not a whole number of at least 0")
    digits = text.lstrip("0") or "0"
    if len(digits) > MAXIMUM_DIGITS:
        raise RowError(f"quantity has {len(digits)} digits, DynamoDB keeps {MAXIMUM_DIGITS}")
    return digits


def normalised_update_date(text: str) -> str:
    """Return an ISO 8601 date or date-time as UTC, `2026-01-31T08:30:00[.123456]Z`. Raises `RowError`.

    A date is its midnight and a time without zone is UTC; digits beyond microseconds are cut off.
    """
    if not text:
        raise RowError("update_date is missing")
    if _ISO_8601.fullmatch(text) is None:
        raise RowError(f"update_date {_shown(text)} is not an ISO 8601 date or date-time")
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowError(f"update_date {_shown(text)} is not a date of the calendar") from None
    return moment.isoformat()[:-6] + "Z"


def checked_key(name: str, text: str, maximum_bytes: int) -> str:
    """Return `text` if it can be a key of the table. Raises `RowError`."""
    if not text:
        raise RowError(f"{name} is missing")
    if has_unsendable(text):
        raise RowError(f"{name} holds a control character")
    size = len(text.encode())
    if size > maximum_bytes:
        raise RowError(f"{name} has {size} bytes, DynamoDB's keys {maximum_bytes}")
    return text


def row_fault(row: Row) -> str | None:
    """Return why a row that arrived in a message must not be applied, or None.

    The text names the column and never its value: it travels in logs and message attributes.
    """
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("product_id", lambda: checked_key("product_id", row.product_id, MAXIMUM_HASH_KEY_BYTES) == row.product_id),
        ("location", lambda: checked_key("location", row.location, MAXIMUM_RANGE_KEY_BYTES) == row.location),
        ("quantity", lambda: normalised_quantity(row.quantity) == row.quantity),
        ("update_date", lambda: normalised_update_date(row.update_date) == row.update_date),
    )
    for column, is_sound in checks:
        try:
            if is_sound():
                continue
        except RowError:
            pass
        return f"{column} is not valid"
    return None


class Remembered(dict[str, str]):
    """Results of a normaliser: quantities and dates of a file repeat, and a look-up costs a tenth of a parse."""

    def __init__(self, normalise: Callable[[str], str], limit: int = 20_000) -> None:
        super().__init__()
        self._normalise = normalise
        self._limit = limit

    def __missing__(self, text: str) -> str:
        value = self._normalise(text)
        if len(self) >= self._limit:
            self.clear()
        self[text] = value
        return value


def _shown(text: str) -> str:
    return repr(text if len(text) <= _QUOTED_VALUE_LENGTH else f"{text[:_QUOTED_VALUE_LENGTH]}…")
