"""Rules on buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import encrypted, https_only, notification_no_loop, public_access_blocked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

S3_RULES: Sequence[Rule] = (
    encrypted.RULE,
    https_only.RULE,
    notification_no_loop.RULE,
    public_access_blocked.RULE,
)
