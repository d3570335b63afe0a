"""Files of any number of rows, the same for the same number, written piece by piece."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOCATIONS = ("London", "Paris", "Köln", "Zürich", "São Paulo", '"Hamburg, Hafen"', "東京")


def write_supplier_file(path: Path, rows: int) -> int:
    """Write `rows` valid rows with CRLF; return the size in bytes."""
    rng = random.Random(20_261_123)  # noqa: S311 - repeatable
    keys = max(1, rows * 2 // 5)
    with path.open("wb") as file:
        file.write(b"product_id,location,quantity,update_date\r\n")
        for first in range(0, rows, 10_000):
            lines = [
                f"SKU-{rng.randrange(keys):07d},{rng.choice(LOCATIONS)},{rng.randrange(10_000)},"
                f"2026-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}\r\n"
                for _ in range(min(10_000, rows - first))
            ]
            file.write("".join(lines).encode())
        return file.tell()
