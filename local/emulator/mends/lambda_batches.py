"""An event source mapping gathers messages for its batching window, and batches of more than ten.

Upstream invokes with the first message that it sees, and with ten at most. AWS invokes when the batch is full or the
window has passed since the first message. The emulator looks once a second, so a window may last a second longer;
FIFO queues have none.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html

Not done: a batch of more than 6 MB is not cut.

Noticed when upstream no longer needs it: ``test_upstream_still_knows_no_batching_window``.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

RECEIVED_AT_ONCE = 10


def apply() -> None:
    from ministack.services import lambda_svc, sqs  # noqa: PLC0415 - reads the environment when imported

    upstream_concurrency = lambda_svc._sqs_esm_concurrency  # noqa: SLF001
    upstream_receive = sqs._receive_messages_for_esm  # noqa: SLF001
    opened: dict[str, float] = {}  # when the poller, one thread, first saw what is gathered now, by queue URL

    def concurrency(mapping: dict[str, Any], function: Any, config: Any, queue: dict[str, Any] | None = None) -> int:
        """No batch at all while messages are gathered."""
        if queue and _gathers(mapping, queue, opened):
            return 0
        return int(upstream_concurrency(mapping, function, config, queue))

    def receive(queue_url: str, number: int) -> list[dict[str, Any]]:
        opened.pop(queue_url, None)
        batch: list[dict[str, Any]] = []
        while len(batch) < number:
            more = upstream_receive(queue_url, min(number - len(batch), RECEIVED_AT_ONCE))
            batch += more
            if len(more) < RECEIVED_AT_ONCE:
                break
        return batch

    lambda_svc._sqs_esm_concurrency = concurrency  # noqa: SLF001
    sqs._receive_messages_for_esm = receive  # noqa: SLF001


def _gathers(mapping: dict[str, Any], queue: dict[str, Any], opened: dict[str, float]) -> bool:
    window_seconds, size = (
        mapping.get("MaximumBatchingWindowInSeconds") or 0,
        mapping.get("BatchSize", RECEIVED_AT_ONCE),
    )
    if not window_seconds or queue["is_fifo"]:
        return False
    now = time.time()
    visible = len(list(islice((message for message in queue["messages"] if message["visible_at"] <= now), size)))
    if visible in {0, size}:
        return False
    return now - opened.setdefault(queue["url"], now) < window_seconds
