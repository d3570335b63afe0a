"""Takes messages out of the dead-letter queue: redriven, or dropped once they are in a file.

The order is always the one that loses nothing: send and then delete, write and then delete.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError
from inventory_updates.message import encode
from inventory_updates.row import (
    MAXIMUM_HASH_KEY_BYTES,
    MAXIMUM_RANGE_KEY_BYTES,
    REQUIRED_COLUMNS,
    RowError,
    checked_key,
    normalised_quantity,
    normalised_update_date,
)

from inventory.terminal import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from inventory.dead_letters import DeadLetter, DeadLetterQueue

ORIGINAL_BODY = "original_body"
MAXIMUM_ATTRIBUTES = 10
ABOUT_THIS_MESSAGE = {"InvalidParameterValue", "InvalidMessageContents", "InvalidAttributeValue"}


class NotMovableError(Exception):
    """This one message cannot be sent as it is asked for; it stays where it is."""


@dataclass(frozen=True)
class Edit:
    """Values that replace those of every row of a message.

    Attributes:
        values: column to value, normalised as an upload's would be.
    """

    values: Mapping[str, str]

    @staticmethod
    def parsed(assignments: Sequence[str]) -> Edit:
        """Read ``FIELD=VALUE`` texts. Raises `UserError` for an unknown field or a value that no row may have."""
        values: dict[str, str] = {}
        for assignment in assignments:
            field, equals, value = assignment.partition("=")
            if not equals or field not in REQUIRED_COLUMNS:
                raise UserError(f"--edit {assignment}: FIELD=VALUE is needed, FIELD of {', '.join(REQUIRED_COLUMNS)}")
            try:
                values[field] = _normalised(field, value.strip())
            except RowError as error:
                raise UserError(f"--edit {assignment}: {error}") from error
        return Edit(values)

    def applied(self, letter: DeadLetter) -> str:
        """The body of ``letter`` with its rows changed. Raises `NotMovableError` if there are no rows to change."""
        if letter.message is None:
            raise NotMovableError(f"it cannot be edited: {letter.reason}")
        rows = [msgspec.structs.replace(row, **self.values) for row in letter.message.rows]
        return encode(msgspec.structs.replace(letter.message, rows=rows)).decode()

    def __bool__(self) -> bool:
        return bool(self.values)


@dataclass(frozen=True)
class Settled:
    """What became of one message: moved or dropped if ``why_kept`` is empty."""

    message_id: str
    why_kept: str = ""


def copy_of(letter: DeadLetter, destination_url: str, edit: Edit) -> dict[str, Any]:
    """The arguments of ``SendMessage`` for ``letter``: all message attributes, trace header and FIFO group are kept.

    An edit keeps the first original body in the attribute ``original_body``. SQS does not encrypt attributes.

    Raises:
        NotMovableError: it cannot be edited, or there is no place for one more attribute.
    """
    body = edit.applied(letter) if edit else letter.body
    attributes = {name: _sendable(value) for name, value in letter.message_attributes.items()}
    if edit and ORIGINAL_BODY not in attributes:
        if len(attributes) >= MAXIMUM_ATTRIBUTES:
            raise NotMovableError(f"it has {len(attributes)} attributes, no more for its original body")
        attributes[ORIGINAL_BODY] = {"DataType": "String", "StringValue": letter.body}
    sent: dict[str, Any] = {"QueueUrl": destination_url, "MessageBody": body, "MessageAttributes": attributes}
    if group := letter.system_attributes.get("MessageGroupId"):
        sent["MessageGroupId"] = group
    if destination_url.endswith(".fifo"):
        sent.setdefault("MessageGroupId", letter.id)
        # The original's id would make SQS swallow the copy; the same copy sent twice is one message.
        sent["MessageDeduplicationId"] = hashlib.sha256(f"{letter.id}#{body}".encode()).hexdigest()
    if trace := letter.system_attributes.get("AWSTraceHeader"):
        sent["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    return sent


def move(
    queue: DeadLetterQueue,
    chosen: frozenset[str],
    destination_url: str,
    edit: Edit,
    messages_per_second: int | None = None,
) -> Generator[Settled, None, None]:
    """Send a copy of each chosen message, then delete the message; yields as they are settled.

    An interruption between the two leaves a message in both queues, never in none.

    Args:
        queue: the dead-letter queue.
        chosen: ids of messages; others are given back as they were.
        destination_url: where copies are sent.
        edit: changes their rows; the empty one changes nothing.
        messages_per_second: no faster than this; None is as fast as it goes.
    """
    started, sent = time.monotonic(), 0
    with queue.held() as holding:
        for letter in _among(holding.letters(), chosen):
            if messages_per_second is not None:
                time.sleep(max(0.0, started + sent / messages_per_second - time.monotonic()))
            try:
                queue.sqs.send_message(**copy_of(letter, destination_url, edit))
            except NotMovableError as error:
                yield Settled(letter.id, str(error))
                continue
            except ClientError as error:
                if error.response["Error"]["Code"] not in ABOUT_THIS_MESSAGE:
                    raise
                yield Settled(letter.id, str(error))
                continue
            holding.delete(letter)
            sent += 1
            yield Settled(letter.id)


def drop(queue: DeadLetterQueue, chosen: frozenset[str], archive: Path) -> Generator[Settled, None, None]:
    """Append each chosen message to ``archive``, a JSON document a line, and delete it once it is on the disk.

    Raises:
        UserError: the archive cannot be written.
    """
    try:
        # Rows are nobody else's business: the file is its owner's alone.
        descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        _on_disk(archive.parent)
    except OSError as error:
        raise UserError(f"{archive} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "a", encoding="utf-8") as file, queue.held() as holding:
        left = set(chosen)
        for batch in holding.batches():
            letters = [letter for letter in batch if letter.id in left]
            if letters:
                try:
                    file.writelines(json.dumps(_archived(letter), ensure_ascii=False) + "\n" for letter in letters)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError as error:
                    raise UserError(
                        f"{archive} cannot be written: {error.strerror}; nothing more is dropped"
                    ) from error
            for letter in letters:
                holding.delete(letter)
                left.remove(letter.id)
                yield Settled(letter.id)
            if not left:
                return


@dataclass(frozen=True)
class MoveTask:
    """The service's own message move task, as ``ListMessageMoveTasks`` shows it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
    """

    status: str
    moved: int
    to_move: int
    failure: str = ""

    @property
    def is_over(self) -> bool:
        return self.status not in {"RUNNING", "CANCELLING"}


@dataclass(frozen=True)
class WholeQueue:
    """What a move task is to do.

    The destination is always named: a row that the consumer sent to the queue has no source that SQS knows of, and a
    task without destination fails on it.

    Attributes:
        source_arn: the dead-letter queue.
        destination_arn: where to, a queue of the same type.
        messages_per_second: 1 to 500; None lets the service decide.
    """

    source_arn: str
    destination_arn: str
    messages_per_second: int | None = None

    def parameters(self) -> dict[str, Any]:
        rate = self.messages_per_second
        return {
            "SourceArn": self.source_arn,
            "DestinationArn": self.destination_arn,
            **({} if rate is None else {"MaxNumberOfMessagesPerSecond": rate}),
        }


def run_move_task(sqs: Any, order: WholeQueue, show: Callable[[MoveTask], None], poll_seconds: float = 0.5) -> MoveTask:
    """Move the whole queue and return how the task ended; interrupted, it cancels the task and waits for its end.

    ``show`` is told of the task every ``poll_seconds``. Raises what the client ``sqs`` raises.
    """
    handle = sqs.start_message_move_task(**order.parameters())["TaskHandle"]
    try:
        return _followed(sqs, order.source_arn, show, poll_seconds)
    except KeyboardInterrupt:
        try:
            sqs.cancel_message_move_task(TaskHandle=handle)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":  # it has ended by itself
                raise
        return _followed(sqs, order.source_arn, show, poll_seconds)


def _followed(sqs: Any, source_arn: str, show: Callable[[MoveTask], None], poll_seconds: float) -> MoveTask:
    while True:
        newest = sqs.list_message_move_tasks(SourceArn=source_arn, MaxResults=1)["Results"][0]
        task = MoveTask(
            newest["Status"],
            int(newest.get("ApproximateNumberOfMessagesMoved", 0)),
            int(newest.get("ApproximateNumberOfMessagesToMove", 0)),
            newest.get("FailureReason", ""),
        )
        show(task)
        if task.is_over:
            return task
        time.sleep(poll_seconds)


def _among(letters: Iterator[DeadLetter], chosen: frozenset[str]) -> Iterator[DeadLetter]:
    """The chosen letters; ends with the last of them, however many others follow."""
    left = set(chosen)
    while left and (letter := next(letters, None)) is not None:
        if letter.id in left:
            left.remove(letter.id)
            yield letter


def _archived(letter: DeadLetter) -> dict[str, Any]:
    """All that is needed to send the message again, and what it says."""
    return {
        "message_id": letter.id,
        "reason": letter.reason,
        "body": letter.body,
        "attributes": dict(letter.system_attributes),
        "message_attributes": {
            name: {key: _as_text(part) for key, part in _sendable(value).items()}
            for name, value in letter.message_attributes.items()
        },
    }


def _as_text(value: str | bytes) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _sendable(value: Mapping[str, Any]) -> dict[str, Any]:
    """A received attribute without the empty lists that ``SendMessage`` does not take."""
    return {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}


def _normalised(field: str, value: str) -> str:
    match field:
        case "quantity":
            return normalised_quantity(value)
        case "update_date":
            return normalised_update_date(value)
        case "product_id":
            return checked_key(field, value, MAXIMUM_HASH_KEY_BYTES)
        case _:
            return checked_key(field, value, MAXIMUM_RANGE_KEY_BYTES)


def _on_disk(folder: Path) -> None:
    """Make a new file's name in ``folder`` survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
