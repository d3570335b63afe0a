"""Every invocation counts in the function's metrics: those of event sources and asynchronous ones too.

Upstream counts what is invoked directly, and asynchronous invocations as successes before they run, so that an alarm on
errors never rings for a pipeline. AWS counts each attempt with its error and duration; throttles are no invocations.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

Noticed when upstream no longer needs it: ``test_upstream_still_counts_no_errors_of_events``.
"""

from __future__ import annotations

import time
from typing import Any


def apply() -> None:
    from ministack.services import cloudwatch, lambda_svc  # noqa: PLC0415 - reads the environment when imported

    upstream = lambda_svc._execute_function_dispatch  # noqa: SLF001

    def execute(function: dict[str, Any], config: dict[str, Any], *rest: Any) -> Any:
        started = time.monotonic()
        result = upstream(function, config, *rest)
        milliseconds = (time.monotonic() - started) * 1000
        record(config["FunctionName"], "Invocations", 1)
        record(config["FunctionName"], "Errors", int(bool(result.get("error"))))
        record(config["FunctionName"], "Duration", milliseconds, "Milliseconds")
        return result

    def emit(name: str, duration_ms: float, error: bool, throttle: bool) -> None:  # noqa: ARG001, FBT001 - upstream's own signature
        """Only throttles are left to count, where they happen: the caller that reports one again has a duration."""
        if throttle and not duration_ms:
            record(name, "Throttles", 1)

    def record(name: str, metric: str, value: float, unit: str = "Count") -> None:
        cloudwatch.record_metric("AWS/Lambda", metric, value, unit, {"FunctionName": name})

    lambda_svc._execute_function_dispatch = execute  # noqa: SLF001
    lambda_svc._emit_lambda_metrics = emit  # noqa: SLF001
