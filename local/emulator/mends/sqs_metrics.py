"""Queues publish their metrics, and alarms look at them.

Upstream publishes none, so that alarms on queues never leave ``INSUFFICIENT_DATA``. AWS publishes each minute; here it is
every two seconds, for queues that exist, so that nobody waits for an alarm on their own machine. A sum over gauges
(messages visible, not visible, delayed, age) therefore differs from AWS's; their maximum and average don't.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html

Noticed when upstream no longer needs it: ``test_upstream_still_publishes_nothing_of_queues``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Any

PUBLISH_SECONDS = 2.0
KEEP_SECONDS = 3 * 60 * 60.0
COUNTS = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "NumberOfEmptyReceives")

logger = logging.getLogger(__name__)


class Counts:
    """What happened at each queue since it was last taken, counted by threads of many kinds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, queue_arn: str, name: str, number: int = 1) -> None:
        with self._lock:
            self._counts[queue_arn, name] += number

    def add_received(self, queue_arn: str, number: int) -> None:
        self.add(queue_arn, "NumberOfMessagesReceived" if number else "NumberOfEmptyReceives", number or 1)

    def take(self, queue_arn: str) -> dict[str, int]:
        with self._lock:
            return {name: self._counts.pop((queue_arn, name), 0) for name in COUNTS}


def apply() -> None:
    from ministack.services import sqs  # noqa: PLC0415 - reads the environment when imported

    counts = Counts()
    _count_calls(sqs, counts)
    threading.Thread(target=_publish_forever, args=(sqs, counts), name="queue metrics", daemon=True).start()


def _count_calls(sqs: Any, counts: Counts) -> None:
    handlers = sqs._HANDLERS  # noqa: SLF001
    send, receive = sqs._act_send_message, handlers["ReceiveMessage"]  # noqa: SLF001
    delete, delete_batch = handlers["DeleteMessage"], handlers["DeleteMessageBatch"]
    mapping_receive, mapping_delete = sqs._receive_messages_for_esm, sqs._delete_messages_for_esm  # noqa: SLF001

    def arn(url: str) -> str:
        return str(sqs._get_q(url)["attributes"]["QueueArn"])  # noqa: SLF001

    def counted_send(data: dict[str, Any], url: str) -> Any:
        answer = send(data, url)
        counts.add(arn(data.get("QueueUrl", url)), "NumberOfMessagesSent")
        return answer

    async def counted_receive(data: dict[str, Any], url: str) -> Any:
        answer = await receive(data, url)
        counts.add_received(arn(data.get("QueueUrl", url)), len(answer.get("Messages", [])))
        return answer

    def counted_delete(data: dict[str, Any], url: str) -> Any:
        answer = delete(data, url)
        counts.add(arn(data.get("QueueUrl", url)), "NumberOfMessagesDeleted")
        return answer

    def counted_delete_batch(data: dict[str, Any], url: str) -> Any:
        answer = delete_batch(data, url)
        counts.add(arn(data.get("QueueUrl", url)), "NumberOfMessagesDeleted", len(answer["Successful"]))
        return answer

    def counted_mapping_receive(url: str, number: int) -> Any:
        messages = mapping_receive(url, number)
        counts.add_received(arn(url), len(messages))
        return messages

    def counted_mapping_delete(url: str, receipt_handles: set[str]) -> None:
        mapping_delete(url, receipt_handles)
        counts.add(arn(url), "NumberOfMessagesDeleted", len(receipt_handles))

    sqs._act_send_message = counted_send  # noqa: SLF001 - batches send through it
    sqs._receive_messages_for_esm = counted_mapping_receive  # noqa: SLF001
    sqs._delete_messages_for_esm = counted_mapping_delete  # noqa: SLF001
    handlers.update(
        SendMessage=counted_send,
        ReceiveMessage=counted_receive,
        DeleteMessage=counted_delete,
        DeleteMessageBatch=counted_delete_batch,
    )


def _publish_forever(sqs: Any, counts: Counts) -> None:
    while True:
        time.sleep(PUBLISH_SECONDS)
        try:
            _publish(sqs, counts)
        except Exception:
            logger.exception("metrics of queues")  # the next round may do better


def _publish(sqs: Any, counts: Counts) -> None:
    from ministack.core import responses  # noqa: PLC0415 - reads the environment when imported
    from ministack.services import cloudwatch  # noqa: PLC0415 - same

    scopes = {key[:2] for key in list(cloudwatch._alarms._data)}  # noqa: SLF001
    for key, queue in list(sqs._queues._data.items()):  # noqa: SLF001
        scopes.add(key[:2])
        _enter(responses, key[:2])
        for name, value in (_gauges(sqs, queue) | counts.take(queue["attributes"]["QueueArn"])).items():
            unit = "Seconds" if "Age" in name else "Count"
            dimensions = {"QueueName": queue["name"]}
            cloudwatch.record_metric("AWS/SQS", name, value, unit, dimensions)
            _forget_old(cloudwatch._metric_bucket(("AWS/SQS", name, cloudwatch._dims_key(dimensions))))  # noqa: SLF001
    for scope in scopes:
        _enter(responses, scope)
        cloudwatch._evaluate_all_alarms()  # noqa: SLF001


def _enter(responses: Any, scope: tuple[str, str]) -> None:
    """Act in an account and region; this thread does nothing else."""
    responses._request_account_id.set(scope[0])  # noqa: SLF001
    responses._request_region.set(scope[1])  # noqa: SLF001


def _gauges(sqs: Any, queue: dict[str, Any]) -> dict[str, float]:
    with sqs._queues_lock:  # noqa: SLF001
        sqs._refresh_counts(queue)  # noqa: SLF001
        attributes = queue["attributes"]
        sent = [message["sent_at"] for message in queue["messages"]]
    return {
        "ApproximateNumberOfMessagesVisible": float(attributes["ApproximateNumberOfMessages"]),
        "ApproximateNumberOfMessagesNotVisible": float(attributes["ApproximateNumberOfMessagesNotVisible"]),
        "ApproximateNumberOfMessagesDelayed": float(attributes["ApproximateNumberOfMessagesDelayed"]),
        "ApproximateAgeOfOldestMessage": time.time() - min(sent) if sent else 0.0,
    }


def _forget_old(points: list[dict[str, Any]]) -> None:
    """A long-lived emulator's memory stays bounded."""
    while points and points[0]["Timestamp"] < time.time() - KEEP_SECONDS:
        points.pop(0)
