"""Sends messages: packed into batches, several batches at a time, and what SQS did not take is sent again.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html
"""

from __future__ import annotations

import os
import random
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError
from inventory_updates.fifo import fifo_fields

if TYPE_CHECKING:
    from collections.abc import Callable

MAXIMUM_BATCH_MESSAGES = 10
MAXIMUM_BATCH_BYTES = 1024 * 1024
MAXIMUM_ATTEMPTS = 8
FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 10.0
SENDERS = 8
# Refusals that another attempt of the whole batch may overcome; botocore has already tried a few times by then.
_TRANSIENT = {"ThrottlingException", "Throttling", "RequestThrottled", "OverLimit", "InternalError", "InternalFailure",
              "ServiceUnavailable", "KmsThrottled", "KMS.ThrottlingException", "AWS.SimpleQueueService.OverLimit"}  # fmt: skip


class MessagesNotSentError(Exception):
    """SQS refused messages for good, or for too long."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A body and its identity, which a FIFO queue deduplicates by."""

    identity: str
    group: str
    body: str
    size_bytes: int


class QueueSender:
    """Sends to one queue with `senders` threads; a context manager that stops them.

    `send` blocks while more than twice as many batches are under way, so memory stays flat. An error of a batch is
    raised by a later `send` or by `drain`, which returns only when everything has been taken by SQS.
    """

    def __init__(
        self,
        client: Any,
        queue_url: str,
        senders: int = SENDERS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(senders, thread_name_prefix="sender")
        self._under_way: deque[Future[None]] = deque()
        self._maximum_under_way = 2 * senders
        self._batch: list[OutgoingMessage] = []
        self._batch_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def send(self, message: OutgoingMessage) -> None:
        """Add a message to the batch; send the batch when it is full. Raises `MessagesNotSentError`."""
        if len(self._batch) == MAXIMUM_BATCH_MESSAGES or self._batch_bytes + message.size_bytes > MAXIMUM_BATCH_BYTES:
            self._submit()
        self._batch.append(message)
        self._batch_bytes += message.size_bytes

    def drain(self) -> None:
        """Send what is left and wait for every batch. Raises `MessagesNotSentError`."""
        self._submit()
        while self._under_way:
            self._under_way.popleft().result()

    def _submit(self) -> None:
        if not self._batch:
            return
        while len(self._under_way) >= self._maximum_under_way:
            self._under_way.popleft().result()
        self._under_way.append(self._pool.submit(self._send_batch, self._batch))
        self._batch, self._batch_bytes = [], 0

    def _send_batch(self, messages: list[OutgoingMessage]) -> None:
        entries = {str(number): self._entry(str(number), message) for number, message in enumerate(messages)}
        reason = ""
        for attempt in range(MAXIMUM_ATTEMPTS):
            if attempt:
                longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempt)
                self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not secrecy
            try:
                answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=list(entries.values()))
            except ClientError as error:
                reason = error.response["Error"]["Code"]
                if reason not in _TRANSIENT and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:  # noqa: PLR2004
                    raise
                continue
            except BotoCoreError as error:
                # The connection broke: SQS may have taken the batch or not. Sent twice, it is applied once.
                reason = type(error).__name__
                continue
            # Only what SQS says it has taken counts as sent.
            for taken in answer.get("Successful", ()):
                entries.pop(taken["Id"], None)
            if not entries:
                return
            failed = answer.get("Failed", ())
            reason = ", ".join(sorted({entry["Code"] for entry in failed})) or "no answer for some entries"
            if any(entry["SenderFault"] and entry["Code"] not in _TRANSIENT for entry in failed):
                break
        raise MessagesNotSentError(f"SQS did not take {len(entries)} of {len(messages)} messages: {reason}")

    def _entry(self, number: str, message: OutgoingMessage) -> dict[str, Any]:
        entry: dict[str, Any] = {"Id": number, "MessageBody": message.body}
        entry |= fifo_fields(self._queue_url, message.group, message.identity)
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):
            # The trace goes on in the consumer. https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
            entry["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
        return entry
