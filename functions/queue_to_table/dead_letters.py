"""Sends a row that can never be applied to the dead-letter queue, alone, so that its neighbours go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inventory_updates.fifo import fifo_fields
from inventory_updates.message import FORMAT, Message, encode
from inventory_updates.row import sendable

if TYPE_CHECKING:
    from inventory_updates.row import Row


class DeadLetters:
    """Sends to one dead-letter queue with an SQS client."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: Message, row: Row, reason: str) -> None:
        """Send a row of `message` as a message of its own. Raises what the client raises.

        Reason, file and line are message attributes, which are not encrypted: none of them is row data. A redrive
        brings the row back in the form that any other message has.
        """
        alone = Message(FORMAT, message.file, message.upload, message.message, [row], set_aside=True)
        attributes = {
            "reason": {"DataType": "String", "StringValue": reason},
            "file": {"DataType": "String", "StringValue": sendable(message.file)},
            "line": {"DataType": "Number", "StringValue": str(row.line)},
        }
        identity = f"{message.file}#{message.upload}#{message.message}#{row.line}"
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=encode(alone).decode(),
            MessageAttributes=attributes,
            **fifo_fields(self._queue_url, message.file, identity),
        )
