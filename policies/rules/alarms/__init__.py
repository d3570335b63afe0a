"""Rules on alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import queue_alarms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

ALARM_RULES: Sequence[Rule] = (queue_alarms.RULE,)
