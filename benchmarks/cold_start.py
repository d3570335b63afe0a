"""Cold start of each function: import of the handler's module with its client, against a bare `boto3.client`.

Each import runs in a fresh interpreter, bytecode already compiled, several times in turn; the medians are compared.
Archive sizes are those that the program deploys. Run: `python -m benchmarks.cold_start [--runs 15]`
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measured import aws_environment, machine
from components.function_archive import build_archive
from components.settings import PackagingTarget

CHECKOUT = Path(__file__).resolve().parents[1]
CASES = {
    "interpreter": "pass",
    "bare boto3.client": "import boto3; boto3.client('sqs')",
    "csv_to_queue": "from csv_to_queue.handler import ingest; ingest()",
    "queue_to_table": "from queue_to_table.handler import applier; applier()",
}


def seconds(code: str) -> float:
    """Return how long a fresh interpreter takes to run `code`."""
    environment = aws_environment("http://127.0.0.1:9") | {
        "PYTHONPATH": str(CHECKOUT / "functions"),
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    }
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    runs: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(parser.parse_args().runs):
        for name, code in CASES.items():
            runs[name].append(seconds(code))
    medians = {name: statistics.median(found) for name, found in runs.items()}
    bare = medians["bare boto3.client"] - medians["interpreter"]
    table = Table(
        "what", "median ms", "without the interpreter", "against bare boto3.client", "archive MiB", title=machine()
    )
    for name, median in medians.items():
        own = median - medians["interpreter"]
        size = ""
        if name in {"csv_to_queue", "queue_to_table"}:
            size = f"{build_archive(name, PackagingTarget.LAMBDA).stat().st_size / 1024**2:.1f}"
        table.add_row(name, f"{median * 1000:.0f}", f"{own * 1000:.0f}", f"{own / bare:.2f}" if own else "", size)
    Console().print(table)


if __name__ == "__main__":
    main()
