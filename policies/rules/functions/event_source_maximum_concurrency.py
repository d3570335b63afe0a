"""The consumer of a queue is bounded by its mapping, not by throttling the function.

A maximum concurrency or provisioned pollers bound it. A function's reserved concurrency below the sum of its mappings'
maxima throttles the pollers.

Why: an unbounded consumer takes the account's concurrency and overwhelms what is behind it; a throttled one counts
receives, and healthy messages end in the dead-letter queue.

Mend: bound the mapping, and reserve no less for the function::

    aws.lambda_.EventSourceMapping("orders", scaling_config={"maximum_concurrency": 10}, ...)

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

PROPERTY = "scalingConfig"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield mappings without a bound, and functions that are throttled below it."""
    maxima: dict[Resource, list[int]] = defaultdict(list)
    for consumption in graph.consumptions:
        mapping = consumption.mapping
        maximum = whole_number(mapping.setting(PROPERTY, "maximumConcurrency"))
        if mapping.setting("provisionedPollerConfig") is not None:
            continue
        if isinstance(maximum, int):
            if consumption.function.resource:
                maxima[consumption.function.resource].append(maximum)
        elif maximum is UNKNOWN:
            yield Undecided(mapping, PROPERTY, "whether its concurrency is bounded")
        elif consumption.queue.undecided:
            yield Undecided(mapping, "eventSourceArn", "whether its source is a queue")
        else:
            yield Violation(mapping, PROPERTY, "has no maximumConcurrency and no provisioned pollers")
    for function, bounds in maxima.items():
        yield from _throttled(function, bounds)


def _throttled(function: Resource, bounds: list[int]) -> Iterator[Finding]:
    reserved = whole_number(function.setting("reservedConcurrentExecutions"))
    needed = sum(bounds)
    if reserved is UNKNOWN:
        yield Undecided(function, "reservedConcurrentExecutions", "whether its mappings' pollers are throttled")
    elif isinstance(reserved, int) and 0 <= reserved < needed:
        whose = "its mapping" if len(bounds) == 1 else f"its {len(bounds)} mappings together"
        yield Violation(
            function, "reservedConcurrentExecutions", f"reserves {reserved}, less than the {needed} of {whose}"
        )


RULE = StackRule(
    id="lambda-event-source-maximum-concurrency",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="REL05-BP02; PERF02-BP05",
    check=check,
)
