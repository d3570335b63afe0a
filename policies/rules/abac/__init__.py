"""Rules on tags and on access by tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import required_tags, tag_condition, tag_on_create

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

ABAC_RULES: Sequence[Rule] = (required_tags.RULE, tag_on_create.RULE, tag_condition.RULE)
