"""Both functions against in-memory AWS: S3 notifies, Lambda retries, SQS redelivers, as their documentation says.

One random generator decides the order of everything, so a seed repeats a run exactly up to the threads' own order.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from csv_to_queue.deadline import Deadline
from csv_to_queue.events import step_of, uploads_of
from csv_to_queue.ingest import Clients, Ingest
from csv_to_queue.settings import Settings
from inventory_updates.receipt_reader import Receipt, read_receipt
from inventory_updates.receipts import Receipts
from queue_to_table.batch import BatchApplier
from queue_to_table.dead_letters import DeadLetters
from queue_to_table.statement_writer import StatementWriter
from queue_to_table.table_writer import TableWriter

from tests.functions.fakes import Calls, FakeDynamoDB, FakeLambda, FakeQueue, FakeS3, Fault, ReceiptsTable, no_fault

MAXIMUM_RECEIVES = 3
FIRST_UPLOAD = "2026-11-23T10:00:0"


class KilledError(BaseException):
    """Lambda killed the function: nothing in it may catch this."""


@dataclass
class QueuedMessage:
    """A message in SQS; `receives` counts deliveries."""

    message_id: str
    body: str
    receives: int = 0


class Clock:
    """Lambda's remaining time, which shrinks with every look."""

    def __init__(self, milliseconds: int, step: int) -> None:
        self._milliseconds = milliseconds
        self._step = step

    def __call__(self) -> int:
        self._milliseconds -= self._step
        return max(0, self._milliseconds)


class World:
    """One pipeline and everything around it."""

    def __init__(
        self, rng: random.Random | None = None, *, patience: int = 10**9, statements: bool = False, **settings: int
    ) -> None:
        """`patience` is how many blocks an invocation has time for; `statements` chooses the way of writing."""
        self.rng = rng or random.Random(0)  # noqa: S311 - repeatable
        self.calls = Calls()
        self.s3 = FakeS3(self.calls)
        self.sqs = FakeQueue(self.calls)
        self.dynamodb = FakeDynamoDB(self.calls)
        self.awslambda = FakeLambda(self.calls)
        self.patience = patience
        self.settings = Settings("https://queue", "receipts", "csv_to_queue", **settings)  # type: ignore[arg-type]
        self.ingest = Ingest(
            Clients(self.s3, self.sqs, self.dynamodb, lambda: self.awslambda),
            self.settings,
            senders=2,
            sleep=lambda _: None,
        )
        self.applier = BatchApplier(
            StatementWriter(self.dynamodb, "inventory", sleep=lambda _: None)
            if statements
            else TableWriter(self.dynamodb, "inventory"),
            Receipts(self.dynamodb, "receipts"),
            DeadLetters(self.sqs, "https://dead-letters"),
            MAXIMUM_RECEIVES,
            writers=2,
        )
        self.troubles: Counter[str] = Counter()
        self.events: list[dict[str, Any]] = []
        self.queue: list[QueuedMessage] = []
        self.dead_letter_queue: list[QueuedMessage] = []
        self._message_ids = 0
        self._uploads = 0

    # S3

    def upload(self, key: str, data: bytes) -> dict[str, Any]:
        """Put an object and return S3's notification."""
        version_id = f"v{self._uploads:03d}"
        self.s3.add(key, version_id, data)
        described = {
            "key": quote_plus(key, safe="/"),
            "size": len(data),
            "eTag": hashlib.md5(data).hexdigest(),  # noqa: S324 - S3's ETag
            "versionId": version_id,
        }
        event_time = f"{FIRST_UPLOAD}{self._uploads % 10}.000Z"
        self._uploads += 1
        return {
            "Records": [{"eventTime": event_time, "s3": {"bucket": {"name": "uploads"}, "object": described}}],
        }

    # Lambda

    def invoke_csv_to_queue(self, event: dict[str, Any]) -> None:
        deadline = Deadline(Clock(900_000, 600_000 // self.patience))
        try:
            if step := step_of(event):
                self.ingest.step(step, deadline)
            else:
                for upload in uploads_of(event):
                    self.ingest.upload(upload, deadline)
        finally:
            for entry in self.sqs.messages:
                self._arrive(self.queue, entry["MessageBody"])
            self.sqs.messages.clear()

    def run_csv_to_queue(self, *events: dict[str, Any], chance_of_repetition: float = 0) -> None:
        """Invoke the function for events, and for those it makes itself, until none is left."""
        self.events += events
        while self.events:
            self.run_csv_to_queue_once(chance_of_repetition)

    def run_csv_to_queue_once(self, chance_of_repetition: float = 0) -> None:
        """Invoke the function for one of the waiting events, which waits on if it fails."""
        event = self.events.pop(self.rng.randrange(len(self.events)))
        try:
            self.invoke_csv_to_queue(event)
        except (KilledError, Exception):  # noqa: BLE001 - as Lambda does, or an operator after it
            self.events.append(event)
        if self.rng.random() < chance_of_repetition:
            self.events.append(event)
        self.events += self.awslambda.events
        self.awslambda.events.clear()

    # SQS and its event source mapping

    def _arrive(self, queue: list[QueuedMessage], body: str) -> None:
        self._message_ids += 1
        queue.append(QueuedMessage(f"m{self._message_ids}", body))

    def deliver_once(self, batch: int = 10, chance_of_repetition: float = 0) -> None:
        """Deliver some messages in any order and do with each what SQS does afterwards."""
        self.rng.shuffle(self.queue)
        messages, self.queue = self.queue[:batch], self.queue[batch:]
        for message in messages:
            message.receives += 1
        records = [
            {
                "messageId": message.message_id,
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": str(message.receives)},
            }
            for message in messages
        ]
        try:
            deliveries = self.applier.apply(records, Clock(30_000, 0))
            failed = {name for name, delivery in deliveries.items() if delivery.failure}
        except KilledError:
            failed = {message.message_id for message in messages}
        for entry in self.sqs.dead:
            self._arrive(self.dead_letter_queue, entry["MessageBody"])
        self.sqs.dead.clear()
        for message in messages:
            if message.message_id in failed and message.receives >= MAXIMUM_RECEIVES:
                self.dead_letter_queue.append(message)
            elif message.message_id in failed or self.rng.random() < chance_of_repetition:
                self.queue.append(message)

    def deliver_all(self, batch: int = 10, chance_of_repetition: float = 0) -> None:
        while self.queue:
            self.deliver_once(batch, chance_of_repetition)

    def redrive(self) -> None:
        """Move everything from the dead-letter queue back, as new messages."""
        moved, self.dead_letter_queue = self.dead_letter_queue, []
        for message in moved:
            self._arrive(self.queue, message.body)

    def process(self, key: str, data: bytes) -> Receipt:
        """Take one file all the way and return its receipt."""
        self.run_csv_to_queue(self.upload(key, data))
        self.deliver_all()
        return self.receipt(key)

    # What came of it

    def inject(self, fault: Fault) -> None:
        self.calls.fault = fault

    def heal(self) -> None:
        self.calls.fault = no_fault
        self.sqs.refuse = lambda _: None
        self.s3.breaks = lambda _: None
        self.dynamodb.poison.clear()
        self.dynamodb.statement_fault = lambda: None

    def receipt(self, key: str, upload: str | None = None, now: float | None = None) -> Receipt:
        receipt = read_receipt(ReceiptsTable(self.dynamodb), key, upload, now)
        assert receipt is not None
        return receipt

    def inventory(self) -> dict[tuple[str, str], tuple[int, str]]:
        return {
            key: (int(item["quantity"]["N"]), item["update_date"]["S"])
            for key, item in self.dynamodb.tables["inventory"].items()
        }


def adds_up(receipt: Receipt) -> bool:
    accounted = receipt.rows_rejected + receipt.rows_applied + receipt.rows_superseded + receipt.rows_dead_lettered
    return receipt.complete and receipt.rows_read == accounted and receipt.rows_in_flight == 0
