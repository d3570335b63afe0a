"""Which alarms tell somebody, and which metrics of which queues they watch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.values import UNKNOWN, at_path
from references import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from stack_graph import StackGraph

NAMESPACE = "AWS/SQS"
AGE = "ApproximateAgeOfOldestMessage"
VISIBLE = "ApproximateNumberOfMessagesVisible"
DIMENSION = "QueueName"
RULE_OF_COMPOSITE = "alarmRule"
_TOLD_WHEN_IN_ALARM = re.compile(r"(?<!NOT )\bALARM\s*\(\s*[\"']?([^\"')]+?)[\"']?\s*\)")


@dataclass(frozen=True)
class Watch:
    """An alarm that watches a metric of a queue.

    Attributes:
        alarm: the alarm.
        metric: `AGE` or `VISIBLE`.
        queue: whose metric.
        certain: the alarm certainly tells somebody, and certainly of this.
    """

    alarm: Resource
    metric: str
    queue: Reference
    certain: bool = True


def watches(graph: StackGraph) -> Iterator[Watch]:
    """What alarms that tell somebody watch, themselves or through a composite alarm."""
    certainly_heard, maybe_heard = _alarms_in_composites(graph)
    for alarm in graph.of_type(types.METRIC_ALARM):
        certain = _acts(alarm) or alarm in certainly_heard
        if certain or alarm in maybe_heard:
            yield from _watched(graph, alarm, certain=certain)


def is_about_high_values(alarm: Resource) -> bool:
    """Whether the alarm goes off when its metric is high; of metric math, that can't be said, so it is believed."""
    operator = alarm.setting("comparisonOperator")
    return not isinstance(operator, str) or "GreaterThan" in operator or alarm.setting("metricName") is None


def _acts(alarm: Resource) -> bool:
    enabled, actions = alarm.setting("actionsEnabled"), alarm.setting("alarmActions")
    return enabled is not False and (actions is UNKNOWN or bool(actions))


def _alarms_in_composites(graph: StackGraph) -> tuple[set[Resource], set[Resource]]:
    """Alarms that a composite alarm with actions goes off with, through other composite alarms too."""
    certain: set[Resource] = set()
    maybe: set[Resource] = set()
    waiting = [composite for composite in graph.of_type(types.COMPOSITE_ALARM) if _acts(composite)]
    kinds = types.METRIC_ALARM | types.COMPOSITE_ALARM
    by_name = {
        name: alarm
        for alarm in graph.of_type(kinds)
        for name in map(alarm.attribute, ("name", "alarmName", "arn"))
        if isinstance(name, str)
    }
    while waiting:
        composite = waiting.pop()
        rule = composite.setting(RULE_OF_COMPOSITE)
        if rule is UNKNOWN:
            maybe.update(graph.resolve(composite, kinds, RULE_OF_COMPOSITE).candidates)
            continue
        found = {by_name[name] for name in _TOLD_WHEN_IN_ALARM.findall(str(rule)) if name in by_name} - certain
        certain |= found
        waiting += [alarm for alarm in found if alarm.type in types.COMPOSITE_ALARM]
    return certain, maybe


def _watched(graph: StackGraph, alarm: Resource, *, certain: bool) -> Iterator[Watch]:
    queries = alarm.setting("metricQueries")
    if queries is UNKNOWN:
        candidates = graph.resolve(alarm, types.QUEUE, "metricQueries").candidates
        yield from (Watch(alarm, each, Reference(UNKNOWN, None, candidates), certain=False) for each in (AGE, VISIBLE))
        return
    listed = queries if isinstance(queries, list) else []
    metrics: list[tuple[str, Any]] = [("metricQueries", at_path(query, "metric")) for query in listed]
    metrics.append(("dimensions", {name: alarm.setting(name) for name in ("namespace", "metricName", "dimensions")}))
    for place, metric in metrics:
        namespace, name = at_path(metric, "namespace"), at_path(metric, "metricName")
        queue = graph.resolve_value(alarm, types.QUEUE, place, at_path(metric, "dimensions", DIMENSION))
        if namespace == NAMESPACE and name in (AGE, VISIBLE):
            yield Watch(alarm, name, queue, certain)
        elif UNKNOWN in (namespace, name) and namespace in (NAMESPACE, UNKNOWN):
            possible = [each for each in (AGE, VISIBLE) if name in (each, UNKNOWN)]
            yield from (Watch(alarm, each, queue, certain=False) for each in possible)
