"""Metrics that a function writes into its log become metrics.

Upstream keeps such lines as text. AWS reads log lines in the embedded metric format and publishes what they hold.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Noticed when upstream no longer needs it: ``test_upstream_still_leaves_embedded_metrics_in_the_log``.
"""

from __future__ import annotations

import json
from typing import Any


def apply() -> None:
    from ministack.services import cloudwatch, lambda_svc  # noqa: PLC0415 - reads the environment when imported

    upstream = lambda_svc._emit_lambda_logs  # noqa: SLF001

    def emit(function: dict[str, Any], request_id: str, log_text: str, *rest: Any, **more: Any) -> None:
        upstream(function, request_id, log_text, *rest, **more)
        for line in (log_text or "").splitlines():
            if '"_aws"' in line:
                _publish(cloudwatch, line)

    lambda_svc._emit_lambda_logs = emit  # noqa: SLF001


def _publish(cloudwatch: Any, line: str) -> None:
    try:
        document = json.loads(line)
        directives = document["_aws"]["CloudWatchMetrics"]
        for directive in directives:
            for names in directive["Dimensions"]:
                dimensions = {name: str(document[name]) for name in names}
                for metric in directive["Metrics"]:
                    values = document[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        unit = metric.get("Unit", "None")
                        cloudwatch.record_metric(directive["Namespace"], metric["Name"], value, unit, dimensions)
    except (ValueError, KeyError, TypeError):
        return  # AWS leaves a line that it can't read in the log, too
