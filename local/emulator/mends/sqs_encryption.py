"""Who sends to or receives from a queue encrypted with a customer-managed key must be allowed to use the key.

Upstream stores the queue's ``KmsMasterKeyId`` and asks nobody. AWS asks KMS in the caller's name: producers need
``kms:GenerateDataKey`` and ``kms:Decrypt``, consumers ``kms:Decrypt``. Keys that AWS manages (``alias/aws/sqs``) are open
to the account through the service.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html

Noticed when upstream no longer needs it: ``test_upstream_still_asks_nobody_for_a_queues_key``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KEY_ACTIONS = {
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
}


@dataclass(frozen=True)
class KeyUse:
    """One call of KMS that SQS makes in the caller's name; ``context`` has the condition keys in lower case."""

    action: str
    key_arn: str
    context: dict[str, str]


def key_uses(action: str, queue_arn: str) -> list[KeyUse]:
    """What ``action`` on the queue asks of its key; nothing if SQS or AWS manages the key."""
    from ministack.services import kms, sqs  # noqa: PLC0415 - reads the environment when imported

    queue = sqs._queue_by_arn(queue_arn) if action in KEY_ACTIONS else None  # noqa: SLF001
    key_id = (queue or {}).get("attributes", {}).get("KmsMasterKeyId", "")
    key = None if "alias/aws/" in key_id else kms._resolve_key(key_id)  # noqa: SLF001
    if not key:
        return []
    region, account = queue_arn.split(":")[3:5]
    context = {
        "kms:viaservice": f"sqs.{region}.amazonaws.com",
        "kms:calleraccount": account,
        "kms:encryptioncontext:aws:sqs:arn": queue_arn,
    }
    return [KeyUse(name, key["Arn"], context) for name in KEY_ACTIONS[action]]


def apply() -> None:
    from ministack.core import iam_evaluator  # noqa: PLC0415 - reads the environment when imported

    upstream = iam_evaluator.enforce

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any
    ) -> Any:
        denied = upstream(access_key_id, action, service, region, resource_arn, **more)
        if denied or service != "sqs":
            return denied
        for use in key_uses(action, resource_arn):
            if upstream(access_key_id, use.action, "kms", region, use.key_arn, service_context=use.context):
                return iam_evaluator.AuthError(
                    "KMS.AccessDeniedException",
                    f"The caller is not authorized to perform: {use.action} on resource: {use.key_arn}",
                )
        return None

    iam_evaluator.enforce = enforce
