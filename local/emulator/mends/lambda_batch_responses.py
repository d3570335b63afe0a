"""A batch response that doesn't make sense fails the whole batch, and one without failures is a success.

Upstream takes an item identifier that is empty, null or of no message for none at all, and deletes the batch: the failed
message is lost; and a null for the list of failures leaves the batch undone. AWS takes the former as the failure of all
messages, the latter as the success of all.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

Noticed when upstream no longer needs it: ``test_upstream_still_deletes_what_a_senseless_response_names``.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

REPORTS = "ReportBatchItemFailures"

_batch: ContextVar[frozenset[str] | None] = ContextVar("messages of the batch in work", default=None)


def apply() -> None:
    from ministack.services import lambda_svc  # noqa: PLC0415 - reads the environment when imported

    upstream_run = lambda_svc._run_sqs_batch  # noqa: SLF001
    upstream_execute = lambda_svc._execute_function  # noqa: SLF001

    def run(mapping: dict[str, Any], function: Any, event: dict[str, Any], *rest: Any) -> None:
        reports = REPORTS in mapping.get("FunctionResponseTypes", [])
        token = _batch.set(frozenset(record["messageId"] for record in event["Records"]) if reports else None)
        try:
            upstream_run(mapping, function, event, *rest)
        finally:
            _batch.reset(token)

    def execute(*arguments: Any, **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = upstream_execute(*arguments, **more)
        messages = _batch.get()
        body = result.get("body")
        if messages is None or result.get("error") or not isinstance(body, dict):
            return result
        failures = body.get("batchItemFailures") or []
        if _are_of(messages, failures):
            return result | {"body": {"batchItemFailures": failures}}
        wrong = {"errorType": "InvalidBatchResponse", "errorMessage": f"not failures of this batch: {failures}"}
        return result | {"error": True, "body": wrong}

    lambda_svc._run_sqs_batch = run  # noqa: SLF001
    lambda_svc._execute_function = execute  # noqa: SLF001


def _are_of(messages: frozenset[str], failures: Any) -> bool:
    """Whether each failure names a message."""
    try:
        return all(failure["itemIdentifier"] in messages for failure in failures)
    except (TypeError, KeyError):
        return False
