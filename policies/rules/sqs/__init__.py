"""Rules on queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import encrypted_at_rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

SQS_RULES: Sequence[Rule] = (encrypted_at_rest.RULE,)
