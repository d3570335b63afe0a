"""Amazon CloudWatch: metric alarms, composite alarms and dashboards.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName
from local.aws_provider.properties import (
    an_object,
    boolean,
    json_document,
    number,
    set_of,
    string,
    string_map,
    string_set,
)
from local.aws_provider.resource import Change, ResourceType, Tagging
from local.aws_provider.shapes import from_aws, to_aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties, Value

_TAGGING = Tagging(
    read=lambda aws, _, state: {
        tag["Key"]: tag["Value"]
        for tag in aws.call("cloudwatch", "list_tags_for_resource", ResourceARN=state["arn"])["Tags"]
    },
    add=lambda aws, _, state, tags: aws.call(
        "cloudwatch", "tag_resource", ResourceARN=state["arn"], Tags=_listed("Key", tags)
    ),
    remove=lambda aws, _, state, keys: aws.call("cloudwatch", "untag_resource", ResourceARN=state["arn"], TagKeys=keys),
)
_ACTIONS = {
    "alarmActions": string_set(),
    "alarmDescription": string(),
    "insufficientDataActions": string_set(),
    "okActions": string_set(aws="OKActions"),
}
_METRIC = {
    "dimensions": string_map(),
    "metricName": string(required=True),
    "namespace": string(),
    "period": number(required=True),
    "stat": string(required=True),
    "unit": string(),
}
_QUERY = {
    "accountId": string(),
    "expression": string(),
    "id": string(required=True),
    "label": string(),
    "period": number(),
    "returnData": boolean(default=False),
}
_ALARM = {
    **_ACTIONS,
    "actionsEnabled": boolean(default=True),
    "comparisonOperator": string(required=True),
    "datapointsToAlarm": number(),
    "evaluateLowSampleCountPercentiles": string(
        computed=True, choices=("evaluate", "ignore"), aws="EvaluateLowSampleCountPercentile"
    ),
    "evaluationPeriods": number(required=True),
    "extendedStatistic": string(),
    "metricName": string(),
    "name": string(computed=True, immutable=True, aws="AlarmName"),
    "namespace": string(),
    "period": number(),
    "statistic": string(choices=("SampleCount", "Average", "Sum", "Minimum", "Maximum")),
    "threshold": number(),
    "thresholdMetricId": string(),
    "treatMissingData": string(default="missing", choices=("missing", "ignore", "breaching", "notBreaching")),
    "unit": string(),
}


def _listed(key: str, values: dict[str, str] | None) -> list[dict[str, str]]:
    return [{key: name, "Value": value} for name, value in (values or {}).items()]


def _dimensions(listed: list[dict[str, str]] | None) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in listed or []}


def query_to_aws(query: Properties) -> Properties:
    """Return one of an alarm's metric queries as the AWS API has it."""
    wanted = to_aws(_QUERY, {"returnData": False, **query})
    if metric := query.get("metric"):
        wanted["MetricStat"] = {
            "Metric": {
                "MetricName": metric["metricName"],
                "Namespace": metric.get("namespace", ""),
                "Dimensions": _listed("Name", metric.get("dimensions")),
            },
            **to_aws({name: _METRIC[name] for name in ("period", "stat", "unit")}, metric),
        }
    return wanted


def query_from_aws(answer: Properties) -> Properties:
    """Return one of an alarm's metric queries as Pulumi has it."""
    found = from_aws(_QUERY, answer)
    if statistic := answer.get("MetricStat"):
        metric = {**statistic, **statistic["Metric"]}
        found["metric"] = {**from_aws(_METRIC, metric), "dimensions": _dimensions(metric.get("Dimensions"))}
    return found


def _put_alarm(aws: Aws, name: str, inputs: Properties, tags: Value) -> str:
    aws.call(
        "cloudwatch",
        "put_metric_alarm",
        Dimensions=_listed("Name", inputs.get("dimensions")) or None,
        Metrics=[query_to_aws(query) for query in inputs.get("metricQueries", [])] or None,
        Tags=_listed("Key", tags) or None,
        **to_aws(_ALARM, {**inputs, "name": name}),
    )
    return name


def _described(aws: Aws, kind: str, name: str) -> Properties | None:
    answer = aws.call("cloudwatch", "describe_alarms", AlarmNames=[name], AlarmTypes=[kind])
    return next(iter(answer.get(f"{kind}s", [])), None)


def _read_alarm(aws: Aws, name: str, _: Properties) -> Properties | None:
    alarm = _described(aws, "MetricAlarm", name)
    return alarm and {
        **from_aws(_ALARM, alarm),
        "arn": alarm["AlarmArn"],
        "dimensions": _dimensions(alarm.get("Dimensions")),
        "metricQueries": [query_from_aws(query) for query in alarm.get("Metrics", [])],
    }


def _delete_alarm(aws: Aws, name: str, _: Properties) -> None:
    aws.found("cloudwatch", "delete_alarms", AlarmNames=[name])


def _put_again(put: Callable[[Aws, str, Properties, Value], object]) -> Callable[[Aws, Change], None]:
    """Return an update that writes the whole alarm, if more than its tags (which have calls of their own) changed."""

    def update(aws: Aws, change: Change) -> None:
        put(aws, change.id, change.new, None)

    return update


METRIC_ALARM = ResourceType(
    token="aws:cloudwatch/metricAlarm:MetricAlarm",  # noqa: S106 - a Pulumi type token
    properties={
        **_ALARM,
        "arn": string(output=True),
        "dimensions": string_map(),
        "metricQueries": set_of({**_QUERY, "metric": an_object(members=_METRIC)}),
    },
    name=AutoName(longest=255),
    create=lambda aws, inputs: _put_alarm(aws, inputs["name"], inputs, inputs.get("tags")),
    read=_read_alarm,
    update=_put_again(_put_alarm),
    delete=_delete_alarm,
    tagging=_TAGGING,
)


_COMPOSITE = {
    **_ACTIONS,
    "actionsEnabled": boolean(default=True, immutable=True),
    "alarmName": string(required=True, immutable=True),
    "alarmRule": string(required=True),
}
_SUPPRESSOR = {
    "alarm": string(required=True, aws="ActionsSuppressor"),
    "extensionPeriod": number(required=True, aws="ActionsSuppressorExtensionPeriod"),
    "waitPeriod": number(required=True, aws="ActionsSuppressorWaitPeriod"),
}


def _put_composite(aws: Aws, name: str, inputs: Properties, tags: Value) -> str:
    aws.call(
        "cloudwatch",
        "put_composite_alarm",
        Tags=_listed("Key", tags) or None,
        **to_aws(_COMPOSITE, inputs),
        **to_aws(_SUPPRESSOR, inputs.get("actionsSuppressor", {})),
    )
    return name


def _read_composite(aws: Aws, name: str, _: Properties) -> Properties | None:
    alarm = _described(aws, "CompositeAlarm", name)
    if alarm is None:
        return None
    suppressor = {"actionsSuppressor": from_aws(_SUPPRESSOR, alarm)} if alarm.get("ActionsSuppressor") else {}
    return {**from_aws(_COMPOSITE, alarm), **suppressor, "arn": alarm["AlarmArn"]}


COMPOSITE_ALARM = ResourceType(
    token="aws:cloudwatch/compositeAlarm:CompositeAlarm",  # noqa: S106 - a Pulumi type token
    properties={**_COMPOSITE, "actionsSuppressor": an_object(members=_SUPPRESSOR), "arn": string(output=True)},
    create=lambda aws, inputs: _put_composite(aws, inputs["alarmName"], inputs, inputs.get("tags")),
    read=_read_composite,
    update=_put_again(_put_composite),
    delete=_delete_alarm,
    tagging=_TAGGING,
)


def _put_dashboard(aws: Aws, inputs: Properties) -> str:
    name = str(inputs["dashboardName"])
    aws.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=inputs["dashboardBody"])
    return name


def _read_dashboard(aws: Aws, name: str, _: Properties) -> Properties | None:
    answer = aws.found("cloudwatch", "get_dashboard", DashboardName=name)
    return answer and {
        "dashboardArn": answer["DashboardArn"],
        "dashboardBody": answer["DashboardBody"],
        "dashboardName": name,
    }


DASHBOARD = ResourceType(
    token="aws:cloudwatch/dashboard:Dashboard",  # noqa: S106 - a Pulumi type token
    properties={
        "dashboardArn": string(output=True),
        "dashboardBody": json_document(required=True),
        "dashboardName": string(required=True, immutable=True),
    },
    create=_put_dashboard,
    read=_read_dashboard,
    update=lambda aws, change: _put_dashboard(aws, change.new),
    delete=lambda aws, name, _: aws.found("cloudwatch", "delete_dashboards", DashboardNames=[name]),
)
RESOURCE_TYPES = (METRIC_ALARM, COMPOSITE_ALARM, DASHBOARD)
