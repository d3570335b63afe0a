"""The first line of a file: which column is where, or why the file cannot be used."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass

from inventory_updates.row import REQUIRED_COLUMNS

from .records import MAXIMUM_RECORD_BYTES, Kind, Segment, blocks

HEADER_BYTES = 2 * MAXIMUM_RECORD_BYTES
_SHOWN_LENGTH = 100
_AFTER_LINE_ENDS = re.compile(rb"(?<=\n)")
_MAGIC_NUMBERS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\x1f\x8b": "gzip-compressed",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
}


class FileRefusedError(ValueError):
    """The file as a whole cannot be used.

    The text is for the person who uploaded it and may quote the file; `reason` never does, so it may be logged.
    """

    def __init__(self, reason: str, quoted: str = "", hint: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason}{quoted and f': {_shown(quoted)}'}{hint and f'; {hint}'}")


@dataclass(frozen=True, slots=True)
class Header:
    """Column names as written, and where the rows begin (byte offset and line number)."""

    columns: tuple[str, ...]
    end: int
    first_line: int

    def position(self, required: str) -> int:
        """Return the index of a required column."""
        return [_folded(column) for column in self.columns].index(required)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the receipt says of columns that are not used."""
        extra = [column for column in self.columns if _folded(column) not in REQUIRED_COLUMNS]
        return (f"columns ignored: {_shown(', '.join(extra))}",) if extra else ()


def read_header(beginning: bytes) -> Header:
    """Return the header in the first `HEADER_BYTES` of a file. Raises `FileRefusedError`."""
    for magic, what in _MAGIC_NUMBERS.items():
        if beginning.startswith(magic):
            raise FileRefusedError(f"the file is {what}, not CSV")
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefusedError("the file is UTF-16, save it as CSV UTF-8")
    bom = len(codecs.BOM_UTF8) if beginning.startswith(codecs.BOM_UTF8) else 0
    first_line = 1
    for block in blocks([beginning[bom:]], bom):
        end = block.start
        for segment in block.segments:
            for line in _AFTER_LINE_ENDS.split(segment.data) if segment.kind is Kind.LINES else [segment.data]:
                end += len(line)
                first_line += line.count(b"\n")
                if line.strip():
                    part = Segment(segment.kind, line, len(line))
                    return Header(_columns(part), min(end, len(beginning)), first_line)
    raise FileRefusedError("the file is empty")


def _columns(segment: Segment) -> tuple[str, ...]:
    if b"\0" in segment.data:
        raise FileRefusedError("the file is binary, not CSV")
    try:
        text = segment.data.decode()
    except UnicodeDecodeError:
        raise FileRefusedError("the header is not UTF-8 text, save the file as CSV UTF-8") from None
    if "\r" in text.replace("\r\n", ""):
        raise FileRefusedError("lines end with CR alone, save the file with LF or CRLF")
    if segment.kind is Kind.TOO_LONG:
        raise FileRefusedError(f"the header is longer than {MAXIMUM_RECORD_BYTES} bytes: is this CSV?")
    if segment.kind is Kind.MALFORMED:
        raise FileRefusedError("the quotes of the header don't work out", text)
    try:
        (columns,) = csv.reader([text], strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        raise FileRefusedError("the header is not CSV", text) from None
    columns = [column.strip() for column in columns]
    names = [_folded(column) for column in columns]
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        hint = "fields must be separated by commas" if len(columns) == 1 and any(c in text for c in ";\t|") else ""
        raise FileRefusedError(f"the header lacks {', '.join(missing)}", f"it has {', '.join(columns)}", hint)
    twice = [name for name in REQUIRED_COLUMNS if names.count(name) > 1]
    if twice:
        raise FileRefusedError(f"the header names {', '.join(twice)} more than once")
    return tuple(columns)


def _folded(column: str) -> str:
    return column.strip().casefold()


def _shown(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"
