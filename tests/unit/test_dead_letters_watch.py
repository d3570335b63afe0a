"""The snapshot of ``inventory watch`` at the boundary of boto3, and its screen."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from inventory.dead_letters import Depth
from inventory.watch import FileState, FunctionState, QueueState, Snapshot, Watcher, record
from inventory.watch_command import screen

OUTPUTS = {
    "queueUrl": "https://sqs/1/updates",
    "deadLetterQueueUrl": "https://sqs/1/dead",
    "failuresQueueUrl": "https://sqs/1/failures",
    "csvFunctionName": "csv",
    "tableFunctionName": "table",
    "bucketName": "bucket",
    "receiptsTableName": "receipts",
}
UPLOADED = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
SERIES = {
    ("updates", "ApproximateAgeOfOldestMessage"): [90.0, 30.0],
    ("dead", "ApproximateAgeOfOldestMessage"): [7.0],
    ("updates", "NumberOfMessagesDeleted"): [10.0, 5.0],
    ("csv", "Invocations"): [1.0, 2.0],
    ("csv", "Errors"): [0.0, 1.0],
    ("csv", "Duration"): [250.0, 1250.0],
}


class FakeStack:
    """A stack whose clients are this object too; two files, of which one has a receipt that adds up."""

    name = "dev"
    outputs = OUTPUTS

    def __init__(self, *, metrics_refused: bool = False, upload: str = "2026-11-01T12:00:00.500Z#v") -> None:
        self._metrics_refused = metrics_refused
        self._upload = upload
        self.queries = 0

    def client(self, _service: str) -> FakeStack:
        return self

    def resource(self, _service: str) -> FakeStack:
        return self

    def Table(self, _name: str) -> FakeStack:  # noqa: N802 - boto3's own name
        return self

    def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:
        visible = {"updates": "12", "dead": "0"}.get(asked["QueueUrl"].rpartition("/")[2], "1")
        return {"Attributes": {"ApproximateNumberOfMessages": visible}}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        if self._metrics_refused:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricData")
        assert asked["ScanBy"] == "TimestampAscending"
        results = []
        for query in asked["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            key = (metric["Dimensions"][0]["Value"], metric["MetricName"])
            results.append({"Id": query["Id"], "Values": SERIES.get(key, [])})
        return {"MetricDataResults": results}

    def get_paginator(self, _operation: str) -> FakeStack:
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        assert asked == {"Bucket": "bucket", "Prefix": "uploads/"}
        older = {"Key": "uploads/older.csv", "LastModified": UPLOADED.replace(day=1, hour=1)}
        old = {"Key": "uploads/old.csv", "LastModified": UPLOADED.replace(hour=2)}
        return [{"Contents": [old, {"Key": "uploads/new.csv", "LastModified": UPLOADED}]}, {"Contents": [older]}, {}]

    def query(self, **asked: Any) -> dict[str, Any]:
        self.queries += 1
        if asked["ExpressionAttributeValues"][":file"] != "uploads/new.csv":
            return {"Items": []}
        begin = f"{self._upload}#"
        counts = {"applied": 3, "superseded": 0, "dead_lettered": 0, "set_aside": []}
        items = [
            {"part": f"{begin}message#00000-00000000", "kind": "message", **counts},
            {
                "part": f"{begin}range#00000",
                "kind": "range",
                "done": True,
                "rows_read": 4,
                "rows_rejected": 1,
                "rows_sent": 3,
                "rejects": [],
                "rejects_folder": "",
            },
            {"part": f"{begin}summary", "kind": "summary", "ranges": 1, "notes": []},
        ]
        return {"Items": items[-1:] if asked.get("Limit") else items}


def watcher(stack: FakeStack, files: int = 2) -> Watcher:
    return Watcher(cast("Any", stack), files)


def test_a_snapshot_has_queues_functions_and_the_newest_files() -> None:
    found = record(watcher(FakeStack()).snapshot())
    assert found["queues"]["updates"] == {
        "visible": 12,
        "in_flight": 0,
        "delayed": 0,
        "oldest_age_seconds": 30.0,
        "deleted_per_minute": 3.0,
    }
    assert found["functions"] == {
        "csv to queue": {
            "invocations": 3,
            "errors": 1,
            "throttles": None,
            "maximum_duration_milliseconds": 1250.0,
        },
        "queue to table": dict.fromkeys(("invocations", "errors", "throttles", "maximum_duration_milliseconds")),
    }
    new, old = found["files"]
    assert new == new | {
        "file": "uploads/new.csv",
        "rows_read": 4,
        "rows_accounted_for": 4,
        "rows_rejected": 1,
        "complete": True,
    }
    assert (old["file"], old["begun"], old["complete"]) == ("uploads/old.csv", False, False)


def test_the_age_of_an_empty_queue_is_not_that_of_before() -> None:
    assert record(watcher(FakeStack()).snapshot())["queues"]["dead letters"]["oldest_age_seconds"] is None


def test_without_cloudwatch_the_rest_is_shown_with_a_note() -> None:
    snapshot = watcher(FakeStack(metrics_refused=True)).snapshot()
    assert snapshot.notes == ["no metrics: AccessDenied"]
    assert [queue.depth.visible for queue in snapshot.queues] == [12, 0, 1]
    assert {function.errors for function in snapshot.functions} == {None}


def test_a_complete_receipt_is_read_once() -> None:
    stack = FakeStack()
    watching = watcher(stack, 1)
    first = watching.snapshot().files
    queries = stack.queries
    assert watching.snapshot().files == first
    assert stack.queries == queries


def test_the_receipt_of_an_earlier_upload_of_the_name_is_not_shown_for_the_new_one() -> None:
    snapshot = watcher(FakeStack(upload="2026-10-31T12:00:00.500Z#v"), 1).snapshot()
    assert snapshot.files[0].receipt is None


@pytest.mark.parametrize("share", [0, 1])
def test_one_screen_is_enough_at_80_columns_and_24_lines(share: int) -> None:
    receipt = watcher(FakeStack(), 1).snapshot().files[0].receipt
    assert receipt is not None
    big = 1_234_567
    going = {"rows_read": 4 * big, "rows_applied": big * share, "rows_rejected": big * share, "rows_dead_lettered": 0}
    fields = {name: getattr(receipt, name) for name in type(receipt).__slots__} | going | {"complete": False}
    name = "uploads/" + "a long name " * 8 + "[bold] end.csv"
    files = [FileState(name, 0.0, type(receipt)(**fields))] * 4 + [FileState(name, 0.0, None)]
    queues = [
        QueueState(name, Depth(big, big, big), 400_000.0, 99_999.9) for name in ("updates", "failed uploads", "x")
    ]
    functions = [FunctionState("queue to table", big, big, big, 899_999.0)] * 2
    console = Console(file=io.StringIO(), width=80, soft_wrap=True, highlight=False)
    console.print(screen(Snapshot("production", 0.0, queues, functions, files, ["no metrics: AccessDenied"])))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= 24
    assert max(len(line) for line in lines) <= 80
    text = "\n".join(lines)
    assert "[bold] end.csv" in text
    assert "not begun" in text
    assert f"{share / 2:4.0%}" in text
    assert "4,938,268" in text
    assert "4 d 15 h" in text
    assert text.count("…") == 5
