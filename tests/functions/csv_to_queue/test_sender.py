"""Messages sent: full batches, nothing taken for sent that SQS did not take, errors never silent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from csv_to_queue.sender import MAXIMUM_ATTEMPTS, MessagesNotSentError, OutgoingMessage, QueueSender

from tests.functions.fakes import Calls, FakeQueue, client_error


def message(number: int, size: int = 0) -> OutgoingMessage:
    body = str(number).ljust(size, "x")
    return OutgoingMessage(f"id-{number}", "file", body, len(body))


def send(queue: FakeQueue, *messages: OutgoingMessage, url: str = "https://queue") -> list[float]:
    """Send messages; return the waits."""
    waits: list[float] = []
    with QueueSender(queue, url, senders=3, sleep=waits.append) as sender:
        for one in messages:
            sender.send(one)
        sender.drain()
    return waits


def test_messages_go_in_batches_of_ten() -> None:
    queue = FakeQueue(Calls())
    send(queue, *(message(number) for number in range(101)))
    assert Counter(entry["MessageBody"] for entry in queue.messages) == Counter(map(str, range(101)))
    assert queue.calls.counts["SendMessageBatch"] == 11


def test_a_batch_stays_within_one_mebibyte() -> None:
    queue = FakeQueue(Calls())  # which refuses a larger one
    send(queue, *(message(number, 250_000) for number in range(9)))
    assert len(queue.messages) == 9
    assert queue.calls.counts["SendMessageBatch"] == 3


def test_what_sqs_did_not_take_is_sent_again_and_nothing_else() -> None:
    refusals = Counter({"3": 2, "7": 1})

    def refuse(body: str) -> str | None:
        refusals[body] -= 1
        return "ThrottlingException" if refusals[body] >= 0 else None

    queue = FakeQueue(Calls(), refuse)
    waits = send(queue, *(message(number) for number in range(10)))
    assert sorted(entry["MessageBody"] for entry in queue.messages) == sorted(map(str, range(10)))
    assert queue.calls.counts["SendMessageBatch"] == 3
    assert len(waits) == 2


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException"),
        client_error("ServiceUnavailable", status=503),
        EndpointConnectionError(endpoint_url="https://queue"),
    ],
)
def test_a_batch_that_failed_as_a_whole_is_sent_again(error: Exception) -> None:
    def fail_twice(operation: str, moment: str) -> None:
        if moment == "before" and queue.calls.counts[operation] <= 2:
            raise error

    queue = FakeQueue(Calls(fail_twice))
    send(queue, message(1))
    assert len(queue.messages) == 1


def test_what_fails_for_long_raises() -> None:
    queue = FakeQueue(Calls(), lambda _: "ThrottlingException")
    with pytest.raises(MessagesNotSentError, match="10 of 10 messages: ThrottlingException"):
        send(queue, *(message(number) for number in range(10)))
    assert queue.calls.counts["SendMessageBatch"] == MAXIMUM_ATTEMPTS


def test_what_sqs_will_never_take_raises_at_once() -> None:
    queue = FakeQueue(Calls(), lambda body: "InvalidMessageContents" if body == "2" else None)
    with pytest.raises(MessagesNotSentError, match="1 of 3 messages: InvalidMessageContents"):
        send(queue, *(message(number) for number in range(3)))
    assert queue.calls.counts["SendMessageBatch"] == 1


def test_a_refusal_that_no_attempt_overcomes_raises_at_once() -> None:
    def deny(*_: str) -> None:
        raise client_error("AccessDenied", status=403)

    queue = FakeQueue(Calls(deny))
    with pytest.raises(Exception, match="AccessDenied"):
        send(queue, message(1))
    assert queue.calls.counts["SendMessageBatch"] == 1


def test_waits_grow_and_stay_bounded() -> None:
    queue = FakeQueue(Calls(), lambda _: "ThrottlingException")
    waits: list[float] = []
    with QueueSender(queue, "q", senders=1, sleep=waits.append) as sender:
        sender.send(message(1))
        with pytest.raises(MessagesNotSentError):
            sender.drain()
    assert all(0 <= wait <= min(10, 0.1 * 2 ** (number + 1)) for number, wait in enumerate(waits))
    assert len(waits) == MAXIMUM_ATTEMPTS - 1


def test_a_fifo_queue_gets_groups_and_deduplication_and_a_standard_one_does_not() -> None:
    for url, expected in (("https://queue.fifo", True), ("https://queue", False)):
        queue = FakeQueue(Calls())
        send(queue, message(1), message(2), url=url)
        assert all(("MessageGroupId" in entry) == expected for entry in queue.messages)
        ids = {entry.get("MessageDeduplicationId") for entry in queue.messages}
        assert len(ids) == (2 if expected else 1)


def test_the_trace_goes_with_every_message_and_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    queue = FakeQueue(Calls())
    send(queue, message(1))
    entry: dict[str, Any] = queue.messages[0]
    assert entry["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"].startswith("Root=1-5759e988")
    assert "MessageAttributes" not in entry
