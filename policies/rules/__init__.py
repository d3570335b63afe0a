"""All rules of the pack, listed explicitly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .abac import ABAC_RULES
from .alarms import ALARM_RULES
from .dynamodb import DYNAMODB_RULES
from .functions import FUNCTION_RULES
from .iam import IAM_RULES
from .kms import KMS_RULES
from .logs import LOG_RULES
from .s3 import S3_RULES
from .sns import SNS_RULES
from .sqs import SQS_RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossguard.rule import Rule

RULES: Sequence[Rule] = (
    *SQS_RULES,
    *ABAC_RULES,
    *FUNCTION_RULES,
    *IAM_RULES,
    *LOG_RULES,
    *S3_RULES,
    *DYNAMODB_RULES,
    *KMS_RULES,
    *SNS_RULES,
    *ALARM_RULES,
)
