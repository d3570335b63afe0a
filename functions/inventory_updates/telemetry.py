"""Whose metrics these are."""

from __future__ import annotations

import os


def own_dimensions() -> dict[str, str]:
    """Return the dimensions of this function's metrics: without its name, two pipelines in one account would add up.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    return {"FunctionName": name} if name else {}
