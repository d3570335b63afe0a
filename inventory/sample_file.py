"""Writes a supplier's file as suppliers write them: mostly good, with every fault that real files have.

The same seed gives the same file. What a correct run must make of it is known by construction, not by the functions'
own code.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("product_id", "location", "quantity", "update_date")
LOCATIONS = ("Berlin", "Köln", "São Paulo", "東京", "Zürich", "Hamburg, Hafen", 'Depot "Nord"', "Łódź")
FIRST_DAY = dt.date(2026, 1, 1)
DAYS = 300
PRODUCTS_PER_ROW = 0.4
FAULT_SHARE = 0.02
REPEAT_SHARE = 0.02
STALE_SHARE = 0.03
SEED = 20_261_101

Row = tuple[str, str, str, str]
Key = tuple[str, str]


@dataclass
class ExpectedOutcome:
    """What must come of the file.

    Attributes:
        rows_read, rows_rejected: what the receipt must say.
        quantities: what the inventory table must hold, by product and location.
    """

    rows_read: int = 0
    rows_rejected: int = 0
    quantities: dict[Key, int] = field(default_factory=dict)
    _newest: dict[Key, str] = field(default_factory=dict)

    def newest_date(self, key: Key) -> str | None:
        return self._newest.get(key)

    def _count_good(self, row: Row) -> None:
        key, quantity, date = (row[0], row[1]), row[2], row[3]
        # ISO dates compare as text; of two with the same date the later line wins.
        if date >= self._newest.get(key, ""):
            self._newest[key] = date
            self.quantities[key] = int(quantity)


def write_sample_file(path: Path, rows: int, seed: int = SEED) -> ExpectedOutcome:
    """Write ``rows`` rows to ``path``: UTF-8 with BOM, CRLF, quoted where needed. Memory grows with products only."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    expected = ExpectedOutcome()
    products = max(1, int(rows * PRODUCTS_PER_ROW))
    previous: Row | None = None
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        for _ in range(rows):
            kind = chance.random()
            if kind < FAULT_SHARE:
                writer.writerow(_faulty(chance, _good(chance, products)))
                expected.rows_rejected += 1
            else:
                row = previous if previous and kind < FAULT_SHARE + REPEAT_SHARE else _good(chance, products)
                if kind > 1 - STALE_SHARE:
                    row = _older(row, expected)
                writer.writerow(row)
                expected._count_good(row)  # noqa: SLF001 - the outcome is built here
                previous = row
            expected.rows_read += 1
    return expected


def _good(chance: random.Random, products: int) -> Row:
    date = FIRST_DAY + dt.timedelta(days=chance.randrange(DAYS))
    product = f"SKU-{chance.randrange(products):06}"
    return product, chance.choice(LOCATIONS), str(chance.randrange(10_000)), date.isoformat()


def _older(row: Row, expected: ExpectedOutcome) -> Row:
    """The same product at the same location, the day before what is already known of it."""
    newest = expected.newest_date((row[0], row[1])) or row[3]
    day_before = dt.date.fromisoformat(newest) - dt.timedelta(days=1)
    return row[0], row[1], row[2], day_before.isoformat()


def _faulty(chance: random.Random, row: Row) -> Row:
    product, location, quantity, date = row
    faults: tuple[Row, ...] = (
        ("", location, quantity, date),
        (product, "  ", quantity, date),
        (product, location, "", date),
        (product, location, f"-{int(quantity) + 1}", date),
        (product, location, f"{quantity}.5", date),
        (product, location, "many", date),
        (product, location, quantity, "31.12.2026"),
        (product, location, quantity, "2026-02-30"),
    )
    return chance.choice(faults)
