"""Dead letters, decoded, and the queue that holds them, looked at without consuming anything.

A dead letter is either a whole message, which the redrive policy moved after too many receives, or a single row that
the consumer set aside with its reason, file and line as message attributes.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jmespath  # type: ignore[import-untyped]
from botocore.exceptions import ClientError
from inventory_updates.message import MalformedMessageError, Message, decode
from inventory_updates.row import REQUIRED_COLUMNS
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

from inventory.terminal import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

RECEIVED_TOO_OFTEN = "received too often"
SENT_BY_SOMEBODY = "sent here without a reason"
BATCH = 10
HOLD_SECONDS = 300
EMPTY_RECEIVES = 2
TOO_MANY_IN_FLIGHT = {"OverLimit", "AWS.SimpleQueueService.OverLimit"}


@dataclass(frozen=True)
class DeadLetter:
    """A message of the dead-letter queue.

    Attributes:
        received: the message as ``ReceiveMessage`` returned it, with all its attributes.
    """

    received: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.received["MessageId"])

    @property
    def body(self) -> str:
        return str(self.received["Body"])

    @property
    def system_attributes(self) -> Mapping[str, str]:
        attributes: Mapping[str, str] = self.received.get("Attributes", {})
        return attributes

    @property
    def message_attributes(self) -> Mapping[str, Mapping[str, Any]]:
        attributes: Mapping[str, Mapping[str, Any]] = self.received.get("MessageAttributes", {})
        return attributes

    @cached_property
    def _decoded(self) -> tuple[Message | None, str]:
        try:
            return decode(self.body), ""
        except MalformedMessageError as error:
            return None, str(error)

    @property
    def message(self) -> Message | None:
        """The rows and where they come from; None if the body is not a message of this project."""
        return self._decoded[0]

    @property
    def source(self) -> str | None:
        """The queue that the redrive policy moved it from; None if it was sent here."""
        arn = self.system_attributes.get("DeadLetterQueueSourceArn")
        return arn.rpartition(":")[2] if arn else None

    @property
    def reason(self) -> str:
        if self.message is None:
            return f"malformed message: {self._decoded[1]}"
        # A row that was redriven keeps its attributes: once it is moved here by the policy they no longer say why.
        if self.source:
            return RECEIVED_TOO_OFTEN
        return self._attribute("reason") or SENT_BY_SOMEBODY

    @property
    def file(self) -> str | None:
        return self.message.file if self.message else self._attribute("file")

    @property
    def rows(self) -> list[dict[str, Any]]:
        if self.message is None:
            return []
        return [
            {**{column: getattr(row, column) for column in REQUIRED_COLUMNS}, "line": row.line}
            for row in self.message.rows
        ]

    @property
    def sent_at(self) -> float:
        """Epoch seconds of the first sending: a message that the redrive policy moves keeps its age."""
        return int(self.system_attributes["SentTimestamp"]) / 1000

    @property
    def receive_count(self) -> int:
        """Receives, looks at the dead-letter queue included."""
        return int(self.system_attributes["ApproximateReceiveCount"])

    def record(self) -> dict[str, Any]:
        """What ``--json`` prints and what ``--where`` is evaluated on; ``row`` and ``line`` are of the first row."""
        rows = self.rows
        return {
            "message_id": self.id,
            "reason": self.reason,
            "file": self.file,
            "line": rows[0]["line"] if rows else None,
            "row": rows[0] if rows else None,
            "rows": rows,
            "receive_count": self.receive_count,
            "first_sent": datetime.fromtimestamp(self.sent_at, UTC).isoformat(timespec="milliseconds"),
            "source": self.source,
            "upload": self.message.upload if self.message else None,
            "message": self.message.message if self.message else None,
            "body": None if self.message else self.body,
            "attributes": {name: value.get("StringValue") for name, value in self.message_attributes.items()},
        }

    def _attribute(self, name: str) -> str | None:
        value = self.message_attributes.get(name, {}).get("StringValue")
        return str(value) if value is not None else None


class Where:
    """A condition on dead letters: a JMESPath expression on `DeadLetter.record`; all meet the empty one.

    https://jmespath.org/specification.html
    """

    def __init__(self, expression: str | None) -> None:
        self.expression = expression
        try:
            self._compiled = jmespath.compile(expression) if expression is not None else None
        except JMESPathError as error:
            raise UserError(f"--where is not a JMESPath expression: {error}") from error

    def __call__(self, letter: DeadLetter) -> bool:
        """Whether ``letter`` meets it. Raises `UserError` for a result that is neither boolean nor null."""
        if self._compiled is None:
            return True
        try:
            result = self._compiled.search(letter.record())
        except JMESPathError as error:
            raise UserError(f"--where cannot be evaluated: {error}") from error
        if result is None or isinstance(result, bool):
            return bool(result)
        raise UserError(
            f"--where is {type(result).__name__} where a boolean is needed: compare, as in reason=='quantity is not valid'"
        )


@dataclass(frozen=True)
class Depth:
    """The service's approximate counts of messages."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        return self.visible + self.in_flight + self.delayed


@dataclass(frozen=True)
class Summary:
    """What a look at dead letters found; counts are of messages, but for ``rows``."""

    looked_at: int
    rows: int
    reasons: Mapping[str, int]
    files: Mapping[str, int]
    sources: Mapping[str, int]
    oldest_sent_at: float | None


class Holding:
    """Messages that were received and are hidden from everybody else until they are deleted or given back."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._handles: dict[str, str] = {}
        self._seen: set[str] = set()

    def batches(self, limit: int | None = None) -> Iterator[list[DeadLetter]]:
        """Receive until the queue has no more, or ``limit`` messages were seen; each message comes once."""
        empty = 0
        while empty < EMPTY_RECEIVES and (limit is None or len(self._seen) < limit):
            wanted = BATCH if limit is None else min(BATCH, limit - len(self._seen))
            received = self._receive(wanted)
            # A repeated message gets a new handle; only the newest one is sure to work.
            self._handles |= {message["MessageId"]: message["ReceiptHandle"] for message in received}
            fresh = [DeadLetter(message) for message in received if message["MessageId"] not in self._seen]
            self._seen |= {letter.id for letter in fresh}
            # Nothing but repetitions means that the first ones are visible again: the round is over.
            empty = 0 if fresh else empty + 1
            if fresh:
                yield fresh

    def letters(self, limit: int | None = None) -> Iterator[DeadLetter]:
        for batch in self.batches(limit):
            yield from batch

    def delete(self, letter: DeadLetter) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=self._handles[letter.id])
        del self._handles[letter.id]

    def give_back(self) -> None:
        """Make what is still held visible at once; what cannot be given back comes back by itself."""
        held = list(self._handles.values())
        for first in range(0, len(held), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(held[first : first + BATCH])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        self._handles.clear()

    def _receive(self, wanted: int) -> list[dict[str, Any]]:
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=wanted,
                VisibilityTimeout=HOLD_SECONDS,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in TOO_MANY_IN_FLIGHT:
                return []
            raise
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found


@dataclass(frozen=True)
class DeadLetterQueue:
    """A dead-letter queue, reached with an SQS client. Its methods raise what the client raises.

    A FIFO queue shows no more than one batch of a message group while that is held: counts of it may be partial.
    """

    sqs: Any
    url: str

    def depth(self) -> Depth:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(names))["Attributes"]
        return Depth(*(int(found.get(name, 0)) for name in names))

    @contextmanager
    def held(self) -> Iterator[Holding]:
        """Hold messages for the time of the block; what was not deleted in it is visible again right after it."""
        holding = Holding(self.sqs, self.url)
        try:
            yield holding
        finally:
            holding.give_back()

    def look(self, where: Where, limit: int | None = None) -> list[DeadLetter]:
        """The messages that meet ``where``, ``limit`` of them at most."""
        found: list[DeadLetter] = []
        with self.held() as holding:
            for letter in holding.letters():
                if limit is not None and len(found) >= limit:
                    break
                if where(letter):
                    found.append(letter)
        return found

    def summary(self, limit: int | None = None) -> Summary:
        """Count reasons, files and sources of ``limit`` messages at most."""
        with self.held() as holding:
            return summarised(holding.letters(limit))


def summarised(letters: Iterable[DeadLetter]) -> Summary:
    reasons: Counter[str] = Counter()
    files: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    looked_at = rows = 0
    oldest: float | None = None
    for letter in letters:
        looked_at += 1
        rows += len(letter.rows)
        reasons[letter.reason] += 1
        files[letter.file or "unknown"] += 1
        sources[letter.source or "the consumer"] += 1
        oldest = letter.sent_at if oldest is None else min(oldest, letter.sent_at)
    return Summary(
        looked_at,
        rows,
        dict(reasons.most_common()),
        dict(files.most_common()),
        dict(sources.most_common()),
        oldest,
    )
