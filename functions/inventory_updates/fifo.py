"""Fields that a FIFO queue asks for and a standard queue refuses."""

from __future__ import annotations

import hashlib


def fifo_fields(queue_url: str, group: str, deduplication: str) -> dict[str, str]:
    """Return group and deduplication ids for a FIFO queue, nothing for a standard one.

    See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
    """
    if not queue_url.endswith(".fifo"):
        return {}
    return {"MessageGroupId": _digest(group), "MessageDeduplicationId": _digest(deduplication)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
