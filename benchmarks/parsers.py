"""Ways of reading the rows of a CSV file: speed, memory, what they cost a cold start and an archive.

Only the function's own way is judged by what it gives: valid rows as structs, with a line and a reason for every other
row; the rest do less. Needs more than the project does:
`uv run --with polars --with pyarrow python -m benchmarks.parsers [--rows 1000000]`
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.csv_function import FUNCTIONS
from benchmarks.measured import machine, measured
from benchmarks.supplier_file import write_supplier_file

if TYPE_CHECKING:
    from collections.abc import Callable


def dict_reader(path: str) -> int:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def reader(path: str) -> int:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def ours(path: str) -> int:
    """Cut, parse, validate and note lines and reasons, as the function does."""
    sys.path.insert(0, FUNCTIONS)
    from csv_to_queue.header import HEADER_BYTES, read_header  # noqa: PLC0415 - part of what is measured
    from csv_to_queue.parser import Parser  # noqa: PLC0415
    from csv_to_queue.records import blocks  # noqa: PLC0415

    rows = 0
    with Path(path).open("rb") as file:
        header = read_header(file.read(HEADER_BYTES))
        parser, line = Parser(header), header.first_line
        file.seek(header.end)
        for block in blocks(iter(lambda: file.read(262_144), b""), header.end):
            rows += len(parser.parse(block, line)[0])
            line += block.lines
    return rows


def polars_batches(path: str) -> int:
    import polars as pl  # type: ignore[import-not-found]  # noqa: PLC0415 - part of what is measured

    return sum(len(batch) for batch in pl.scan_csv(path).collect_batches())


def pyarrow_batches(path: str) -> int:
    from pyarrow import csv as arrow_csv  # type: ignore[import-not-found]  # noqa: PLC0415 - part of what is measured

    with arrow_csv.open_csv(path) as batches:
        return sum(batch.num_rows for batch in batches)


CASES: dict[str, tuple[Callable[[str], int], str]] = {
    "csv.DictReader, nothing checked": (dict_reader, "csv"),
    "csv.reader, nothing checked": (reader, "csv"),
    "the function: csv.reader and msgspec, all checked": (ours, "msgspec"),
    "polars, nothing checked": (polars_batches, "polars"),
    "pyarrow, nothing checked": (pyarrow_batches, "pyarrow"),
}


def import_seconds(module: str) -> float:
    """Return the shortest of five imports in fresh interpreters, the interpreter's own start taken off."""

    def shortest(code: str) -> float:
        found = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            found.append(time.perf_counter() - start)
        return min(found)

    return shortest(f"import {module}") - shortest("pass")


def installed_mebibytes(module: str) -> float:
    """Return the size of a package's folder and of those that it brings beside it under its own name."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.origin or not spec.submodule_search_locations:
        return 0.0
    site = Path(spec.origin).parents[1]
    folders = [folder for folder in site.iterdir() if folder.is_dir() and folder.name.lstrip("_").startswith(module)]
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file()) / 1024**2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    table = Table("way", "rows/s CPU", "peak MiB", "import ms", "installed MiB", title=machine())
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "supplier.csv"
        write_supplier_file(path, rows)
        for way, (function, module) in CASES.items():
            if importlib.util.find_spec(module) is None:
                table.add_row(way, "not installed")
                continue
            result = measured(function, str(path))
            table.add_row(
                way, f"{result.returned / result.cpu_seconds:,.0f}", f"{result.peak_mebibytes:.0f}",
                f"{import_seconds(module) * 1000:.0f}", f"{installed_mebibytes(module):.1f}",
            )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
