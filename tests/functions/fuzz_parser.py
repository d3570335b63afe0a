"""Coverage-guided fuzzing of the way from bytes to rows, against the independent reader.

Needs more than the project does: `uv run --with atheris python -m tests.functions.fuzz_parser -max_total_time=60`
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "functions"))

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

with atheris.instrument_imports(include=["csv_to_queue", "inventory_updates"]):
    from csv_to_queue.header import FileRefusedError, read_header
    from csv_to_queue.parser import Parser
    from csv_to_queue.records import blocks

from tests.functions.files import HEADER
from tests.functions.oracle import expect


def fuzz(data: bytes) -> None:
    """Parse bytes as a whole file and as rows below a sound header; nothing may raise, and no row be lost or changed."""
    provider = atheris.FuzzedDataProvider(data)
    block, chunk = provider.ConsumeIntInRange(1, 100), provider.ConsumeIntInRange(1, 100)
    rest = provider.ConsumeBytes(len(data))
    whole(rest, block, chunk)
    file = HEADER.encode() + b"\n" + rest
    found = whole(file, block, chunk)
    try:
        expected = expect(file)
    except UnicodeDecodeError:
        return
    rows = sum(map(len, expected.valid.values()))
    if found != (rows, sorted(expected.rejected)):
        raise AssertionError(f"{found} is not {(rows, sorted(expected.rejected))}")


def whole(file: bytes, block: int, chunk: int) -> tuple[int, list[int]] | None:
    """Return how many rows a file has and which lines are rejected; None if it is refused."""
    try:
        header = read_header(file)
    except FileRefusedError:
        return None
    parser, line, rows = Parser(header), header.first_line, 0
    rejected: list[int] = []
    chunks = [file[at : at + chunk] for at in range(header.end, len(file), chunk)]
    for found in blocks(chunks, header.end, block):
        good, bad = parser.parse(found, line)
        rows += len(good)
        rejected += [rejection.line for rejection in bad]
        line += found.lines
    return rows, sorted(rejected)


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
