"""An SQS of one process with the little of it that dead letters need; it hides, shows, sends and deletes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

DEAD = "https://sqs/1/dead"
SOURCE = "https://sqs/1/source"
SOURCE_ARN = "arn:aws:sqs:eu-central-1:1:source"


def body(*rows: tuple[str, str, str, str, int], file: str = "uploads/a.csv") -> str:
    document = {"format": 1, "file": file, "upload": "2026-11-01T00:00:00.000Z#v", "message": "00000-00000001"}
    return json.dumps(document | {"rows": rows or [("P1", "Bonn", "5", "2026-11-01T00:00:00Z", 2)]})


def text(value: str) -> dict[str, Any]:
    return {"DataType": "String", "StringValue": value}


@dataclass
class FakeSqs:
    """Messages by queue URL; `calls` remembers the order of sends and deletes."""

    queues: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {DEAD: {}, SOURCE: {}})
    hidden: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    refused_bodies: set[str] = field(default_factory=set)
    refusal: str = "InvalidParameterValue"
    numbers: count[int] = field(default_factory=count)

    def put(self, body: str, attributes: dict[str, Any] | None = None, **system: str) -> str:
        identity = f"m{next(self.numbers)}"
        self.queues[DEAD][identity] = {
            "MessageId": identity,
            "ReceiptHandle": "",
            "Body": body,
            "MessageAttributes": attributes or {},
            "Attributes": {"SentTimestamp": "1767225600000", "ApproximateReceiveCount": "0"} | system,
        }
        return identity

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        assert asked["VisibilityTimeout"] > 0
        visible = [m for identity, m in self.queues[asked["QueueUrl"]].items() if identity not in self.hidden]
        found = []
        for message in visible[: asked["MaxNumberOfMessages"]]:
            self.hidden.add(message["MessageId"])
            attributes = message["Attributes"]
            attributes["ApproximateReceiveCount"] = str(int(attributes["ApproximateReceiveCount"]) + 1)
            message["ReceiptHandle"] = f"{message['MessageId']}/{attributes['ApproximateReceiveCount']}"
            found.append(dict(message))
        return {"Messages": found} if found else {}

    def change_message_visibility_batch(self, **asked: Any) -> dict[str, Any]:
        assert len(asked["Entries"]) <= 10
        for entry in asked["Entries"]:
            assert entry["VisibilityTimeout"] == 0
            self.hidden.discard(entry["ReceiptHandle"].partition("/")[0])
        return {}

    def send_message(self, **sent: Any) -> dict[str, Any]:
        if sent["MessageBody"] in self.refused_bodies:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "no"}}, "SendMessage")
        identity = f"s{next(self.numbers)}"
        self.calls.append(("send", sent["MessageBody"]))
        self.queues[sent["QueueUrl"]][identity] = sent
        return {"MessageId": identity}

    def delete_message(self, **asked: Any) -> dict[str, Any]:
        identity = asked["ReceiptHandle"].partition("/")[0]
        message = self.queues[asked["QueueUrl"]].pop(identity)
        assert message["ReceiptHandle"] == asked["ReceiptHandle"]
        self.calls.append(("delete", message["Body"]))
        return {}

    def sent(self) -> list[dict[str, Any]]:
        return list(self.queues[SOURCE].values())
