"""The CloudWatch dashboard: is it well, how much goes through, what is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Metric = list[Any]
WIDGET_WIDTH = 12
WIDGET_HEIGHT = 6
QUEUE_DEPTH = (
    "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
QUEUE_TRAFFIC = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "NumberOfEmptyReceives")
FUNCTION_HEALTH = ("Invocations", "Errors", "Throttles")


class PipelineDashboard(pulumi.ComponentResource):
    """Makes one ``aws.cloudwatch.Dashboard``.

    Args:
        queue, dead_letter_queues, functions: names of what it shows.

    Attributes:
        name: of the dashboard.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    def __init__(
        self,
        name: str,
        queue: pulumi.Input[str],
        dead_letter_queues: Mapping[str, pulumi.Input[str]],
        functions: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("inventory:index:PipelineDashboard", name, {}, opts)
        region = AwsPlace.current(self).region
        age = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue]]
        waiting = [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", dead_letter_queue, {"label": short}]
            for short, dead_letter_queue in dead_letter_queues.items()
        ]
        widgets: list[tuple[str, str, list[Metric]]] = [
            ("Oldest message (s)", "Maximum", age),
            ("Not applied: dead-letter queues", "Maximum", waiting),
            ("Queue depth", "Maximum", _queue_metrics(QUEUE_DEPTH, queue)),
            ("Queue traffic", "Sum", _queue_metrics(QUEUE_TRAFFIC, queue)),
        ]
        for short, function in functions.items():
            widgets += [
                (f"{short}: invocations", "Sum", _function_metrics(FUNCTION_HEALTH, function)),
                (f"{short}: duration (ms)", "p99", _function_metrics(("Duration",), function)),
            ]
        body = {"widgets": [_widget(place, region, *widget) for place, widget in enumerate(widgets)]}
        self.dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=pulumi.Output.concat(queue, "-dashboard"),
            dashboard_body=pulumi.Output.json_dumps(body),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = self.dashboard.dashboard_name
        self.register_outputs({"name": self.name})


def _queue_metrics(metrics: Sequence[str], queue: pulumi.Input[str]) -> list[Metric]:
    return [["AWS/SQS", metric, "QueueName", queue] for metric in metrics]


def _function_metrics(metrics: Sequence[str], function: pulumi.Input[str]) -> list[Metric]:
    return [["AWS/Lambda", metric, "FunctionName", function] for metric in metrics]


def _widget(
    place: int, region: pulumi.Input[str], title: str, statistic: str, metrics: Sequence[Metric]
) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": place % 2 * WIDGET_WIDTH,
        "y": place // 2 * WIDGET_HEIGHT,
        "width": WIDGET_WIDTH,
        "height": WIDGET_HEIGHT,
        "properties": {"title": title, "region": region, "stat": statistic, "period": 60, "metrics": list(metrics)},
    }
