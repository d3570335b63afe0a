"""What an asynchronous invocation leaves at its destination is sent as the function's execution role.

Upstream puts it there whatever the role may do. AWS refuses the configuration when the role may not send to the
destination, and drops the record (metric ``DestinationDeliveryFailures``) when it may no longer.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

Noticed when upstream no longer needs it: ``test_upstream_still_delivers_failures_for_any_role``.
"""

from __future__ import annotations

import logging
from typing import Any

from local.emulator.mends.execution_role import role_may, role_may_now

ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}

logger = logging.getLogger(__name__)


def apply() -> None:
    from ministack.core import responses  # noqa: PLC0415 - reads the environment when imported
    from ministack.services import lambda_svc  # noqa: PLC0415 - same

    upstream_put = lambda_svc._put_event_invoke_config  # noqa: SLF001
    upstream_route = lambda_svc._route_async_failure  # noqa: SLF001

    def refused(may: Any, name: str, target_arn: str) -> str | None:
        """The action that the role of the function lacks."""
        function = (lambda_svc._functions.get(name) or {}).get("config")  # noqa: SLF001
        action = ACTIONS.get(target_arn.split(":")[2]) if target_arn.startswith("arn:") else None
        return action if function and action and not may(function, action, target_arn) else None

    def put(name: str, qualifier: str | None, data: dict[str, Any]) -> Any:
        for target in (data.get("DestinationConfig") or {}).values():
            arn = (target or {}).get("Destination", "")
            action = refused(role_may, name, arn)
            if action:
                called = action.partition(":")[2]
                message = f"The function's execution role doesn't have permissions to call {called} on {arn}"
                return responses.error_response_json("InvalidParameterValueException", message, 400)
        return upstream_put(name, qualifier, data)

    def route(target_arn: str, name: str, event: Any, result: Any) -> None:
        action = refused(role_may_now, name, target_arn)
        if action:
            logger.warning("Lambda %s: its role lacks %s on %s; the failure is dropped", name, action, target_arn)
        else:
            upstream_route(target_arn, name, event, result)

    lambda_svc._put_event_invoke_config = put  # noqa: SLF001
    lambda_svc._route_async_failure = route  # noqa: SLF001
