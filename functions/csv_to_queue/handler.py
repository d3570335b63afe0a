"""Lambda's way in: S3 notifications of uploads, and the steps that the function hands over to itself."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from inventory_updates.clients import client
from inventory_updates.telemetry import own_dimensions

from .deadline import Deadline
from .events import step_of, uploads_of
from .ingest import Clients, Ingest
from .sender import SENDERS
from .settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from inventory_updates.upload import Upload

    from .ingest import Tally

logger = Logger()
# Spans of our own say more than one for each API call, and the sending threads have no segment to hang theirs on.
tracer = Tracer(auto_patch=False)
metrics = Metrics()


class UploadsFailedError(Exception):
    """Some uploads of one notification failed; Lambda tries the whole notification again."""


@cache
def ingest() -> Ingest:
    """Return the one `Ingest` of this execution environment."""
    settings = Settings.from_environment(os.environ)
    clients = Clients(client("s3"), client("sqs", SENDERS), client("dynamodb"), lambda: client("lambda"))
    return Ingest(clients, settings)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True, default_dimensions=own_dimensions())
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Ingest the uploads of an S3 notification, or go on with one of them."""
    deadline = Deadline(context.get_remaining_time_in_millis)
    if step := step_of(event):
        _noted(step.job.upload, ingest().step(step, deadline))
        return
    failures: list[Exception] = []
    for upload in uploads_of(event):
        try:
            _noted(upload, ingest().upload(upload, deadline))
        except Exception as error:
            # The other uploads of the notification must not wait for this one.
            logger.exception("upload failed", extra=_names(upload))
            failures.append(error)
    if failures:
        raise UploadsFailedError(f"{len(failures)} uploads failed") from failures[0]


def _noted(upload: Upload, tally: Tally) -> None:
    """Log and measure what was done; names and counts, never a row."""
    if tally.refused:
        logger.warning("file refused", extra=_names(upload) | {"reason": tally.refused})
        metrics.add_metric("FilesRefused", MetricUnit.Count, 1)
        return
    counts = {name: value for name, value in tally.counts().items() if value}
    logger.info("step done", extra={**_names(upload), **counts})
    for name, value in counts.items():
        metrics.add_metric("".join(word.capitalize() for word in name.split("_")), MetricUnit.Count, value)


def _names(upload: Upload) -> dict[str, str]:
    return {"file": upload.key, "upload": upload.id}
