"""Records to rows: what is valid becomes a `Row`, what is not a `Rejection` that says why."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

from inventory_updates.row import (
    MAXIMUM_HASH_KEY_BYTES,
    MAXIMUM_RANGE_KEY_BYTES,
    Remembered,
    Row,
    RowError,
    checked_key,
    has_unsendable,
    normalised_quantity,
    normalised_update_date,
)

from .records import MAXIMUM_RECORD_BYTES, Kind

if TYPE_CHECKING:
    from .header import Header
    from .records import Block, Segment

# A text of so many characters cannot be too long in bytes: UTF-8 takes up to four for one.
_SURELY_SHORT = min(MAXIMUM_HASH_KEY_BYTES, MAXIMUM_RANGE_KEY_BYTES) // 4
_ENDS_OF_LINES = re.compile(r"(?<=\n)")


class Rejection(NamedTuple):
    """A record that is not used: its line, why, its fields if it has as many as the header, else its text."""

    line: int
    reason: str
    fields: list[str]
    text: str


class Parser:
    """Parses the blocks of one file. Holds no state between blocks but remembered conversions."""

    def __init__(self, header: Header) -> None:
        self._width = len(header.columns)
        self._product_id = header.position("product_id")
        self._location = header.position("location")
        self._quantity = header.position("quantity")
        self._update_date = header.position("update_date")
        self._quantities = Remembered(normalised_quantity)
        self._update_dates = Remembered(normalised_update_date)

    def parse(self, block: Block, first_line: int) -> tuple[list[Row], list[Rejection]]:
        """Return the rows and the rejections of a block whose first line has the number `first_line`.

        Blank lines are neither. Raises nothing: whatever a file holds ends up in one of the two lists.
        """
        rows: list[Row] = []
        rejections: list[Rejection] = []
        line = first_line
        for segment in block.segments:
            match segment.kind:
                case Kind.LINES:
                    self._parse_lines(segment.data, line, rows, rejections)
                case Kind.MULTILINE:
                    self._parse_record(segment, line, rows, rejections)
                case Kind.MALFORMED:
                    reason = "quotes don't work out: a quoted field is not closed, or goes on after its closing quote"
                    rejections.append(Rejection(line, reason, [], _text(segment.data)))
                case Kind.TOO_LONG:
                    reason = f"the line is longer than {MAXIMUM_RECORD_BYTES} bytes (its beginning is shown)"
                    rejections.append(Rejection(line, reason, [], _text(segment.data)))
            line += segment.lines
        return rows, rejections

    def _parse_lines(self, data: bytes, line: int, rows: list[Row], rejections: list[Rejection]) -> None:
        try:
            lines = data.decode().split("\n")
        except UnicodeDecodeError:
            self._parse_lines_one_by_one(data, line, rows, rejections)
            return
        lines.pop()  # what follows the last line end: nothing
        self._parse_texts(lines, line, rows, rejections, checked=not has_unsendable("".join(lines)))

    def _parse_lines_one_by_one(self, data: bytes, line: int, rows: list[Row], rejections: list[Rejection]) -> None:
        for number, raw in enumerate(data[:-1].split(b"\n"), line):
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                rejections.append(Rejection(number, "the line is not UTF-8 text", [], _text(raw)))
            else:
                self._parse_texts([text], number, rows, rejections, checked=False)

    def _parse_record(self, segment: Segment, line: int, rows: list[Row], rejections: list[Rejection]) -> None:
        try:
            text = segment.data.decode()
        except UnicodeDecodeError:
            rejections.append(Rejection(line, "the record is not UTF-8 text", [], _text(segment.data)))
            return
        lines = _ENDS_OF_LINES.split(text)[:-1]
        try:
            (fields,) = csv.reader(lines, strict=True, skipinitialspace=True)
        except (csv.Error, ValueError) as error:
            rejections.append(Rejection(line, f"not CSV: {error}", [], text))
            return
        self._parse_fields(fields, line, rows, rejections, text)

    def _parse_texts(
        self, lines: list[str], line: int, rows: list[Row], rejections: list[Rejection], *, checked: bool
    ) -> None:
        """Parse records of one line each; `checked` says that no character in them is unsendable."""
        reader = csv.reader(lines, strict=True, skipinitialspace=True)
        width, at_product_id, at_location = self._width, self._product_id, self._location
        at_quantity, at_update_date = self._quantity, self._update_date
        quantities, update_dates, short = self._quantities, self._update_dates, _SURELY_SHORT
        append = rows.append
        number = line - 1
        while True:
            try:
                for fields in reader:
                    number += 1
                    if len(fields) == width:
                        product_id = fields[at_product_id].strip()
                        location = fields[at_location].strip()
                        # The common case, spelt out: this loop is where the function spends its time.
                        if checked and 0 < len(product_id) <= short and 0 < len(location) <= short:
                            try:
                                quantity = quantities[fields[at_quantity].strip()]
                                update_date = update_dates[fields[at_update_date].strip()]
                            except RowError as error:
                                rejections.append(Rejection(number, str(error), fields, ""))
                            else:
                                append(Row(product_id, location, quantity, update_date, number))
                            continue
                    self._parse_fields(fields, number, rows, rejections, lines[number - line])
            except csv.Error as error:
                number += 1
                rejections.append(Rejection(number, f"not CSV: {error}", [], lines[number - line]))
            else:
                return

    def _parse_fields(
        self, fields: list[str], line: int, rows: list[Row], rejections: list[Rejection], text: str
    ) -> None:
        if len(fields) != self._width:
            if fields and not (len(fields) == 1 and not fields[0].strip()):
                reason = f"{len(fields)} fields where the header has {self._width}"
                rejections.append(Rejection(line, reason, [], text))
            return
        try:
            row = Row(
                checked_key("product_id", fields[self._product_id].strip(), MAXIMUM_HASH_KEY_BYTES),
                checked_key("location", fields[self._location].strip(), MAXIMUM_RANGE_KEY_BYTES),
                self._quantities[fields[self._quantity].strip()],
                self._update_dates[fields[self._update_date].strip()],
                line,
            )
        except RowError as error:
            rejections.append(Rejection(line, str(error), fields, ""))
        else:
            rows.append(row)


def _text(data: bytes) -> str:
    """Return bytes as text that loses nothing: what is not UTF-8 is written as a hexadecimal escape."""
    return data.decode(errors="backslashreplace").rstrip("\r\n")
