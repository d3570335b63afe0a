"""Requests and price of a million rows, from counted calls and measured seconds, against the baseline.

Both functions run against the same endpoint, which counts and answers after 5 ms. Lambda is priced at 1,769 MB, one
processor, for the seconds that an invocation takes here; requests of the event source mapping (one receive and one
batch delete for ten messages) are added. A sample is measured and scaled to a million rows.
Run: `python -m benchmarks.cost [--rows 10000] [--writes statements]`
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.consumer import BATCH, run_baseline, run_ours
from benchmarks.csv_function import notification
from benchmarks.csv_function import run_baseline as send_as_baseline
from benchmarks.csv_function import run_ours as send_as_ours
from benchmarks.endpoint import counted, endpoint
from benchmarks.measured import aws_environment, machine, measured
from benchmarks.prices import AS_OF, LAMBDA_GIBIBYTE_SECOND, PER_MILLION
from benchmarks.supplier_file import write_supplier_file

LATENCY_SECONDS = 0.005
MEMORY_GIBIBYTES = 1769 / 1024
ROWS_PER_MESSAGE = 100
WRITERS = 16


def units(counts: dict[str, int], seconds: float) -> dict[str, float]:
    """Return what is billed for counted calls of both functions."""
    mapping_requests = 2 * -(-counts["messages"] // BATCH)
    return {
        "SQS request (64 KiB)": counts["billed sends"] + mapping_requests,
        "Lambda invocation": -(-counts["messages"] // BATCH) + 1,
        "DynamoDB write unit": sum(counts.get(call, 0) for call in ("PutItem", "UpdateItem", "statements")),
        "DynamoDB read unit": counts.get("GetItem", 0),
        "S3 GET": counts.get("GetObject", 0),
        "S3 PUT": counts.get("PutObject", 0),
        "Lambda second": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--writes", choices=["items", "statements"], default="items")
    options = parser.parse_args()
    rows, writes = options.rows, options.writes
    billed: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name, endpoint(Path(name), LATENCY_SECONDS) as url:
        path = Path(name) / "supplier.csv"
        write_supplier_file(path, rows)
        environment = aws_environment(url)
        cases: dict[str, tuple[tuple[Any, ...], ...]] = {
            "baseline": ((send_as_baseline, notification(path), environment["QUEUE_URL"]), (run_baseline, str(path))),
            "ours": ((send_as_ours, notification(path)), (run_ours, str(path), ROWS_PER_MESSAGE, WRITERS, writes)),
        }
        for who, runs in cases.items():
            seconds = sum(measured(run[0], *run[1:], **environment).wall_seconds for run in runs)
            found = units(counted(url)["counts"], seconds)
            billed[who] = {unit: count * 1_000_000 / rows for unit, count in found.items()}
    table = Table(
        "for a million rows", "baseline", "USD", "ours", "USD", "ours / baseline", title=f"{machine()}; prices {AS_OF}"
    )
    totals = dict.fromkeys(billed, 0.0)
    for unit, count in billed["baseline"].items():
        price = PER_MILLION[unit] / 1e6 if unit in PER_MILLION else LAMBDA_GIBIBYTE_SECOND * MEMORY_GIBIBYTES
        costs = {who: found[unit] * price for who, found in billed.items()}
        totals = {who: total + costs[who] for who, total in totals.items()}
        table.add_row(
            unit, f"{count:,.0f}", f"{costs['baseline']:.4f}", f"{billed['ours'][unit]:,.0f}", f"{costs['ours']:.4f}",
            f"{billed['ours'][unit] / count:.3f}" if count else "",
        )  # fmt: skip
    table.add_row(
        "total",
        "",
        f"{totals['baseline']:.4f}",
        "",
        f"{totals['ours']:.4f}",
        f"{totals['ours'] / totals['baseline']:.3f}",
    )
    writes = {
        who: found["DynamoDB write unit"] * PER_MILLION["DynamoDB write unit"] / 1e6 for who, found in billed.items()
    }
    rest = {who: totals[who] - writes[who] for who in totals}
    table.add_row(
        "without table writes",
        "",
        f"{rest['baseline']:.4f}",
        "",
        f"{rest['ours']:.4f}",
        f"{rest['ours'] / rest['baseline']:.3f}",
    )
    Console().print(table)


if __name__ == "__main__":
    main()
