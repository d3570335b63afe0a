"""A dead-letter queue is taken only by the source queues that its redrive-allow policy lets.

Upstream stores the policy and takes any source. AWS refuses a redrive policy that names a queue which doesn't allow it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html

Noticed when upstream no longer needs it: ``test_upstream_still_takes_any_source_queue``.
"""

from __future__ import annotations

import json
from typing import Any


def apply() -> None:
    from ministack.services import sqs  # noqa: PLC0415 - reads the environment when imported

    upstream_create = sqs._act_create_queue  # noqa: SLF001
    upstream_set = sqs._act_set_queue_attributes  # noqa: SLF001

    def check(source_arn: str, redrive_policy: str | None) -> None:
        try:
            target = json.loads(redrive_policy or "{}")["deadLetterTargetArn"]
        except (ValueError, KeyError, TypeError):
            return  # malformed ones are refused upstream
        dead_letter_queue = sqs._queue_by_arn(str(target))  # noqa: SLF001
        allow = json.loads((dead_letter_queue or {}).get("attributes", {}).get("RedriveAllowPolicy") or "{}")
        if not _allows(allow, source_arn):
            refused = (
                f"Value {redrive_policy} for parameter RedrivePolicy is invalid. Reason: {target} does not allow it."
            )
            raise sqs._Err("InvalidParameterValue", refused)  # noqa: SLF001

    def create(data: dict[str, Any], url: str) -> Any:
        arn = f"arn:aws:sqs:{sqs.get_region()}:{sqs.get_account_id()}:{data.get('QueueName')}"
        check(arn, (data.get("Attributes") or {}).get("RedrivePolicy"))
        return upstream_create(data, url)

    def set_attributes(data: dict[str, Any], url: str) -> Any:
        queue = sqs._get_q(data.get("QueueUrl", url))  # noqa: SLF001
        check(queue["attributes"]["QueueArn"], (data.get("Attributes") or {}).get("RedrivePolicy"))
        return upstream_set(data, url)

    sqs._HANDLERS.update({"CreateQueue": create, "SetQueueAttributes": set_attributes})  # noqa: SLF001


def _allows(policy: dict[str, Any], source_arn: str) -> bool:
    permission = policy.get("redrivePermission", "allowAll")
    if permission == "byQueue":
        return source_arn in policy.get("sourceQueueArns", [])
    return bool(permission == "allowAll")
