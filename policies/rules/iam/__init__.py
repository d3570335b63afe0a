"""Rules on roles and identity policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import no_wildcard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

IAM_RULES: Sequence[Rule] = (no_wildcard.RULE,)
