"""A queue's visibility timeout is at least six times its consumer function's timeout, plus the batching window.

The function is found through the event source mapping, by ARN or name, or by dependency while ids are not known yet.

Why: Lambda needs that time to retry a batch when it is throttled; a message that becomes visible earlier is processed
twice, at the same time.

Mend: derive it from the function::

    aws.sqs.Queue("orders", visibility_timeout_seconds=6 * function_timeout_seconds + batching_window_seconds)

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import number_or

from .defaults import BATCHING_WINDOW_SECONDS, FUNCTION_TIMEOUT_SECONDS, VISIBILITY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import Consumption, StackGraph

PROPERTY = "visibilityTimeoutSeconds"


def check(graph: StackGraph, config: Config) -> Iterator[Finding]:
    """Yield queues whose messages become visible again too soon for their consumers."""
    for consumption in graph.consumptions:
        queue, function = consumption.queue, consumption.function
        if queue.undecided:
            yield Undecided(consumption.mapping, "eventSourceArn", "which queue the function consumes")
        elif queue.resource is None:
            yield Undecided(consumption.mapping, "eventSourceArn", "that queue's visibility timeout", at_update=False)
        elif function.undecided:
            yield Undecided(consumption.mapping, "functionName", "which function consumes the queue")
        elif function.resource is None:
            yield Undecided(consumption.mapping, "functionName", "that function's timeout", at_update=False)
        else:
            yield from _compare(consumption, queue.resource, function.resource, config)


def _compare(consumption: Consumption, queue: Resource, function: Resource, config: Config) -> Iterator[Finding]:
    visible_after = number_or(queue.setting(PROPERTY), VISIBILITY_TIMEOUT_SECONDS)
    timeout = number_or(function.setting("timeout"), FUNCTION_TIMEOUT_SECONDS)
    window_name = "maximumBatchingWindowInSeconds"
    window = number_or(consumption.mapping.setting(window_name), BATCHING_WINDOW_SECONDS)
    if visible_after is UNKNOWN:
        yield Undecided(queue, PROPERTY, "when messages become visible again")
    elif timeout is UNKNOWN:
        yield Undecided(function, "timeout", f"whether the visibility timeout of '{queue.name}' is long enough")
    elif window is UNKNOWN:
        yield Undecided(consumption.mapping, window_name, f"whether '{queue.name}' hides messages long enough")
    else:
        factor = int(config["factor"])
        least = factor * timeout + window
        if visible_after < least:
            sum_ = f"{factor} × {timeout} s (function '{function.name}') + {window} s (batching window)"
            yield Violation(queue, PROPERTY, f"is {visible_after} s; at least {least} s are needed: {sum_}")


RULE = StackRule(
    id="sqs-visibility-timeout",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="REL05-BP05",
    config={
        "factor": {
            "type": "integer",
            "minimum": 1,
            "default": 6,
            "description": "How many times the function's timeout",
        }
    },
    check=check,
)
