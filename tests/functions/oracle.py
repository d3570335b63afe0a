"""What must come out for a file, worked out the slow and obvious way, with none of the functions' code.

Reads characters one by one with a state machine, and decimals and dates with other means than the functions do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation


@dataclass
class Expected:
    """Rows counted, and for each key the valid rows as (date, position in time and file, quantity, date as text)."""

    read: int = 0
    rejected: dict[int, str] = field(default_factory=dict)
    valid: dict[tuple[str, str], list[tuple[datetime, int, int]]] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        return sum(len(rows) for rows in self.valid.values())

    def table(self) -> dict[tuple[str, str], tuple[int, datetime]]:
        return {key: (max(rows)[2], max(rows)[0]) for key, rows in self.valid.items()}


def expect(data: bytes) -> Expected:
    """Return what must become of a file that has a header."""
    text = data.decode("utf-8-sig")
    records = _records(text)
    header = [name.strip().lower() for name in records[0][1] or []]
    expected = Expected()
    for line, fields in records[1:]:
        if fields is None:
            expected.read += 1
            expected.rejected[line] = "malformed"
            continue
        if len(fields) == 1 and not fields[0].strip():
            continue
        expected.read += 1
        reason, row = _row(header, fields)
        if row is None:
            expected.rejected[line] = reason
        else:
            product_id, location, quantity, moment = row
            expected.valid.setdefault((product_id, location), []).append((moment, line, quantity))
    return expected


def _records(text: str) -> list[tuple[int, list[str] | None]]:
    """Return (line, fields) of every record; fields are None for a line whose quotes don't work out."""
    records: list[tuple[int, list[str] | None]] = []
    position, line = 0, 1
    while position < len(text):
        parsed = _one(text, position)
        if parsed is None:
            end = text.find("\n", position)
            records.append((line, None))
            position = len(text) if end < 0 else end + 1
            line += 1
        else:
            fields, end = parsed
            records.append((line, fields))
            line += text.count("\n", position, end)
            position = end
    return records


def _one(text: str, position: int) -> tuple[list[str] | None, int] | None:  # noqa: C901, PLR0912 - a state machine, spelt out
    """Return the fields of the record that begins here (None if a bare CR spoils it) and its end; None if malformed."""
    fields: list[str] = []
    spoilt = False
    while True:
        at = position
        while text[at : at + 1] == " ":
            at += 1
        if text[at : at + 1] == '"':
            value = ""
            at += 1
            while True:
                if at >= len(text):
                    return None
                if text[at] != '"':
                    value += text[at]
                    at += 1
                elif text[at : at + 2] == '""':
                    value += '"'
                    at += 2
                else:
                    at += 1
                    break
        else:
            start = at
            while at < len(text) and text[at] not in ",\n":
                at += 1
            value = text[start:at]
            if at >= len(text) or text[at] == "\n":
                value = value.rstrip("\r")
            spoilt = spoilt or "\r" in value
        fields.append(value)
        while text[at : at + 1] == "\r" and text[at:].lstrip("\r")[:1] in {"\n", ""}:
            at += 1
        rest = text[at : at + 1]
        if rest == ",":
            position = at + 1
        elif rest in {"\n", ""}:
            return (None if spoilt else fields), min(at + 1, len(text))
        else:
            return None


def _row(header: list[str], fields: list[str]) -> tuple[str, tuple[str, str, int, datetime] | None]:
    if len(fields) != len(header):
        return "width", None
    named = {name: value.strip() for name, value in zip(header, fields, strict=True)}
    for name, limit in (("product_id", 2048), ("location", 1024)):
        value = named[name]
        if not value or len(value.encode()) > limit:
            return name, None
        if any((ord(c) < 32 and c not in "\t\n\r") or c in "\ufffe\uffff" for c in value):
            return name, None
    quantity = _quantity(named["quantity"])
    if quantity is None:
        return "quantity", None
    moment = _moment(named["update_date"])
    if moment is None:
        return "update_date", None
    return "", (named["product_id"], named["location"], quantity, moment)


def _quantity(text: str) -> int | None:
    if not text or any(c not in "0123456789" for c in text):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return int(value) if value < Decimal(10) ** 38 else None


def _moment(text: str) -> datetime | None:
    """Read an ISO 8601 date or date-time by its parts."""
    try:
        date, time = (text[:10], text[10:])
        if len(date) != 10 or date[4] != "-" or date[7] != "-":
            return None
        year, month, day = _digits(date[0:4]), _digits(date[5:7]), _digits(date[8:10])
        zone = timedelta()
        clock = timedelta()
        if time:
            if time[0] not in "T ":
                return None
            time = time[1:]
            if time.endswith("Z"):
                time = time[:-1]
            else:
                for sign in "+-":
                    if sign in time:
                        time, offset = time.split(sign)
                        hours, minutes = (offset.replace(":", "") + "00")[:2], (offset.replace(":", "") + "00")[2:4]
                        if _digits(hours) > 23 or _digits(minutes) > 59:
                            return None
                        zone = timedelta(hours=_digits(hours), minutes=_digits(minutes)) * (1 if sign == "+" else -1)
            clock = _clock(time)
        return datetime(year, month, day, tzinfo=timezone.utc) + clock - zone  # noqa: UP017
    except (ValueError, OverflowError):
        return None


def _clock(time: str) -> timedelta:
    parts = time.replace(",", ".").split(":")
    if len(parts) not in (2, 3) or any(len(part) != 2 for part in parts[:2]):
        raise ValueError(time)
    hours, minutes = _digits(parts[0]), _digits(parts[1])
    seconds, _, fraction = (parts[2] if len(parts) == 3 else "00").partition(".")
    if hours > 23 or minutes > 59 or len(seconds) != 2 or _digits(seconds) > 59:
        raise ValueError(time)
    return timedelta(
        hours=hours, minutes=minutes, seconds=_digits(seconds), microseconds=_digits((fraction + "000000")[:6])
    )


def _digits(text: str) -> int:
    if not text or any(c not in "0123456789" for c in text):
        raise ValueError(text)
    return int(text)
