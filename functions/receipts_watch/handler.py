"""Lambda's way in: a schedule asks which uploads are late; the answer is a metric, and a log line for each of them."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from inventory_updates.clients import client
from inventory_updates.open_uploads import OpenUploads
from inventory_updates.telemetry import own_dimensions

from .late_uploads import LateUploads

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer(auto_patch=False)
metrics = Metrics()

SECONDS_PER_MINUTE = 60
MARGIN_MILLISECONDS = 5_000


@cache
def late_uploads() -> LateUploads:
    """Return the one `LateUploads` of this execution environment."""
    import boto3  # noqa: PLC0415 - not needed to import this module

    name = os.environ["RECEIPTS_TABLE"]
    table: Any = boto3.resource("dynamodb").Table(name)
    late_after_seconds = int(os.environ["LATE_AFTER_MINUTES"]) * SECONDS_PER_MINUTE
    return LateUploads(OpenUploads(client("dynamodb"), name), table, late_after_seconds)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=False, default_dimensions=own_dimensions())
def lambda_handler(_event: dict[str, Any], context: LambdaContext) -> None:
    """Say how many uploads are late; the alarm on `ReceiptsIncomplete` needs a value from every run, 0 too."""
    now = time.time()
    looked = late_uploads().look(now, lambda: context.get_remaining_time_in_millis() < MARGIN_MILLISECONDS)
    for opened, receipt in looked.late:
        logger.set_correlation_id(opened.upload)
        known = {
            "file": opened.file,
            "upload": opened.upload,
            "minutes": int((now - opened.uploaded_at) / SECONDS_PER_MINUTE),
            "rows_in_flight": receipt.rows_in_flight if receipt else 0,
            "ranges": receipt.ranges if receipt else 0,
            "ranges_done": receipt.ranges_done if receipt else 0,
        }
        logger.warning("receipt incomplete", extra=known)
    logger.set_correlation_id(context.aws_request_id)
    if not looked.looked_at_all:
        logger.warning("no time for every open upload")
    logger.info("looked", extra={"receipts_incomplete": len(looked.late), "receipts_completed": looked.completed})
    metrics.add_metric("ReceiptsIncomplete", MetricUnit.Count, len(looked.late))
    metrics.add_metric("ReceiptsCompleted", MetricUnit.Count, looked.completed)
