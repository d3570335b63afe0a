"""Queues are encrypted with a KMS key of one's own, and data keys are used again only for a bounded time.

Off by default: SSE-SQS is enough for most; switch it on where keys must be controlled or audited.

Why: only one's own key has a policy that says who may read the messages, and can be disabled or audited by itself.

Mend: name the key::

    aws.sqs.Queue("orders", kms_master_key_id=key.arn, kms_data_key_reuse_period_seconds=300)

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import EnforcementLevel, ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.numbers import number_or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

AWS_MANAGED_KEY = "alias/aws/sqs"
REUSE_PERIOD, DEFAULT_REUSE_PERIOD_SECONDS = "kmsDataKeyReusePeriodSeconds", 300
SHORTEST_REUSE_PERIOD_SECONDS = 60


def check(queue: Resource, config: Config) -> Iterator[Finding]:
    """Yield what keeps a queue from being encrypted by a key of one's own."""
    key = queue.setting("kmsMasterKeyId")
    if key is None or key == "":
        yield Violation(queue, "kmsMasterKeyId", "no KMS key is named")
        return
    if isinstance(key, str) and key.endswith(AWS_MANAGED_KEY):
        yield Violation(queue, "kmsMasterKeyId", f"is {key}, the key that AWS manages")
    period, most = number_or(queue.setting(REUSE_PERIOD), DEFAULT_REUSE_PERIOD_SECONDS), config["maximumReuseSeconds"]
    if period is UNKNOWN:
        yield Undecided(queue, REUSE_PERIOD, "how long data keys are used again")
    elif not SHORTEST_REUSE_PERIOD_SECONDS <= period <= most:
        allowed = f"{SHORTEST_REUSE_PERIOD_SECONDS} to {most:,g} s"
        yield Violation(queue, REUSE_PERIOD, f"is {period} s, not within {allowed}")


RULE = ResourceRule(
    id="sqs-customer-managed-key",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC08-BP01",
    level=EnforcementLevel.DISABLED,
    resource_types=types.QUEUE,
    config={
        "maximumReuseSeconds": {
            "type": "integer",
            "minimum": 60,
            "maximum": 86400,
            "default": 86400,
            "description": "The longest time in which SQS may use a data key again",
        }
    },
    check=check,
)
