"""Rules on functions and their event source mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    async_failure_destination,
    event_source_maximum_concurrency,
    event_source_partial_batch,
    no_secrets_in_environment,
    own_role,
    supported_runtime,
    tracing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

FUNCTION_RULES: Sequence[Rule] = (
    event_source_partial_batch.RULE,
    event_source_maximum_concurrency.RULE,
    own_role.RULE,
    tracing.RULE,
    supported_runtime.RULE,
    async_failure_destination.RULE,
    no_secrets_in_environment.RULE,
)
