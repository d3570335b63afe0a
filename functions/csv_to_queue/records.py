r"""Cuts the bytes of a CSV file into records, never tearing one, wherever reading began.

The grammar is RFC 4180's with LF or CRLF (or CR CR LF, which some tools make of it), and what real files add to it: a
field is quoted if it begins with a quote (after spaces), and any other field is taken literally up to the next comma. A
quoted field may hold line breaks. A line whose quotes don't work out, within `MAXIMUM_RECORD_BYTES` or at all, is a
malformed record of its own, and the next line begins anew: a stray quote costs one line, not the rest of the file. Where
a record ends depends on its own bytes alone, so every reader that starts at a record's beginning finds the same ends.
See https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAXIMUM_RECORD_BYTES = 64 * 1024
BLOCK_BYTES = 512 * 1024

# Possessive throughout: a line that does not match fails at once instead of being tried in every other way.
_FIELD = rb'(?: *+"[^"\n]*+(?:""[^"\n]*+)*+"(?=,|\r*+\n)|(?! *")[^,\n]*+)'
_RECORD_OF_ONE_LINE = rb"(?:" + _FIELD + rb"(?:," + _FIELD + rb")*+\r*+\n)"
_LINES = re.compile(_RECORD_OF_ONE_LINE + rb"*+")
_RECORD = re.compile(_RECORD_OF_ONE_LINE.replace(rb'[^"\n]', rb'[^"]'))
_SHOWN_BYTES = 1024


class Kind(Enum):
    """What a segment is."""

    LINES = "records of one line each, whose quotes work out"
    MULTILINE = "one record with line breaks in quoted fields"
    MALFORMED = "one line whose quotes don't work out"
    TOO_LONG = "one line longer than a record may be, of which only the beginning is kept"


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes of one kind, line ends included (added to the last line of a file without one)."""

    kind: Kind
    data: bytes
    size_bytes: int

    @property
    def lines(self) -> int:
        return 1 if self.kind is Kind.TOO_LONG else self.data.count(b"\n")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records: the bytes of the file from `start` to before `end`, in segments."""

    start: int
    end: int
    segments: tuple[Segment, ...]

    @property
    def lines(self) -> int:
        return sum(segment.lines for segment in self.segments)


def blocks(chunks: Iterable[bytes], start: int, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield blocks of about `block_bytes`, given the bytes of the file from the beginning of a record on.

    A block ends with the first record that ends at least `block_bytes` after its start, so blocks depend on the file
    alone, not on how its bytes arrived. Memory does not depend on the file.
    """
    window = _Window(chunks)
    while True:
        segments: list[Segment] = []
        size = 0
        while size < block_bytes:
            segment = window.next_segment(block_bytes - size)
            if segment is None:
                break
            segments.append(segment)
            size += segment.size_bytes
        if not segments:
            return
        yield Block(start, start + size, tuple(segments))
        start += size


class _Window:
    """A buffer over the file that always holds a whole record, if there is one."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._position = 0
        self._ended = False
        self._added_bytes = 0

    def next_segment(self, wanted_bytes: int) -> Segment | None:
        """Return the lines that end within `wanted_bytes`, or one record, or None at the end."""
        self._fill(wanted_bytes + MAXIMUM_RECORD_BYTES)
        start = self._position
        if start == len(self._buffer):
            return None
        limit = self._limit_of_short_lines(start, min(start + wanted_bytes, len(self._buffer)))
        end = self._end_of_lines(start, limit)
        if end > start:
            return self._taken(Kind.LINES, end)
        line_end = self._buffer.find(b"\n", start) + 1
        if line_end == 0 or line_end - start > MAXIMUM_RECORD_BYTES:
            return self._taken_overlong_line()
        record = _RECORD.match(self._buffer, start, start + MAXIMUM_RECORD_BYTES)
        if record is None:
            return self._taken(Kind.MALFORMED, line_end)
        return self._taken(Kind.LINES if record.end() == line_end else Kind.MULTILINE, record.end())

    def _end_of_lines(self, start: int, limit: int) -> int:
        if self._buffer.find(b'"', start, limit) < 0:
            return max(start, self._buffer.rfind(b"\n", start, limit) + 1)
        lines = _LINES.match(self._buffer, start, limit)
        return start if lines is None else lines.end()

    def _limit_of_short_lines(self, start: int, limit: int) -> int:
        """Return `limit`, or less if a line before it might be too long: no half of a record's size without an end."""
        half = MAXIMUM_RECORD_BYTES // 2
        for at in range(start, limit - half, half):
            if self._buffer.find(b"\n", at, at + half) < 0:
                return at
        return limit

    def _taken(self, kind: Kind, end: int) -> Segment:
        data = self._buffer[self._position : end]
        self._position = end
        added = self._added_bytes if end == len(self._buffer) else 0
        return Segment(kind, data, len(data) - added)

    def _taken_overlong_line(self) -> Segment:
        beginning = self._buffer[self._position : self._position + _SHOWN_BYTES]
        size = 0
        while self._position < len(self._buffer):
            end = self._buffer.find(b"\n", self._position) + 1 or len(self._buffer)
            size += end - self._position
            self._position = end
            if self._buffer.endswith(b"\n", 0, end):
                break
            self._fill(1)
        added = self._added_bytes if self._position == len(self._buffer) else 0
        return Segment(Kind.TOO_LONG, beginning, size - added)

    def _fill(self, wanted_bytes: int) -> None:
        missing = wanted_bytes - (len(self._buffer) - self._position)
        if self._ended or missing <= 0:
            return
        parts = [self._buffer[self._position :]]
        while missing > 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
                if any(parts) and not next(part for part in reversed(parts) if part).endswith(b"\n"):
                    parts.append(b"\n")
                    self._added_bytes = 1
                break
            parts.append(chunk)
            missing -= len(chunk)
        self._buffer = b"".join(parts)
        self._position = 0
