"""Alarms and ``GetMetricData`` know metric math.

Upstream forgets the metric queries of an alarm and answers an expression with an error. Here an alarm keeps them and is
judged by the query that returns data (``cloudwatch_alarms.py``), and expressions are evaluated point by point.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html

Noticed when upstream no longer needs it: ``test_upstream_still_knows_no_metric_math``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from local.emulator.mends.metric_math import evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Query = dict[str, Any]


def apply() -> None:
    from ministack.services import cloudwatch  # noqa: PLC0415 - reads the environment when imported

    upstream_put, upstream_get = cloudwatch._put_metric_alarm, cloudwatch._get_metric_data  # noqa: SLF001

    def put_metric_alarm(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:  # noqa: FBT001, FBT002 - upstream's own signature
        answer = upstream_put(params, data, is_cbor, is_json)
        alarm = cloudwatch._alarms.get((data or {}).get("AlarmName"))  # noqa: SLF001
        if alarm and data.get("Metrics"):
            alarm["Metrics"] = data["Metrics"]
            for of_one_metric in ("Statistic", "Period"):
                alarm.pop(of_one_metric, None)
        return answer

    def get_metric_data(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:  # noqa: FBT001, FBT002 - same
        queries: list[Query] = (data or {}).get("MetricDataQueries", [])
        if not any(query.get("Expression") for query in queries):
            return upstream_get(params, data, is_cbor, is_json)
        start, end = (cloudwatch._parse_ts(data.get(name)) for name in ("StartTime", "EndTime"))  # noqa: SLF001
        found = {
            query["Id"]: _by_time(cloudwatch, query, start, end) for query in queries if not query.get("Expression")
        }
        for query in queries:
            if query.get("Expression"):
                found[query["Id"]] = _expressed(query["Expression"], found)
        results = [
            {
                "Id": query["Id"],
                "Label": query.get("Label", query["Id"]),
                "Timestamps": [cloudwatch._ts_iso(at) for at in sorted(found[query["Id"]])],  # noqa: SLF001
                "Values": [value for _, value in sorted(found[query["Id"]].items())],
                "StatusCode": "Complete",
            }
            for query in queries
            if query.get("ReturnData", True)
        ]
        if is_cbor:
            shown = [cloudwatch._cbor_metric_data_result(result) for result in results]  # noqa: SLF001
            return cloudwatch._cbor_ok({"MetricDataResults": shown})  # noqa: SLF001
        return cloudwatch._json_ok({"MetricDataResults": results})  # noqa: SLF001

    cloudwatch._put_metric_alarm = put_metric_alarm  # noqa: SLF001
    cloudwatch._get_metric_data = get_metric_data  # noqa: SLF001


def alarm_values(cloudwatch: Any, queries: Sequence[Query], periods: int) -> list[float | None]:
    """What an alarm with ``queries`` compares in each of its last periods, newest first; None without datapoints."""
    (compared,) = (query for query in queries if query.get("ReturnData", True))
    period = next(int(query["MetricStat"]["Period"]) for query in queries if query.get("MetricStat"))
    now = time.time()
    values: list[float | None] = []
    for number in range(periods):
        end = now - number * period
        measured = {query["Id"]: _measured(cloudwatch, query, end - period, end) for query in queries}
        values.append(
            evaluate(compared["Expression"], measured) if compared.get("Expression") else measured[compared["Id"]]
        )
    return values


def _measured(cloudwatch: Any, query: Query, start: float, end: float) -> float | None:
    if not query.get("MetricStat"):
        return None
    within = [point for point in _points(cloudwatch, query) if start < point["Timestamp"] <= end]
    return _statistic(cloudwatch, query, within) if within else None


def _by_time(cloudwatch: Any, query: Query, start: float | None, end: float | None) -> dict[int, float]:
    period = int(query["MetricStat"]["Period"])
    buckets: dict[int, list[Any]] = defaultdict(list)
    for point in _points(cloudwatch, query):
        if (start is None or point["Timestamp"] >= start) and (end is None or point["Timestamp"] < end):
            buckets[int(point["Timestamp"] // period) * period].append(point)
    values = {at: _statistic(cloudwatch, query, points) for at, points in buckets.items()}
    return {at: value for at, value in values.items() if value is not None}


def _expressed(expression: str, found: Mapping[str, Mapping[int, float]]) -> dict[int, float]:
    times = {at for series in found.values() for at in series}
    values = {at: evaluate(expression, {name: series.get(at) for name, series in found.items()}) for at in times}
    return {at: value for at, value in values.items() if value is not None}


def _points(cloudwatch: Any, query: Query) -> list[dict[str, Any]]:
    metric = query["MetricStat"]["Metric"]
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))  # noqa: SLF001
    return cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions)) or []  # noqa: SLF001


def _statistic(cloudwatch: Any, query: Query, points: list[Any]) -> float | None:
    value: float | None = cloudwatch._stat_value(cloudwatch._calc_stats(points), query["MetricStat"]["Stat"], points)  # noqa: SLF001
    return value
