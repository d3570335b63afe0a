"""In-memory AWS clients for tests: the documented behaviour that the functions rely on, and faults on demand.

A fault is a callable that is asked before (`before`) or after (`after`) an operation takes effect and may raise; asked
after, it stands for an answer that was lost on its way.
"""

# ruff: noqa: N803 - the names are AWS's

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

Fault = Callable[[str, str], None]


def client_error(code: str, operation: str = "Operation", status: int = 400, item: Any = None) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if item:
        response["Item"] = item
    return ClientError(response, operation)


def no_fault(operation: str, moment: str) -> None:
    """Let everything through."""


@dataclass
class Calls:
    """Counts operations and lets a fault have its say."""

    fault: Fault = no_fault
    counts: dict[str, int] = field(default_factory=dict)

    def before(self, operation: str) -> None:
        self.counts[operation] = self.counts.get(operation, 0) + 1
        self.fault(operation, "before")

    def after(self, operation: str) -> None:
        self.fault(operation, "after")


class Body:
    """A streaming body; `breaks_after` bytes it raises `error`."""

    def __init__(self, data: bytes, breaks_after: int | None = None, error: Exception | None = None) -> None:
        self._data = data
        self._position = 0
        self._breaks_after = breaks_after
        self._error = error

    def read(self, amount: int) -> bytes:
        end = self._position + amount
        if self._breaks_after is not None:
            if self._position >= self._breaks_after and self._error is not None:
                raise self._error
            end = min(end, self._breaks_after)
        chunk = self._data[self._position : end]
        self._position += len(chunk)
        return chunk

    def close(self) -> None:
        """Nothing to give back."""


class FakeS3:
    """Objects with versions. `breaks` decides after how many bytes a body breaks, and how."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.objects: dict[tuple[str, str], bytes] = {}
        self.rejects: dict[str, bytes] = {}
        self.breaks: Callable[[int], tuple[int, Exception] | None] = lambda _: None

    def add(self, key: str, version_id: str, data: bytes) -> None:
        self.objects[key, version_id] = data

    def get_object(
        self, *, Bucket: str, Key: str, Range: str, VersionId: str = "", IfMatch: str = ""
    ) -> dict[str, Any]:
        del Bucket
        self.calls.before("GetObject")
        data = self.objects.get((Key, VersionId))
        if data is None:
            raise client_error("NoSuchVersion" if VersionId else "NoSuchKey", status=404)
        if IfMatch and hashlib.md5(data).hexdigest() != IfMatch:  # noqa: S324 - S3's ETag
            raise client_error("PreconditionFailed", status=412)
        first, last = (int(number) for number in Range.removeprefix("bytes=").split("-"))
        if first >= len(data):
            raise client_error("InvalidRange", status=416)
        wanted = data[first : last + 1]
        broken = self.breaks(len(wanted))
        return {"Body": Body(wanted, *broken) if broken else Body(wanted)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        del Bucket, ContentType
        self.calls.before("PutObject")
        assert len(Key.encode()) <= 1024
        self.rejects[Key] = Body
        self.calls.after("PutObject")


class FakeQueue:
    """A standard queue: takes batches in part if told to, checks limits as SQS does."""

    def __init__(self, calls: Calls, refuse: Callable[[str], str | None] = lambda _: None) -> None:
        self.calls = calls
        self.refuse = refuse
        self.messages: list[dict[str, Any]] = []
        self.dead: list[dict[str, Any]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        del QueueUrl
        self.calls.before("SendMessageBatch")
        assert 1 <= len(Entries) <= 10
        assert sum(len(entry["MessageBody"].encode()) for entry in Entries) <= 1_048_576
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in Entries:
            if code := self.refuse(entry["MessageBody"]):
                answer["Failed"].append(
                    {"Id": entry["Id"], "Code": code, "SenderFault": code == "InvalidMessageContents"}
                )
            else:
                self.messages.append(entry)
                answer["Successful"].append({"Id": entry["Id"]})
        self.calls.after("SendMessageBatch")
        return {name: value for name, value in answer.items() if value}

    def send_message(self, *, QueueUrl: str, MessageBody: str, **fields: Any) -> None:
        del QueueUrl
        self.calls.before("SendMessage")
        self.dead.append({"MessageBody": MessageBody, **fields})
        self.calls.after("SendMessage")


class FakeLambda:
    """Collects asynchronous invocations."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.events: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:
        assert FunctionName == "csv_to_queue"
        assert InvocationType == "Event"
        assert len(Payload) <= 256 * 1024
        self.calls.before("Invoke")
        self.events.append(json.loads(Payload))
        self.calls.after("Invoke")


class FakeDynamoDB:
    """Tables of items; conditions, `SET` and queries in the few forms that the functions use.

    Checks what DynamoDB checks of a key and a number, and answers `ValidationException` as it does.
    """

    KEYS = {"inventory": ("product_id", "location"), "receipts": ("file", "part")}  # noqa: RUF012

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.tables: dict[str, dict[tuple[str, str], dict[str, Any]]] = {name: {} for name in self.KEYS}
        self.poison: set[tuple[str, str]] = set()
        self.statement_fault: Callable[[], str | None] = lambda: None

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        assert ConsistentRead
        self.calls.before("GetItem")
        item = self.tables[TableName].get(self._key(TableName, Key))
        return {"Item": item} if item is not None else {}

    def put_item(self, *, TableName: str, Item: dict[str, Any], ConditionExpression: str = "", **more: Any) -> None:
        self.calls.before(f"PutItem {TableName}")
        key = self._key(TableName, Item)
        _check_numbers(Item)
        self._check(TableName, key, ConditionExpression, more)
        self.tables[TableName][key] = dict(Item)
        self.calls.after(f"PutItem {TableName}")

    def update_item(  # noqa: PLR0913 - DynamoDB's own parameters
        self, *, TableName: str, Key: dict[str, Any], UpdateExpression: str, ExpressionAttributeNames: dict[str, str],
        ExpressionAttributeValues: dict[str, Any], ConditionExpression: str = "", **more: Any,
    ) -> None:  # fmt: skip
        self.calls.before(f"UpdateItem {TableName}")
        more |= {
            "ExpressionAttributeNames": ExpressionAttributeNames,
            "ExpressionAttributeValues": ExpressionAttributeValues,
        }
        key = self._key(TableName, Key)
        _check_numbers(ExpressionAttributeValues)
        self._check(TableName, key, ConditionExpression, more)
        item = self.tables[TableName].setdefault(key, dict(Key))
        for assignment in UpdateExpression.removeprefix("SET ").split(", "):
            name, value = assignment.split(" = ")
            item[ExpressionAttributeNames[name]] = ExpressionAttributeValues[value]
        self.calls.after(f"UpdateItem {TableName}")

    def delete_item(self, *, TableName: str, Key: dict[str, Any]) -> None:
        self.calls.before(f"DeleteItem {TableName}")
        self.tables[TableName].pop(self._key(TableName, Key), None)

    def query(self, *, TableName: str, ExpressionAttributeValues: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return the items of one partition, two a page."""
        assert more["KeyConditionExpression"] == "#f = :open"
        partition, after = ExpressionAttributeValues[":open"]["S"], more.get("ExclusiveStartKey", "")
        items = sorted(
            (part, item) for (file, part), item in self.tables[TableName].items() if file == partition and part > after
        )
        page = {"Items": [item for _, item in items[:2]]}
        return page | ({"LastEvaluatedKey": items[1][0]} if len(items) > 2 else {})

    def batch_execute_statement(self, *, Statements: list[dict[str, Any]]) -> dict[str, Any]:
        """Run PartiQL `INSERT` and conditional `UPDATE` statements of the consumer's own form."""
        self.calls.before("BatchExecuteStatement")
        assert 1 <= len(Statements) <= 25
        answers = [self._executed(statement) for statement in Statements]
        self.calls.after("BatchExecuteStatement")
        return {"Responses": answers}

    def _executed(self, statement: dict[str, Any]) -> dict[str, Any]:
        quantity, update_date, version, product_id, location, *than = statement["Parameters"]
        if code := self.statement_fault():
            return {"Error": {"Code": code}}
        if (product_id["S"], location["S"]) in self.poison:
            return {"Error": {"Code": "ValidationError"}}
        item = {"product_id": product_id, "location": location}
        key = self._key("inventory", item)
        there = self.tables["inventory"].get(key)
        if statement["Statement"].startswith("INSERT INTO"):
            if there is not None:
                return {"Error": {"Code": "DuplicateItem"}}
            there = {}
        elif there is None or not there.get("version", {"S": "~"})["S"] < than[0]["S"]:
            assert statement["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
            return {"Error": {"Code": "ConditionalCheckFailed"} | ({"Item": there} if there else {})}
        written = {"quantity": quantity, "update_date": update_date, "version": version}
        self.tables["inventory"][key] = there | item | written
        return {"TableName": "inventory"}

    def _check(self, table: str, key: tuple[str, str], condition: str, more: dict[str, Any]) -> None:
        item = self.tables[table].get(key, {})
        if condition and not _holds(item, condition, more):
            returned = item if more.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else None
            raise client_error("ConditionalCheckFailedException", item=returned)

    def _key(self, table: str, item: dict[str, Any]) -> tuple[str, str]:
        hash_name, range_name = self.KEYS[table]
        key = item[hash_name]["S"], item[range_name]["S"]
        if key in self.poison:
            raise client_error("ValidationException")
        if not 1 <= len(key[0].encode()) <= 2048 or not 1 <= len(key[1].encode()) <= 1024:
            raise client_error("ValidationException")
        return key


class ReceiptsTable:
    """What the receipt's reader sees of a boto3 `Table`: plain values, pages of a few items."""

    def __init__(self, dynamodb: FakeDynamoDB, page: int = 7) -> None:
        self._dynamodb = dynamodb
        self._page = page

    def query(self, **parameters: Any) -> dict[str, Any]:
        values = parameters["ExpressionAttributeValues"]
        items = sorted(
            (part, item)
            for (file, part), item in self._dynamodb.tables["receipts"].items()
            if file == values[":file"] and part.startswith(values.get(":upload", ""))
        )
        if parameters.get("ScanIndexForward") is False:
            items.reverse()
        after = parameters.get("ExclusiveStartKey")
        if after is not None:
            items = list(itertools.dropwhile(lambda item: item[0] <= after, items))
        limit = parameters.get("Limit", self._page)
        page = {"Items": [{name: _plain(value) for name, value in item.items()} for _, item in items[:limit]]}
        return page | ({"LastEvaluatedKey": items[limit - 1][0]} if len(items) > limit else {})


def _holds(item: dict[str, Any], condition: str, more: dict[str, Any]) -> bool:
    names, values = more["ExpressionAttributeNames"], more.get("ExpressionAttributeValues", {})
    for term in condition.split(" OR "):
        if match := re.fullmatch(r"attribute_not_exists\((#\w+)\)", term):
            if names[match[1]] not in item:
                return True
            continue
        match = re.fullmatch(r"(#\w+) ([<>]) (:\w+)", term)
        assert match is not None, term
        if names[match[1]] in item:
            there, given = (_comparable(value) for value in (item[names[match[1]]], values[match[3]]))
            if there < given if match[2] == "<" else there > given:
                return True
    return False


def _comparable(value: dict[str, Any]) -> Any:
    return int(value["N"]) if "N" in value else value["S"].encode()


def _check_numbers(values: dict[str, Any]) -> None:
    for value in values.values():
        if "N" in value and not re.fullmatch(r"-?[0-9]{1,38}", value["N"]):
            raise client_error("ValidationException")


def _plain(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "L":
        return [_plain(element) for element in content]
    return int(content) if kind == "N" else content
