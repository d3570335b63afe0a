"""What ``inventory watch`` shows: one snapshot of a stack's queues, functions and last files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from inventory_updates.receipt_reader import Receipt, read_receipt

from inventory.dead_letters import DeadLetterQueue, Depth
from inventory.ingest import UPLOADS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inventory.deployed_stack import DeployedStack

QUEUES = {"updates": "queueUrl", "dead letters": "deadLetterQueueUrl", "failed uploads": "failuresQueueUrl"}
FUNCTIONS = {"csv to queue": "csvFunctionName", "queue to table": "tableFunctionName"}
WINDOW_MINUTES = 5
PERIOD_SECONDS = 60
OLDEST_AGE = "ApproximateAgeOfOldestMessage"


@dataclass(frozen=True)
class QueueState:
    """A queue now; the metrics are of the last minutes, None where CloudWatch has none (yet)."""

    name: str
    depth: Depth
    oldest_age_seconds: float | None
    deleted_per_minute: float | None


@dataclass(frozen=True)
class FunctionState:
    """A function in the last `WINDOW_MINUTES`; None where CloudWatch has no metric."""

    name: str
    invocations: int | None
    errors: int | None
    throttles: int | None
    duration_milliseconds: float | None


@dataclass(frozen=True)
class FileState:
    """One of the last uploads; without a receipt, csv_to_queue has not begun with it."""

    file: str
    uploaded_at: float
    receipt: Receipt | None

    @property
    def rows_accounted_for(self) -> int:
        found = self.receipt
        if found is None:
            return 0
        return found.rows_rejected + found.rows_applied + found.rows_superseded + found.rows_dead_lettered


@dataclass(frozen=True)
class Snapshot:
    """A stack at one moment; ``notes`` say what could not be read."""

    stack: str
    at: float
    queues: Sequence[QueueState]
    functions: Sequence[FunctionState]
    files: Sequence[FileState]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class _Metric:
    """A question to CloudWatch."""

    namespace: str
    name: str
    dimension: str
    value: str
    statistic: str

    def query(self, identity: str) -> dict[str, Any]:
        metric = {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": self.dimension, "Value": self.value}],
        }
        stat = {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": self.statistic}
        return {"Id": identity, "MetricStat": stat, "ReturnData": True}


@dataclass(frozen=True)
class Watcher:
    """Takes snapshots of one stack.

    Each asks SQS three times and CloudWatch once, lists the uploads and reads the receipts of the newest files; a
    complete receipt of an upload is read only once.

    Attributes:
        stack: what is watched.
        last_files: how many uploads are followed.
    """

    stack: DeployedStack
    last_files: int = 5
    _clients: dict[str, Any] = field(default_factory=dict)
    _complete: dict[tuple[str, float], Receipt] = field(default_factory=dict)

    def snapshot(self) -> Snapshot:
        """Look once. Raises what the clients raise, but for CloudWatch: without it metrics are None, with a note."""
        outputs, now = self.stack.outputs, datetime.now(UTC)
        queue_names = {name: str(outputs[key]).rpartition("/")[2] for name, key in QUEUES.items()}
        functions = {name: str(outputs[key]) for name, key in FUNCTIONS.items()}
        notes: list[str] = []
        try:
            metrics = self._metrics(queue_names.values(), functions.values(), now)
        except ClientError as error:
            metrics = {}
            notes.append(f"no metrics: {error.response['Error']['Code']}")
        return Snapshot(
            stack=self.stack.name,
            at=now.timestamp(),
            queues=[self._queue(name, str(outputs[key]), queue_names[name], metrics) for name, key in QUEUES.items()],
            functions=[_function(name, function, metrics) for name, function in functions.items()],
            files=self._files(),
            notes=notes,
        )

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.stack.client(service)
        return self._clients[service]

    def _queue(
        self, name: str, url: str, queue_name: str, metrics: Mapping[tuple[str, str], Sequence[float]]
    ) -> QueueState:
        depth = DeadLetterQueue(self._client("sqs"), url).depth()
        ages = metrics.get((queue_name, OLDEST_AGE))
        deleted = metrics.get((queue_name, "NumberOfMessagesDeleted"))
        return QueueState(
            name,
            depth,
            # An age of before the queue ran empty says nothing of now.
            ages[-1] if ages and depth.total else None,
            sum(deleted) / WINDOW_MINUTES if deleted else None,
        )

    def _metrics(self, queues: Any, functions: Any, now: datetime) -> dict[tuple[str, str], list[float]]:
        """Values by resource and metric, the oldest first; what has no value in the window is left out."""
        asked = [
            *(_Metric("AWS/SQS", OLDEST_AGE, "QueueName", queue, "Maximum") for queue in queues),
            *(_Metric("AWS/SQS", "NumberOfMessagesDeleted", "QueueName", queue, "Sum") for queue in queues),
            *(
                _Metric("AWS/Lambda", metric, "FunctionName", function, "Sum")
                for function in functions
                for metric in ("Invocations", "Errors", "Throttles")
            ),
            *(_Metric("AWS/Lambda", "Duration", "FunctionName", function, "Maximum") for function in functions),
        ]
        answer = self._client("cloudwatch").get_metric_data(
            MetricDataQueries=[metric.query(f"m{number}") for number, metric in enumerate(asked)],
            StartTime=now - timedelta(minutes=WINDOW_MINUTES),
            EndTime=now,
            ScanBy="TimestampAscending",
        )
        values = {result["Id"]: list(result["Values"]) for result in answer["MetricDataResults"]}
        found = {(metric.value, metric.name): values.get(f"m{number}", []) for number, metric in enumerate(asked)}
        return {key: series for key, series in found.items() if series}

    def _files(self) -> list[FileState]:
        pages = (
            self._client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.stack.outputs["bucketName"], Prefix=UPLOADS_PREFIX)
        )
        uploads = (
            (entry["LastModified"].timestamp(), entry["Key"]) for page in pages for entry in page.get("Contents", [])
        )
        return [self._file(key, uploaded_at) for uploaded_at, key in nlargest(self.last_files, uploads)]

    def _file(self, key: str, uploaded_at: float) -> FileState:
        if known := self._complete.get((key, uploaded_at)):
            return FileState(key, uploaded_at, known)
        if "table" not in self._clients:
            self._clients["table"] = self.stack.resource("dynamodb").Table(self.stack.outputs["receiptsTableName"])
        receipt = read_receipt(self._clients["table"], key)
        if receipt is not None and receipt.started_at < int(uploaded_at):
            receipt = None  # that of an earlier upload of the same name
        # Dead-lettered rows may still be redriven: such a receipt changes after it was complete.
        if receipt is not None and receipt.complete and not receipt.rows_dead_lettered:
            self._complete[key, uploaded_at] = receipt
        return FileState(key, uploaded_at, receipt)


def _function(name: str, function: str, metrics: Mapping[tuple[str, str], Sequence[float]]) -> FunctionState:
    sums = [metrics.get((function, metric)) for metric in ("Invocations", "Errors", "Throttles")]
    invocations, errors, throttles = (None if found is None else int(sum(found)) for found in sums)
    durations = metrics.get((function, "Duration"))
    return FunctionState(name, invocations, errors, throttles, max(durations) if durations else None)


def record(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as ``--json`` prints it."""
    return {
        "stack": snapshot.stack,
        "at": datetime.fromtimestamp(snapshot.at, UTC).isoformat(timespec="seconds"),
        "queues": {
            queue.name: {
                "visible": queue.depth.visible,
                "in_flight": queue.depth.in_flight,
                "delayed": queue.depth.delayed,
                "oldest_age_seconds": queue.oldest_age_seconds,
                "deleted_per_minute": queue.deleted_per_minute,
            }
            for queue in snapshot.queues
        },
        "functions": {
            function.name: {
                "invocations": function.invocations,
                "errors": function.errors,
                "throttles": function.throttles,
                "maximum_duration_milliseconds": function.duration_milliseconds,
            }
            for function in snapshot.functions
        },
        "files": [_file_record(file) for file in snapshot.files],
        "notes": list(snapshot.notes),
    }


def _file_record(file: FileState) -> dict[str, Any]:
    receipt = file.receipt
    return {
        "file": file.file,
        "uploaded_at": datetime.fromtimestamp(file.uploaded_at, UTC).isoformat(timespec="seconds"),
        "begun": receipt is not None,
        "rows_read": receipt.rows_read if receipt else 0,
        "rows_accounted_for": file.rows_accounted_for,
        "rows_rejected": receipt.rows_rejected if receipt else 0,
        "rows_dead_lettered": receipt.rows_dead_lettered if receipt else 0,
        "complete": receipt.complete if receipt else False,
        "error": (receipt.error or None) if receipt else None,
    }
