"""Every queue has an alarm on the age of its oldest message, every dead-letter queue one on its messages.

An alarm counts if it does something: with actions, and with actions not switched off. Alarms on metric math that uses
the metric count too.

Why: a queue that is stuck makes no error; the first to notice would be whoever misses the rows.

Mend: alarm on the metric, and send it to somebody::

    aws.cloudwatch.MetricAlarm("orders-age", namespace="AWS/SQS", metric_name="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": queue.name}, statistic="Maximum", threshold=600, period=60, evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold", alarm_actions=[topic.arn])

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN, at_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from references import Reference
    from stack_graph import StackGraph

NAMESPACE = "AWS/SQS"
AGE = "ApproximateAgeOfOldestMessage"
VISIBLE = "ApproximateNumberOfMessagesVisible"
DIMENSION = "QueueName"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield queues that nobody is told about."""
    watched: dict[str, set[Resource]] = {AGE: set(), VISIBLE: set()}
    maybe_watched: dict[str, set[Resource]] = {AGE: set(), VISIBLE: set()}
    for alarm in graph.of_type(types.METRIC_ALARM):
        if not _acts(alarm):
            continue
        for metric, target in _watched_queues(graph, alarm):
            if target.resource:
                watched[metric].add(target.resource)
            maybe_watched[metric].update(target.candidates)
    for queue in graph.queues:
        metric = VISIBLE if queue in graph.dead_letter_queues else AGE
        if queue in watched[metric]:
            continue
        if queue in maybe_watched[metric]:
            yield Undecided(queue, "name", f"whether an alarm on {metric} is for this queue")
        elif metric == AGE and queue in graph.possible_dead_letter_queues:
            yield Undecided(queue, "name", "whether it is a dead-letter queue, and so which alarm it needs")
        else:
            kind = "dead-letter queue" if metric == VISIBLE else "queue"
            yield Violation(queue, "name", f"no alarm with an action watches {metric} of this {kind}")


def _acts(alarm: Resource) -> bool:
    enabled, actions = alarm.setting("actionsEnabled"), alarm.setting("alarmActions")
    return enabled is not False and (actions is UNKNOWN or bool(actions))


def _watched_queues(graph: StackGraph, alarm: Resource) -> Iterator[tuple[str, Reference]]:
    queries = alarm.setting("metricQueries")
    metrics: list[tuple[str, Any, Any, Any]] = [
        (
            "dimensions",
            alarm.setting("namespace"),
            alarm.setting("metricName"),
            alarm.setting("dimensions", DIMENSION),
        )
    ]
    for query in queries if isinstance(queries, list) else ():
        metric = at_path(query, "metric")
        parts = (at_path(metric, "namespace"), at_path(metric, "metricName"), at_path(metric, "dimensions", DIMENSION))
        metrics.append(("metricQueries", *parts))
    for place, namespace, name, queue in metrics:
        if namespace == NAMESPACE and name in (AGE, VISIBLE):
            yield name, graph.resolve_value(alarm, types.QUEUE, place, queue)


RULE = StackRule(
    id="queue-alarms",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="OPS08-BP04; REL06-BP03",
    check=check,
)
