"""A function logs as its execution role.

Upstream writes to any log group and makes the missing ones. AWS needs ``logs:CreateLogStream`` and
``logs:PutLogEvents`` on the function's group, and ``logs:CreateLogGroup`` if it is not there; without them the function
runs and nothing is logged. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html

Noticed when upstream no longer needs it: ``test_upstream_still_logs_for_any_role``.
"""

from __future__ import annotations

import logging
from typing import Any

from local.emulator.mends.execution_role import role_may

logger = logging.getLogger(__name__)


def apply() -> None:
    from ministack.services import cloudwatch_logs, lambda_svc  # noqa: PLC0415 - reads the environment when imported

    upstream = lambda_svc._emit_lambda_logs  # noqa: SLF001

    def emit(function: dict[str, Any], *rest: Any, **more: Any) -> None:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        group_arn = cloudwatch_logs._make_group_arn(group).removesuffix(":*")  # noqa: SLF001
        needed = ["logs:CreateLogStream", "logs:PutLogEvents"]
        if group not in cloudwatch_logs._log_groups:  # noqa: SLF001
            needed.append("logs:CreateLogGroup")
        lacks = [action for action in needed if not role_may(config, action, f"{group_arn}:log-stream:x")]
        if lacks:
            logger.warning("Lambda %s: its role lacks %s on %s", config.get("FunctionName"), lacks, group_arn)
        else:
            upstream(function, *rest, **more)

    lambda_svc._emit_lambda_logs = emit  # noqa: SLF001
