"""The consumer of a queue is bounded by its mapping, not by throttling the function.

A maximum concurrency or provisioned pollers bound it. A reserved concurrency below the mapping's maximum throttles the
poller.

Why: an unbounded consumer takes the account's concurrency and overwhelms what is behind it; a throttled one counts
receives, and healthy messages end in the dead-letter queue.

Mend: bound the mapping, and reserve no less for the function::

    aws.lambda_.EventSourceMapping("orders", scaling_config={"maximum_concurrency": 10}, ...)

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from stack_graph import Consumption, StackGraph

PROPERTY = "scalingConfig"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield mappings without a bound, and functions that are throttled below it."""
    for consumption in graph.consumptions:
        mapping = consumption.mapping
        maximum = whole_number(mapping.setting(PROPERTY, "maximumConcurrency"))
        if mapping.setting("provisionedPollerConfig") is not None:
            continue
        if maximum is UNKNOWN:
            yield Undecided(mapping, PROPERTY, "whether its concurrency is bounded")
        elif maximum is None and consumption.queue.undecided:
            yield Undecided(mapping, "eventSourceArn", "whether its source is a queue")
        elif maximum is None:
            yield Violation(mapping, PROPERTY, "has no maximumConcurrency and no provisioned pollers")
        else:
            yield from _throttled(consumption, maximum)


def _throttled(consumption: Consumption, maximum: int) -> Iterator[Finding]:
    function = consumption.function.resource
    if function is None:
        return
    reserved = whole_number(function.setting("reservedConcurrentExecutions"))
    if reserved is UNKNOWN:
        yield Undecided(function, "reservedConcurrentExecutions", "whether the mapping's poller is throttled")
    elif reserved is not None and 0 <= reserved < maximum:
        problem = (
            f"reserves {reserved}, less than the {maximum} of mapping '{consumption.mapping.name}': it is throttled"
        )
        yield Violation(function, "reservedConcurrentExecutions", problem)


RULE = StackRule(
    id="lambda-event-source-maximum-concurrency",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="REL05-BP02; PERF02-BP05",
    check=check,
)
