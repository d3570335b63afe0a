"""All rules of the pack, listed explicitly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .abac import ABAC_RULES
from .sqs import SQS_RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

RULES: Sequence[Rule] = (*SQS_RULES, *ABAC_RULES)
