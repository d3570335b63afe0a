"""Symmetric encryption keys are rotated.

Asymmetric and HMAC keys, and keys in a custom key store, cannot be rotated by KMS and pass.

Why: rotation limits how much is encrypted under one key, and costs nothing to those who use it.

Mend: switch it on::

    aws.kms.Key("queues", enable_key_rotation=True)

https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
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

PROPERTY = "enableKeyRotation"
SPEC, STORES = "customerMasterKeySpec", ("customKeyStoreId", "xksKeyId")
SYMMETRIC = ("SYMMETRIC_DEFAULT", None, "")


def check(key: Resource, _config: Config) -> Iterator[Finding]:
    """Yield a key that could be rotated and isn't."""
    enabled = key.setting(PROPERTY)
    if enabled is True or not _may_be_rotatable(key):
        return
    if enabled is UNKNOWN or key.setting(SPEC) is UNKNOWN:
        yield Undecided(key, PROPERTY, "whether the key is rotated")
    else:
        yield Violation(key, PROPERTY, "is not on: the key is never rotated")


def remediate(key: Resource, _config: Config) -> Mapping[str, Any] | None:
    """Switch rotation on."""
    undecided = UNKNOWN in (key.setting(PROPERTY), key.setting(SPEC))
    return {PROPERTY: True} if not undecided and any(True for _ in check(key, _config)) else None


def _may_be_rotatable(key: Resource) -> bool:
    spec = key.setting(SPEC)
    return (spec is UNKNOWN or spec in SYMMETRIC) and all(key.setting(store) in (None, "") for store in STORES)


RULE = ResourceRule(
    id="kms-rotation",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC08-BP01; Security Hub KMS.4",
    resource_types=types.KEY,
    check=check,
    remediate=remediate,
)
