"""Rules on topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import encrypted, https_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

SNS_RULES: Sequence[Rule] = (
    encrypted.RULE,
    https_only.RULE,
)
