"""An event source mapping is refused if its queue or its batches don't fit.

Upstream makes any mapping. AWS refuses one whose queue hides messages for less than the function's timeout, a batch of
more than ten without a batching window, and a window or such a batch on a FIFO queue.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html

Noticed when upstream no longer needs it: ``test_upstream_still_makes_mappings_that_do_not_fit``.
"""

from __future__ import annotations

from typing import Any

LARGEST_WITHOUT_WINDOW = 10


def apply() -> None:
    from ministack.core import responses  # noqa: PLC0415 - reads the environment when imported
    from ministack.services import lambda_svc, sqs  # noqa: PLC0415 - same

    upstream_create = lambda_svc._create_esm  # noqa: SLF001
    upstream_update = lambda_svc._update_esm  # noqa: SLF001

    def unfit(mapping: dict[str, Any]) -> Any:
        queue = sqs._queue_by_arn(mapping.get("EventSourceArn", ""))  # noqa: SLF001
        _, function, _ = lambda_svc._get_func_record_for_ref(mapping.get("FunctionName", ""))  # noqa: SLF001
        why = _why_unfit(mapping, queue, function) if queue and function else None
        return responses.error_response_json("InvalidParameterValueException", why, 400) if why else None

    def create(data: dict[str, Any]) -> Any:
        return unfit(data) or upstream_create(data)

    def update(mapping_id: str, data: dict[str, Any]) -> Any:
        mapping = lambda_svc._esms.get(mapping_id) or {}  # noqa: SLF001
        return unfit(mapping | data) or upstream_update(mapping_id, data)

    lambda_svc._create_esm = create  # noqa: SLF001
    lambda_svc._update_esm = update  # noqa: SLF001


def _why_unfit(mapping: dict[str, Any], queue: dict[str, Any], function: dict[str, Any]) -> str | None:
    visibility, timeout = int(queue["attributes"].get("VisibilityTimeout", 30)), int(function.get("Timeout", 3))
    size = mapping.get("BatchSize") or LARGEST_WITHOUT_WINDOW
    window_seconds = mapping.get("MaximumBatchingWindowInSeconds") or 0
    if visibility < timeout:
        return (
            f"Invalid request provided: Queue visibility timeout: {visibility} seconds is less than"
            f" Function timeout: {timeout} seconds"
        )
    if queue["is_fifo"]:
        if window_seconds:
            return "Batching window is not supported for FIFO queues."
        return "Batch size of a FIFO queue is 10 at most." if size > LARGEST_WITHOUT_WINDOW else None
    if size > LARGEST_WITHOUT_WINDOW and not window_seconds:
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    return None
