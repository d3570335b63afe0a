"""One run of everything that the deployed pipeline does, and what of it can be seen to have happened."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inventory_updates.open_uploads import OpenUploads
from inventory_updates.receipt_reader import read_receipt

from tests.local.emulator_fixture import unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from inventory.deployed_stack import DeployedStack

HEADER = "product_id,location,quantity,update_date\n"
POLL_SECONDS = 0.2
LOGS = ("csv-to-queue", "queue-to-table", "receipts-watch")
FUNCTIONS = {
    "csv-to-queue": "csvFunctionName",
    "queue-to-table": "tableFunctionName",
    "receipts-watch": "receiptsWatchFunctionName",
}


@dataclass
class EverythingAtWork:
    """A file with a bad row, read in ranges; a row that can't be applied; an event that fails; a look at receipts."""

    stack: DeployedStack
    marker: str = field(default_factory=lambda: unique("run"))
    began_at_milliseconds: int = field(default_factory=lambda: int(time.time() * 1000))
    seen: set[str] = field(default_factory=set)
    clients: dict[str, Any] = field(default_factory=dict)

    def start(self) -> None:
        rows = f"{self.marker},Bonn,7,2026-11-01\n{self.marker},,7,2026-11-01\n"
        self._client("s3").put_object(Bucket=self._output("bucketName"), Key=self.file, Body=(HEADER + rows).encode())
        row = [self.marker, "Köln", "not a quantity", "2026-11-01T00:00:00Z", 2]
        upload = "2026-11-01T00:00:00.000Z#v"
        poison = {"format": 1, "file": self.poison, "upload": upload, "message": "00000-00000001", "rows": [row]}
        self._client("sqs").send_message(QueueUrl=self._output("queueUrl"), MessageBody=json.dumps(poison))
        self._invoke("csv-to-queue", {"no event of this function": self.marker}, "Event")

    def lost(self, without: set[str], at_most_seconds: float, patience_seconds: float) -> set[str]:
        """What did not happen: waits for all but ``without``, and then whether these happen after all."""
        began = time.monotonic()
        while time.monotonic() < began + at_most_seconds:
            self._look()
            if self.seen >= set(self.features) - without:
                break
            time.sleep(POLL_SECONDS)
        # As long again as the others took: what may fail is given every chance.
        until = time.monotonic() + max(patience_seconds, time.monotonic() - began) if without else 0
        while time.monotonic() < until and not self.seen & without:
            self._look()
            time.sleep(POLL_SECONDS)
        return set(self.features) - self.seen

    def fail_watch(self) -> None:
        """Have receipts looked at by a run that nobody waits for."""
        self._invoke("receipts-watch", {"nobody waits for": self.marker}, "Event")

    def happens(self, feature: str, within_seconds: float) -> bool:
        """Whether one thing happens in time."""
        until = time.monotonic() + within_seconds
        while not (happened := self.features[feature]()) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return happened

    @property
    def file(self) -> str:
        return f"uploads/{self.marker}.csv"

    @property
    def poison(self) -> str:
        return f"uploads/poison-{self.marker}.csv"

    @property
    def features(self) -> dict[str, Callable[[], bool]]:
        """What can be seen, by name."""
        return {
            "rows applied": self._applied,
            "rejects kept": self._rejected,
            "receipt complete": self._complete,
            "row set aside": lambda: self.poison in self._arrived("deadLetterQueueUrl"),
            "failure kept": lambda: self.marker in self._arrived("failuresQueueUrl"),
            "receipts watched": self._watched,
            **{f"{name} logs": lambda name=name: self._logged(name) for name in LOGS},  # type: ignore[misc]
        }

    def _look(self) -> None:
        self.seen |= {name for name, happened in self.features.items() if name not in self.seen and happened()}

    def _applied(self) -> bool:
        key = {"product_id": self.marker, "location": "Bonn"}
        return "Item" in self._table("inventoryTableName").get_item(Key=key)

    def _rejected(self) -> bool:
        found = self._client("s3").list_objects_v2(Bucket=self._output("bucketName"), Prefix=f"rejects/{self.file}/")
        return bool(found["KeyCount"])

    def _complete(self) -> bool:
        receipt = read_receipt(self._table("receiptsTableName"), self.file)
        return receipt is not None and receipt.complete

    def _watched(self) -> bool:
        """A complete receipt is forgotten by a run that succeeds."""
        answer = self._invoke("receipts-watch", {}, "RequestResponse")
        waiting = {each.file for each in OpenUploads(self._client("dynamodb"), self._output("receiptsTableName")).all()}
        return "FunctionError" not in answer and "receipt complete" in self.seen and self.file not in waiting

    def _arrived(self, queue: str) -> str:
        """Every text that has arrived in a queue; what is read is deleted and remembered."""
        sqs, url = self._client("sqs"), self._output(queue)
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            self.clients[url] = self.clients.get(url, "") + json.dumps(message, default=str)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return str(self.clients.get(url, ""))

    def _logged(self, name: str) -> bool:
        configuration = self._client("lambda").get_function_configuration(FunctionName=self._output(FUNCTIONS[name]))
        group = configuration["LoggingConfig"]["LogGroup"]
        events = self._client("logs").filter_log_events(logGroupName=group, startTime=self.began_at_milliseconds)
        return bool(events["events"])

    def _invoke(self, name: str, event: dict[str, str], kind: Any) -> Any:
        return self._client("lambda").invoke(
            FunctionName=self._output(FUNCTIONS[name]), InvocationType=kind, Payload=json.dumps(event).encode()
        )

    def _output(self, name: str) -> str:
        return str(self.stack.outputs[name])

    def _table(self, output: str) -> Any:
        key = f"table {output}"
        if key not in self.clients:
            self.clients[key] = self.stack.resource("dynamodb").Table(self._output(output))
        return self.clients[key]

    def _client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = self.stack.client(service)
        return self.clients[service]
