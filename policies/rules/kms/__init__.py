"""Rules on keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import no_public_key_policy, rotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

KMS_RULES: Sequence[Rule] = (
    no_public_key_policy.RULE,
    rotation.RULE,
)
