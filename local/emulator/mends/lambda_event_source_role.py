"""An event source mapping reads its queue as the function's execution role.

Upstream reads any queue for any function. AWS refuses to make the mapping when the role may not call ReceiveMessage,
DeleteMessage or GetQueueAttributes; a mapping whose role loses them, or may not decrypt with the queue's key, reads no
more.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions

Noticed when upstream no longer needs it: ``test_upstream_still_reads_queues_for_any_function``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.emulator.mends.execution_role import role_may, role_may_now

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def apply() -> None:
    from ministack.core import responses  # noqa: PLC0415 - reads the environment when imported
    from ministack.services import lambda_svc  # noqa: PLC0415 - same

    upstream_create = lambda_svc._create_esm  # noqa: SLF001
    upstream_iterate = lambda_svc._iter_all_esms  # noqa: SLF001

    def missing(may: Any, function: dict[str, Any] | None, source_arn: str) -> str | None:
        if not function or ":sqs:" not in source_arn:
            return None
        return next((name for name in NEEDED if not may(function, f"sqs:{name}", source_arn)), None)

    def create(data: dict[str, Any]) -> Any:
        _, function, _ = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))  # noqa: SLF001
        lacks = missing(role_may, function, data.get("EventSourceArn", ""))
        if lacks:
            message = f"The provided execution role does not have permissions to call {lacks} on SQS"
            return responses.error_response_json("InvalidParameterValueException", message, 400)
        return upstream_create(data)

    def iterate() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for account, region, mapping in upstream_iterate():
            tokens = responses._request_account_id.set(account), responses._request_region.set(region)  # noqa: SLF001
            try:
                _, function = lambda_svc._get_func_record_for_qualifier(  # noqa: SLF001
                    mapping["FunctionName"], mapping.get("Qualifier")
                )
                lacks = missing(role_may_now, function, mapping.get("EventSourceArn", ""))
            finally:
                responses._request_account_id.reset(tokens[0])  # noqa: SLF001
                responses._request_region.reset(tokens[1])  # noqa: SLF001
            if lacks:
                mapping["LastProcessingResult"] = f"PROBLEM: the execution role may not call {lacks} on SQS"
            else:
                yield account, region, mapping

    lambda_svc._create_esm = create  # noqa: SLF001
    lambda_svc._iter_all_esms = iterate  # noqa: SLF001
