"""The whole pipeline on the emulator against the baseline pipeline on the same emulator: rows per second.

From the upload until every row is in the table: S3 notification, function, queue, event source mapping, function, table.
Without TLS and access control for both, so that the pipelines are compared and not the emulator's checks.
Run: `python -m benchmarks.end_to_end [--rows 10000]`
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.measured import machine
from benchmarks.supplier_file import write_supplier_file
from components.function_archive import build_archive
from components.settings import PackagingTarget
from local.emulator.launcher import start_emulator

if TYPE_CHECKING:
    from local.emulator.launcher import RunningEmulator

BASELINE = Path(__file__).parent / "baseline"
ROLE = "arn:aws:iam::123456789012:role/benchmark"
LONGEST_WAIT_SECONDS = 600


@dataclass(frozen=True)
class Pipeline:
    """What differs between the two."""

    name: str
    producer: bytes
    producer_handler: str
    consumer: bytes
    consumer_handler: str
    table_keys: tuple[str, ...]
    environment: dict[str, str]


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def baseline() -> Pipeline:
    """Return the baseline; an adapter gives its handlers what their environment says."""
    adapter = (
        "import os\n"
        "import csv_function, consumer\n"
        "def produce(event, context):\n"
        "    csv_function.lambda_handler(event, os.environ['QUEUE_URL'])\n"
        "def consume(event, context):\n"
        "    consumer.lambda_handler(event, os.environ['INVENTORY_TABLE'])\n"
    )
    files = {path.name: path.read_text() for path in BASELINE.glob("c*.py")}
    archive = zipped(files | {"adapter.py": adapter})
    return Pipeline("baseline", archive, "adapter.produce", archive, "adapter.consume", ("id",), {})


def ours(writes: str) -> Pipeline:
    producer, consumer = (
        build_archive(name, PackagingTarget.THIS_MACHINE).read_bytes() for name in ("csv_to_queue", "queue_to_table")
    )
    return Pipeline(
        f"ours, {writes}", producer, "csv_to_queue.handler.lambda_handler", consumer,
        "queue_to_table.handler.lambda_handler", ("product_id", "location"), {"TABLE_WRITES": writes},
    )  # fmt: skip


def deploy(emulator: RunningEmulator, pipeline: Pipeline) -> None:
    s3, sqs, dynamodb, functions = (emulator.client(name) for name in ("s3", "sqs", "dynamodb", "lambda"))
    queue_url = sqs.create_queue(QueueName="inventory", Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
    dead_url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for table, keys in (("inventory", pipeline.table_keys), ("receipts", ("file", "part"))):
        dynamodb.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    variables = pipeline.environment | {
        "QUEUE_URL": queue_url, "INVENTORY_TABLE": "inventory", "RECEIPTS_TABLE": "receipts",
        "DEAD_LETTER_QUEUE_URL": dead_url, "MAX_RECEIVE_COUNT": "3", "POWERTOOLS_METRICS_NAMESPACE": "Inventory",
        "POWERTOOLS_SERVICE_NAME": "inventory", "POWERTOOLS_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    arns = {}
    for name, archive, handler in (
        ("producer", pipeline.producer, pipeline.producer_handler),
        ("consumer", pipeline.consumer, pipeline.consumer_handler),
    ):
        arns[name] = functions.create_function(
            FunctionName=name, Runtime="python3.13", Role=ROLE, Handler=handler, Code={"ZipFile": archive},
            Timeout=300 if name == "producer" else 30, MemorySize=1769, Environment={"Variables": variables},
        )["FunctionArn"]  # fmt: skip
    functions.create_event_source_mapping(
        EventSourceArn=queue_arn, FunctionName="consumer", BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip
    s3.create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": emulator.region})
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket="uploads",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arns["producer"], "Events": ["s3:ObjectCreated:*"]}]
        },
    )


def seconds(pipeline: Pipeline, path: Path, items: int) -> float:
    """Return how long it takes until the table has `items` items, on an emulator of its own."""
    with tempfile.TemporaryDirectory() as folder, start_emulator(
        Path(folder), tls=False, iam=False, die_with_parent=True
    ) as emulator:  # fmt: skip
        deploy(emulator, pipeline)
        dynamodb: Any = emulator.client("dynamodb")
        start = time.perf_counter()
        emulator.client("s3").put_object(Bucket="uploads", Key=path.name, Body=path.read_bytes())
        while (found := dynamodb.describe_table(TableName="inventory")["Table"]["ItemCount"]) < items:
            if time.perf_counter() - start > LONGEST_WAIT_SECONDS:
                raise TimeoutError(f"{pipeline.name}: {found} of {items} items after {LONGEST_WAIT_SECONDS} s")
            time.sleep(0.1)
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    table = Table("who", "seconds", "rows/s", "against baseline", title=machine())
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "supplier.csv"
        write_supplier_file(path, rows)
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        keys = len({line.rsplit(",", 2)[0] for line in lines})
        first = 0.0
        for pipeline, items in ((baseline(), rows), (ours("items"), keys), (ours("statements"), keys)):
            took = seconds(pipeline, path, items)
            first = first or took
            table.add_row(pipeline.name, f"{took:.1f}", f"{rows / took:,.0f}", f"{first / took:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
