"""Alarms look at their own metric, period by period, and at what is missing.

Upstream mixes the metric's values of all dimensions (an alarm on one queue rings for another), knows neither
``DatapointsToAlarm`` nor ``TreatMissingData``, and looks only when somebody puts a metric. Here each alarm on a single
metric is judged as AWS describes, except that periods end now instead of at whole minutes; so are those on metric math
(``cloudwatch_metric_math.py``). ``sqs_metrics.py`` has them looked at regularly.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html

Noticed when upstream no longer needs it: ``test_upstream_still_rings_for_another_queue``.
"""

from __future__ import annotations

import operator
import time
from typing import Any

from local.emulator.mends.cloudwatch_metric_math import alarm_values

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
MISSING_MEANS = {"breaching": True, "notBreaching": False}


def apply() -> None:
    from ministack.services import cloudwatch  # noqa: PLC0415 - reads the environment when imported

    upstream = cloudwatch._evaluate_alarm  # noqa: SLF001

    def evaluate(alarm: dict[str, Any]) -> None:
        queries = alarm.get("Metrics")
        if not (alarm.get("MetricName") or queries) or alarm.get("ComparisonOperator") not in COMPARISONS:
            upstream(alarm)
            return
        values = (
            alarm_values(cloudwatch, queries, alarm.get("EvaluationPeriods", 1))
            if queries
            else _values(cloudwatch, alarm)
        )
        state, reason = judge(alarm, values)
        before = alarm["StateValue"]
        if state in {None, before}:
            return
        alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)  # noqa: SLF001
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)  # noqa: SLF001
        cloudwatch._evaluate_parent_alarms(alarm)  # noqa: SLF001

    cloudwatch._evaluate_alarm = evaluate  # noqa: SLF001


def judge(alarm: dict[str, Any], values: list[float | None]) -> tuple[str | None, str]:
    """The state that the values of the alarm's last periods mean, None for none missing; and why."""
    treat, needed = alarm.get("TreatMissingData") or "missing", alarm.get("DatapointsToAlarm") or len(values)
    there = [value for value in values if value is not None]
    if not there and treat not in MISSING_MEANS:
        return (None if treat == "ignore" else "INSUFFICIENT_DATA"), "Insufficient Data: no datapoints"
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    judged = [MISSING_MEANS.get(treat) if value is None else breaches(value, alarm["Threshold"]) for value in values]
    state = "ALARM" if judged.count(True) >= min(needed, len([each for each in judged if each is not None])) else "OK"
    return state, f"Threshold Crossed: {there} {alarm['ComparisonOperator']} {alarm['Threshold']}"


def _values(cloudwatch: Any, alarm: dict[str, Any]) -> list[float | None]:
    """The alarm's statistic in each of its last periods, newest first; None where there are no datapoints."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))  # noqa: SLF001
    points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []  # noqa: SLF001
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    period, now = alarm.get("Period", 60), time.time()
    values: list[float | None] = []
    for number in range(alarm.get("EvaluationPeriods", 1)):
        end = now - number * period
        within = [point for point in points if end - period < point["Timestamp"] <= end]
        stats = cloudwatch._calc_stats(within)  # noqa: SLF001
        values.append(cloudwatch._stat_value(stats, statistic, within) if within else None)  # noqa: SLF001
    return values
