"""Rules on queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    customer_managed_key,
    dead_letter_queue,
    dlq_redrive_allow,
    dlq_retention,
    encrypted_at_rest,
    fifo_deduplication,
    https_only,
    least_privilege_policy,
    long_polling,
    no_public_access,
    retention_bounds,
    visibility_timeout,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

SQS_RULES: Sequence[Rule] = (
    encrypted_at_rest.RULE,
    customer_managed_key.RULE,
    https_only.RULE,
    no_public_access.RULE,
    least_privilege_policy.RULE,
    dead_letter_queue.RULE,
    dlq_redrive_allow.RULE,
    dlq_retention.RULE,
    visibility_timeout.RULE,
    long_polling.RULE,
    retention_bounds.RULE,
    fifo_deduplication.RULE,
)
