"""A file of a gigabyte, really run: the walk through it, then every range's rows, and each worker's peak memory.

Lambda's part is played here: each step that the function hands over is run in a process of its own, one after the
other, with 15 minutes of time. Run: `python -m benchmarks.large_file [--rows 28000000]`
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.csv_function import notification, run_ours
from benchmarks.endpoint import counted, endpoint
from benchmarks.measured import aws_environment, machine, measured
from benchmarks.supplier_file import write_supplier_file

LIMIT_MEBIBYTES = 256


def run_step(event: dict[str, Any]) -> None:
    """Invoke the function for an event of S3's or its own."""
    run_ours(event)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=28_000_000)
    parser.add_argument("--lanes", type=int, default=4)
    options = parser.parse_args()
    highest = 0.0
    with tempfile.TemporaryDirectory() as name, endpoint(Path(name)) as url:
        path = Path(name) / "supplier.csv"
        size = write_supplier_file(path, options.rows)
        table = Table(
            "step", "seconds", "CPU seconds", "peak MiB", "messages", title=f"{size / 1e9:.2f} GB, {machine()}"
        )
        environment = aws_environment(url) | {"MAXIMUM_PARALLEL_RANGES": str(options.lanes)}
        waiting = [notification(path)]
        messages = 0
        while waiting:
            event = waiting.pop(0)
            result = measured(run_step, event, **environment)
            found = counted(url)
            waiting += found["events"]
            messages += found["counts"].get("messages", 0)
            highest = max(highest, result.peak_mebibytes)
            step = event["csv_to_queue"]["planned"]["index"] if "csv_to_queue" in event else "walk through"
            table.add_row(
                f"ranges from {step}" if isinstance(step, int) else step, f"{result.wall_seconds:.0f}",
                f"{result.cpu_seconds:.0f}", f"{result.peak_mebibytes:.0f}", f"{found['counts'].get('messages', 0):,}",
            )  # fmt: skip
    Console().print(table)
    Console().print(
        f"{options.rows:,} rows in {messages:,} messages; highest peak {highest:.0f} of {LIMIT_MEBIBYTES} MiB"
    )
    if highest >= LIMIT_MEBIBYTES or messages < options.rows / 100:
        sys.exit(1)


if __name__ == "__main__":
    main()
