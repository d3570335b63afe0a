"""Queues are encrypted at rest, explicitly: with SSE-SQS or with SSE-KMS.

An unknown key id is a key. Asking for both kinds at once, an empty key id and an explicit ``false`` are violations.

Why: messages are stored on disk; AWS encrypts new queues by default, but a queue that was made before, or whose
encryption somebody switched off, stays in clear unless the program says otherwise.

Mend: switch SSE-SQS on, or name a KMS key::

    aws.sqs.Queue("orders", sqs_managed_sse_enabled=True)
    aws.sqs.Queue("orders", kms_master_key_id="alias/aws/sqs")

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding


def check(queue: Resource, _config: Config) -> Iterator[Finding]:
    """Yield what is wrong with a queue's encryption."""
    managed, key = queue.setting("sqsManagedSseEnabled"), queue.setting("kmsMasterKeyId")
    if isinstance(key, str) and not key.strip():
        yield Violation(queue, "kmsMasterKeyId", "the key id is empty, which names no key")
    elif key is not None and managed is True:
        yield Violation(queue, "sqsManagedSseEnabled", "SSE-SQS and SSE-KMS are both asked for; SQS takes only one")
    elif key is None and managed is UNKNOWN:
        yield Undecided(queue, "sqsManagedSseEnabled", "whether SSE-SQS is on")
    elif key is None and managed is False:
        yield Violation(queue, "sqsManagedSseEnabled", "encryption is switched off")
    elif key is None and managed is not True:
        yield Violation(queue, "sqsManagedSseEnabled", "neither SSE-SQS nor a KMS key is asked for")


def remediate(queue: Resource, _config: Config) -> Mapping[str, Any] | None:
    """Switch SSE-SQS on where no key is named."""
    key = queue.setting("kmsMasterKeyId")
    if key is None or (isinstance(key, str) and not key.strip()):
        wanted = {"sqsManagedSseEnabled": True, "kmsMasterKeyId": None}
        return wanted if queue.setting("sqsManagedSseEnabled") is not True or key is not None else None
    return None


RULE = ResourceRule(
    id="sqs-encrypted-at-rest",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC08-BP02; Security Hub SQS.1",
    resource_types=types.QUEUE,
    check=check,
    remediate=remediate,
)
