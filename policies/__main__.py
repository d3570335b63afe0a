"""The policy pack as the Pulumi engine starts it: ``pulumi preview --policy-pack policies``."""

from __future__ import annotations

from crossguard.service import Pack, serve
from rules import RULES

serve(
    Pack(
        name="sqs-well-architected",
        description="AWS Well-Architected practices for Amazon SQS and the pipeline around it",
        rules=RULES,
    )
)
