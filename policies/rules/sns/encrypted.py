"""Topics are encrypted with a KMS key.

Why: what an alarm says of a system in trouble is of use to others too; CloudWatch can publish only to topics whose key
lets it, which the AWS managed key does not.

Mend: name a key whose policy lets CloudWatch use it::

    aws.sns.Topic("alarms", kms_master_key_id=key.key_id)

https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "kmsMasterKeyId"


def check(topic: Resource, _config: Config) -> Iterator[Finding]:
    """Yield a topic without a key; an unknown key id is a key."""
    key = topic.setting(PROPERTY)
    if key is not UNKNOWN and not str(key or "").strip():
        yield Violation(topic, PROPERTY, "is not set: messages are stored in clear")


RULE = ResourceRule(
    id="sns-encrypted",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC08-BP02; Security Hub SNS.1",
    resource_types=types.TOPIC,
    check=check,
)
