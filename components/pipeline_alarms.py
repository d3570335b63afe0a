"""Everything of an inventory pipeline that is worth an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components import watches
from components.pipeline_functions import METRICS_NAMESPACE
from components.watches import PublishedBy, WatchedFunction

if TYPE_CHECKING:
    from components.inventory_pipeline import InventoryPipeline
    from components.settings import PipelineSettings
    from components.watches import Watch

LONGEST_MARGIN_SECONDS = 60


def pipeline_watches(pipeline: InventoryPipeline, settings: PipelineSettings) -> list[Watch]:
    """What is watched, the most telling first; thresholds are the settings'."""
    csv_timeout = settings.csv_function_timeout_seconds
    csv_to_queue = WatchedFunction(
        "csv-to-queue",
        pipeline.csv_function.name,
        csv_timeout,
        # With a minute or a third of its time left it hands over, which is as it should be.
        working_seconds=csv_timeout - min(LONGEST_MARGIN_SECONDS, csv_timeout // 3),
    )
    queue_to_table = WatchedFunction(
        "queue-to-table", pipeline.table_function.name, settings.table_function_timeout_seconds
    )
    functions = [csv_to_queue, queue_to_table, pipeline.receipts_watch.watched]
    found = [
        watches.old_messages("updates", pipeline.queue.name, settings.age_alarm_seconds),
        *_waiting(pipeline, settings.dead_letter_alarm_messages),
        watches.incomplete_receipts(pipeline.receipts_watch.published, settings.receipt_alarm_minutes),
        watches.rejected_rows(
            PublishedBy(METRICS_NAMESPACE, "csv_to_queue", pipeline.csv_function.name),
            settings.rejected_rows_alarm_percent,
        ),
    ]
    for function in functions:
        found += watches.failing(function, settings.error_alarm_count, settings.throttle_alarm_count)
        found.append(watches.near_timeout(function, settings.duration_alarm_percent))
    return found + watches.asynchronous_events(csv_to_queue, settings.event_age_alarm_seconds)


def _waiting(pipeline: InventoryPipeline, messages: int) -> list[Watch]:
    failures = watches.waiting_messages(
        "failures",
        pipeline.failures.name,
        messages,
        runbook="uploads-have-failed",
        means="Invocations that failed for good wait in the failures queue: an upload was not read, or not to its end.",
    )
    if not pipeline.queue.dead_letter_queue:
        return [failures]
    dead_letters = watches.waiting_messages(
        "dead-letter",
        pipeline.queue.dead_letter_queue.name,
        messages,
        runbook="the-dead-letter-queue-is-not-empty",
        means="Rows that could not be applied wait in the dead-letter queue to be looked at and redriven.",
    )
    return [dead_letters, failures]
