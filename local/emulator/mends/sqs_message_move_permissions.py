"""Who may start, list and cancel message move tasks.

The queue of a task is named by its ARN or in the task's handle, where upstream doesn't look for it. Each call needs
its own permission on that queue and those to read it, and starting one needs ``sqs:SendMessage`` on the destination, or
on every source queue if messages go back to where they came from; with the keys of encrypted queues.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html

Noticed when upstream no longer needs it: ``test_upstream_still_lacks_message_move_tasks``.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from local.emulator.mends.sqs_move_handles import source_of

READING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
SUFFIXES = ("MessageMoveTask", "MessageMoveTasks")


@dataclass(frozen=True)
class Caller:
    """Who signed the request in work."""

    access_key_id: str
    region: str


_caller: ContextVar[Caller | None] = ContextVar("caller of the request in work", default=None)


def require(action: str, queue_arn: str) -> None:
    """Raise SQS's AccessDenied unless the caller of this request may do ``action`` on the queue.

    Anybody may where IAM is not enforced.
    """
    from ministack.core import iam_evaluator  # noqa: PLC0415 - reads the environment when imported
    from ministack.services import sqs  # noqa: PLC0415 - same

    caller = _caller.get()
    if caller and iam_evaluator.enforce(caller.access_key_id, action, "sqs", caller.region, queue_arn):
        raise sqs._Err("AccessDenied", f"The caller may not perform {action} on {queue_arn}", 403)  # noqa: SLF001


def apply() -> None:
    from ministack.core import iam_actions, iam_evaluator  # noqa: PLC0415 - reads the environment when imported

    upstream_resource = iam_actions.extract_resource_arn
    upstream_enforce = iam_evaluator.enforce

    def extract_resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        if service == "sqs" and headers.get("x-amz-target", "").endswith(SUFFIXES):
            named = _queue_named(body)
            if named:
                return named
        return str(upstream_resource(service, method, path, headers, body, *rest))

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any
    ) -> Any:
        denied = upstream_enforce(access_key_id, action, service, region, resource_arn, **more)
        if denied or service != "sqs":
            return denied
        _caller.set(Caller(access_key_id, region))
        if not action.endswith(SUFFIXES):
            return None
        for read in READING:
            if upstream_enforce(access_key_id, read, "sqs", region, resource_arn):
                return iam_evaluator.AuthError("AccessDenied", f"The caller may not perform {read} on {resource_arn}")
        return None

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_evaluator.enforce = enforce


def _queue_named(body: bytes) -> str | None:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return None
    return data.get("SourceArn") or source_of(data.get("TaskHandle", ""))
