"""A queue's policy is judged once, with all that is known of the caller.

Upstream judges it at the gate, and again inside SQS with neither the caller's tags nor any other key, so that a Deny
with ``StringNotEquals`` on ``aws:PrincipalTag/…`` or ``Null`` shuts out those that it spares. AWS knows one request
context. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

The second check stays for callers of other accounts.

Noticed when upstream no longer needs it: ``test_upstream_still_forgets_the_callers_tags``.
"""

from __future__ import annotations

from typing import Any


def apply() -> None:
    from ministack.services import sqs  # noqa: PLC0415 - reads the environment when imported

    upstream = sqs._enforce_queue_policy  # noqa: SLF001

    def enforce_queue_policy(queue: dict[str, Any], action: str) -> None:
        owner, _ = sqs._owner_from_queue_arn(queue["attributes"].get("QueueArn", ""))  # noqa: SLF001
        if owner != sqs.get_account_id():
            upstream(queue, action)

    sqs._enforce_queue_policy = enforce_queue_policy  # noqa: SLF001
