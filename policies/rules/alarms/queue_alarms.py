"""Every queue has an alarm on the age of its oldest message, every dead-letter queue one on its messages.

An alarm counts if it can go off and then does something: on high values, with actions that aren't switched off, its own
or those of a composite alarm. Alarms on metric math that uses the metric count too. A threshold that is not below the
queue's retention never goes off: the messages are deleted before.

Why: a queue that is stuck makes no error; the first to notice would be whoever misses the rows.

Mend: alarm on the metric, and send it to somebody::

    aws.cloudwatch.MetricAlarm("orders-age", namespace="AWS/SQS", metric_name="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": queue.name}, statistic="Maximum", threshold=600, period=60, evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold", alarm_actions=[topic.arn])

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import days, number_or, whole_number
from rules.sqs.defaults import RETENTION_SECONDS

from .watching import AGE, VISIBLE, is_about_high_values, watches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield queues that nobody is told about, and alarms that never go off."""
    watched: dict[str, set[Resource]] = defaultdict(set)
    maybe_watched: dict[str, set[Resource]] = defaultdict(set)
    for watch in watches(graph):
        if not is_about_high_values(watch.alarm):
            continue
        if watch.queue.resource and watch.certain:
            watched[watch.metric].add(watch.queue.resource)
            if watch.metric == AGE:
                yield from _never_goes_off(watch.alarm, watch.queue.resource)
        maybe_watched[watch.metric].update([watch.queue.resource] if watch.queue.resource else watch.queue.candidates)
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


def _never_goes_off(alarm: Resource, queue: Resource) -> Iterator[Finding]:
    if alarm.setting("metricName") != AGE:  # metric math may scale the age
        return
    threshold = whole_number(alarm.setting("threshold"))
    retention = number_or(queue.setting("messageRetentionSeconds"), RETENTION_SECONDS)
    if threshold is UNKNOWN or (retention is UNKNOWN and threshold is not None):
        holder, name = (alarm, "threshold") if threshold is UNKNOWN else (queue, "messageRetentionSeconds")
        yield Undecided(holder, name, "whether the alarm can go off before messages are deleted")
    elif isinstance(threshold, int) and isinstance(retention, int) and threshold >= retention:
        problem = f"is {days(threshold)}, but queue '{queue.name}' deletes messages after {days(retention)}"
        yield Violation(alarm, "threshold", problem)


RULE = StackRule(
    id="queue-alarms",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="OPS08-BP04; REL06-BP03",
    check=check,
)
