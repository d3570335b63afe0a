"""Entries of SendMessageBatch keep their system attributes, which is what carries a trace.

Upstream drops ``MessageSystemAttributes`` of batch entries, so the trace ends at the queue.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html

Noticed when upstream no longer needs it: ``test_upstream_still_drops_trace_headers_of_batches``.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_entries: ContextVar[Iterator[dict[str, Any]] | None] = ContextVar("entries of the batch in work", default=None)


def apply() -> None:
    from ministack.services import sqs  # noqa: PLC0415 - reads the environment when imported

    upstream_send = sqs._act_send_message  # noqa: SLF001
    upstream_send_batch = sqs._act_send_message_batch  # noqa: SLF001

    def send(data: dict[str, Any], url: str) -> Any:
        entries = _entries.get()
        if entries is not None:  # upstream sends a batch entry by entry, in order
            data = data | {"MessageSystemAttributes": next(entries).get("MessageSystemAttributes") or {}}
        return upstream_send(data, url)

    def send_batch(data: dict[str, Any], url: str) -> Any:
        token = _entries.set(iter(data.get("Entries", [])))
        try:
            return upstream_send_batch(data, url)
        finally:
            _entries.reset(token)

    sqs._act_send_message = send  # noqa: SLF001
    sqs._HANDLERS["SendMessageBatch"] = send_batch  # noqa: SLF001
