"""CSV function against the baseline: rows per second of client CPU and of wall clock, and peak memory.

Both talk to the same endpoint on this machine, which answers after 5 ms, about what AWS needs within a region.
Run: `python -m benchmarks.csv_function [--rows 10000 1000000 10000000]`
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.endpoint import counted, endpoint
from benchmarks.measured import aws_environment, machine, measured
from benchmarks.supplier_file import write_supplier_file

FUNCTIONS = str(Path(__file__).resolve().parents[1] / "functions")
LATENCY_SECONDS = 0.005
ENOUGH_BASELINE_ROWS = 1_000_000


def notification(path: Path, version_id: str = "v1") -> dict[str, Any]:
    described = {"key": f"uploads/{path.name}", "size": path.stat().st_size, "eTag": "e", "versionId": version_id}
    return {
        "Records": [
            {"eventTime": "2026-11-23T10:00:00.000Z", "s3": {"bucket": {"name": "uploads"}, "object": described}}
        ]
    }


class Context:
    """Lambda's context for one invocation with all the time in the world."""

    function_name = "csv_to_queue"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:csv_to_queue"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def run_ours(event: dict[str, Any]) -> None:
    sys.path.insert(0, FUNCTIONS)
    from csv_to_queue.handler import lambda_handler  # noqa: PLC0415 - part of what is measured

    lambda_handler(event, Context())


def run_baseline(event: dict[str, Any], queue_url: str) -> None:
    from benchmarks.baseline.csv_function import lambda_handler  # noqa: PLC0415 - part of what is measured

    lambda_handler(event, queue_url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    console = Console()
    table = Table("rows", "who", "rows/s CPU", "rows/s wall", "peak MiB", "SendMessageBatch", title=machine())
    with tempfile.TemporaryDirectory() as name, endpoint(Path(name), LATENCY_SECONDS) as url:
        for rows in parser.parse_args().rows:
            path = Path(name) / f"{rows}.csv"
            write_supplier_file(path, rows)
            # One range, so that one process does it all and is measured whole.
            environment = aws_environment(url) | {"RANGE_BYTES": str(10**12)}
            results = {"ours": measured(run_ours, notification(path), **environment)}
            requests = {"ours": counted(url)["counts"]}
            if rows <= ENOUGH_BASELINE_ROWS:
                results["baseline"] = measured(
                    run_baseline, notification(path), environment["QUEUE_URL"], **environment
                )
                requests["baseline"] = counted(url)["counts"]
            for who, result in results.items():
                table.add_row(
                    f"{rows:,}", who, f"{rows / result.cpu_seconds:,.0f}", f"{rows / result.wall_seconds:,.0f}",
                    f"{result.peak_mebibytes:.0f}", f"{requests[who]['SendMessageBatch']:,}",
                )  # fmt: skip
            if "baseline" in results:
                ours, baseline = results["ours"], results["baseline"]
                table.add_row(
                    "", "ratio", f"{baseline.cpu_seconds / ours.cpu_seconds:.1f}",
                    f"{baseline.wall_seconds / ours.wall_seconds:.1f}",
                    f"{ours.peak_mebibytes / baseline.peak_mebibytes:.2f}",
                    f"1/{requests['baseline']['SendMessageBatch'] / requests['ours']['SendMessageBatch']:.0f}",
                )  # fmt: skip
            path.unlink()
    console.print(table)


if __name__ == "__main__":
    main()
