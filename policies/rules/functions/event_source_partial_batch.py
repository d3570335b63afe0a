"""Event source mappings from queues report failures message by message.

A mapping of batches of one message needs no report.

Why: without it, one bad message brings the whole batch back: its neighbours are processed again, count another receive
and end in the dead-letter queue with it.

Mend: ask for the report, and return the failed messages from the function::

    aws.lambda_.EventSourceMapping("orders", function_response_types=["ReportBatchItemFailures"], ...)

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN, contains_unknown
from rules.numbers import number_or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

PROPERTY = "functionResponseTypes"
REPORT = "ReportBatchItemFailures"
BATCH_SIZE = 10  # of a mapping that says nothing


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield mappings that take a batch as a whole."""
    for consumption in graph.consumptions:
        mapping = consumption.mapping
        types = mapping.setting(PROPERTY)
        reported = isinstance(types, list) and REPORT in types
        if reported or number_or(mapping.setting("batchSize"), BATCH_SIZE) == 1:
            continue
        if types is UNKNOWN or contains_unknown(types):
            yield Undecided(mapping, PROPERTY, "whether failures are reported message by message")
        elif consumption.queue.undecided:
            yield Undecided(mapping, "eventSourceArn", "whether its source is a queue")
        else:
            yield Violation(mapping, PROPERTY, f"lacks {REPORT}, so one bad message brings its whole batch back")


RULE = StackRule(
    id="lambda-event-source-partial-batch",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="REL05-BP04",
    check=check,
)
