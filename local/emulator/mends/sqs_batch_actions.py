"""Batch calls of SQS are authorised as the single action.

Upstream asks the policies for ``sqs:SendMessageBatch``. AWS has no such permission: a batch call is allowed by the
permission for its single form.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html

Noticed when upstream no longer needs it: ``test_upstream_still_asks_for_batch_permissions``.
"""

from __future__ import annotations

from typing import Any

BATCH_SUFFIX = "Batch"


def apply() -> None:
    from ministack.core import iam_actions  # noqa: PLC0415 - reads the environment when imported

    upstream = iam_actions.extract_iam_action

    def extract_iam_action(service: str, *request: Any) -> str | None:
        action: str | None = upstream(service, *request)
        return action.removesuffix(BATCH_SUFFIX) if action and service == "sqs" else action

    iam_actions.extract_iam_action = extract_iam_action
