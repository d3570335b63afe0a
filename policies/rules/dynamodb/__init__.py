"""Rules on tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import encrypted, point_in_time_recovery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

DYNAMODB_RULES: Sequence[Rule] = (
    encrypted.RULE,
    point_in_time_recovery.RULE,
)
