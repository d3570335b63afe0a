"""Lambda's way in: batches of messages from the inventory queue, answered message by message.

See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (partial batch responses).
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from inventory_updates.clients import client
from inventory_updates.receipts import Receipts
from inventory_updates.telemetry import own_dimensions

from .batch import WRITERS, BatchApplier
from .dead_letters import DeadLetters
from .statement_writer import StatementWriter
from .table_writer import TableWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .batch import Delivery

logger = Logger()
# Sixteen threads write; a span for each write would say nothing that the one around them doesn't.
tracer = Tracer(auto_patch=False)
metrics = Metrics()


class MessageNotAppliedError(Exception):
    """SQS shall deliver the message again, or move it to the dead-letter queue."""


@cache
def applier() -> BatchApplier:
    """Return the one `BatchApplier` of this execution environment."""
    dynamodb = client("dynamodb", WRITERS)
    writers = {"items": TableWriter, "statements": StatementWriter}
    return BatchApplier(
        writers[os.environ.get("TABLE_WRITES", "items")](dynamodb, os.environ["INVENTORY_TABLE"]),
        Receipts(dynamodb, os.environ["RECEIPTS_TABLE"]),
        DeadLetters(client("sqs", WRITERS), os.environ["DEAD_LETTER_QUEUE_URL"]),
        int(os.environ["MAX_RECEIVE_COUNT"]),
    )


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True, default_dimensions=own_dimensions())
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Apply a batch of messages; the answer names those that SQS shall deliver again."""
    deliveries = applier().apply(event["Records"], context.get_remaining_time_in_millis)
    _note(deliveries.values())

    def settled(record: SQSRecord) -> None:
        if failure := deliveries[record.message_id].failure:
            raise MessageNotAppliedError(failure)

    # All messages may fail at once without that being an error of the function: the answer says it all.
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, settled, processor, context)


def _note(deliveries: Iterable[Delivery]) -> None:
    """Log and measure what was done; names, lines and counts, never a row."""
    applied = superseded = set_aside = failed = 0
    for delivery in deliveries:
        names = {"message_id": delivery.message_id}
        if delivery.message is not None:
            message = delivery.message
            names |= {"file": message.file, "upload": message.upload, "message_name": message.message}
        if delivery.failure:
            failed += 1
            logger.warning("message comes again", extra=names | {"reason": delivery.failure})
            continue
        applied += delivery.applied
        superseded += delivery.superseded
        set_aside += len(delivery.set_aside)
        for row, reason in delivery.set_aside:
            logger.warning("row set aside", extra=names | {"line": row.line, "reason": reason})
    counts = {"RowsApplied": applied, "RowsSuperseded": superseded, "RowsSetAside": set_aside, "MessagesFailed": failed}
    logger.info("batch done", extra=counts)
    for name, value in counts.items():
        if value:
            metrics.add_metric(name, MetricUnit.Count, value)
