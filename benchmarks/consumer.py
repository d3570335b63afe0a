"""Consumer against the baseline: rows per second and DynamoDB calls per row; and the two ways of writing, with more or fewer threads.

All talk to the same endpoint on this machine, which answers after 5 ms, about what DynamoDB needs within a region.
Run: `python -m benchmarks.consumer [--rows 20000]`
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.csv_function import FUNCTIONS, Context
from benchmarks.endpoint import counted, endpoint
from benchmarks.measured import aws_environment, machine, measured
from benchmarks.supplier_file import write_supplier_file

LATENCY_SECONDS = 0.005
BATCH = 10


def records(bodies: list[str]) -> list[dict[str, Any]]:
    """Return SQS events of ten messages."""
    common = {
        "receiptHandle": "h",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:inventory",
        "awsRegion": "eu-west-1",
    }
    found = [{"messageId": str(number), "body": body, **common} for number, body in enumerate(bodies)]
    return [{"Records": found[first : first + BATCH]} for first in range(0, len(found), BATCH)]


def file_rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run_ours(path: str, rows_per_message: int, writers: int, writes: str) -> None:
    os.environ["TABLE_WRITES"] = writes
    sys.path.insert(0, FUNCTIONS)
    import queue_to_table.batch  # noqa: PLC0415 - part of what is measured

    queue_to_table.batch.WRITERS = writers
    from inventory_updates.message import FORMAT, Message, encode, message_name  # noqa: PLC0415
    from inventory_updates.row import Row, normalised_update_date  # noqa: PLC0415
    from queue_to_table.handler import lambda_handler  # noqa: PLC0415

    rows = [
        Row(row["product_id"], row["location"], row["quantity"], normalised_update_date(row["update_date"]), line)
        for line, row in enumerate(file_rows(path), 2)
    ]
    upload = "2026-11-23T10:00:00.000Z#v1"
    bodies = [
        encode(
            Message(FORMAT, "uploads/a.csv", upload, message_name(0, first), rows[first : first + rows_per_message])
        ).decode()
        for first in range(0, len(rows), rows_per_message)
    ]
    for event in records(bodies):
        assert lambda_handler(event, Context()) == {"batchItemFailures": []}  # noqa: S101


def run_baseline(path: str) -> None:
    from benchmarks.baseline.consumer import lambda_handler  # noqa: PLC0415 - part of what is measured

    for event in records([json.dumps(row) for row in file_rows(path)]):
        lambda_handler(event, "inventory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    cases: dict[str, tuple[Any, ...]] = {"baseline": (run_baseline,)}
    cases |= {
        f"ours, {writes}, {writers} threads": (run_ours, 100, writers, writes)
        for writes, counts in (("items", (4, 8, 16, 32)), ("statements", (1, 4, 16)))
        for writers in counts
    }
    table = Table(
        "who", "rows/s CPU", "rows/s wall", "against baseline", "DynamoDB calls a row", "peak MiB", title=machine()
    )
    baseline_seconds = 0.0
    with tempfile.TemporaryDirectory() as name, endpoint(Path(name), LATENCY_SECONDS) as url:
        path = Path(name) / "a.csv"
        write_supplier_file(path, rows)
        for who, (function, *arguments) in cases.items():
            result = measured(function, str(path), *arguments, **aws_environment(url))
            counts = counted(url)["counts"]
            calls = sum(counts.get(call, 0) for call in ("PutItem", "UpdateItem", "BatchExecuteStatement"))
            baseline_seconds = baseline_seconds or result.wall_seconds
            table.add_row(
                who, f"{rows / result.cpu_seconds:,.0f}", f"{rows / result.wall_seconds:,.0f}",
                f"{baseline_seconds / result.wall_seconds:.1f}", f"{calls / rows:.3f}", f"{result.peak_mebibytes:.0f}",
            )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
