"""Rules on log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import retention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

LOG_RULES: Sequence[Rule] = (retention.RULE,)
