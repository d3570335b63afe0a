"""S3 invokes a function only if the function's policy lets it, from this bucket and this account.

Upstream asks the policies of queues and topics but not of functions. AWS refuses such a notification configuration and
invokes nothing once the permission is gone.
https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html

Noticed when upstream no longer needs it: ``test_upstream_still_lets_any_bucket_invoke``.
"""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)


def apply() -> None:
    from ministack import app  # noqa: PLC0415 - reads the environment when imported
    from ministack.core import iam_evaluator  # noqa: PLC0415 - same
    from ministack.services import lambda_svc, s3  # noqa: PLC0415 - same

    upstream_validate = s3._validate_notification_configs  # noqa: SLF001
    upstream_deliver = s3._deliver_event_to_lambda  # noqa: SLF001

    def may_invoke(function_arn: str, bucket: str) -> bool:
        if not app.AUTH:
            return True
        policy = lambda_svc.function_policy_for_arn(function_arn)
        if policy is None:
            return False
        context = iam_evaluator.EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action="lambda:InvokeFunction",
            resource_arn=function_arn,
            region=function_arn.split(":")[3],
            secure_transport=True,
            service_context={
                "aws:sourcearn": f"arn:aws:s3:::{bucket}",
                "aws:sourceaccount": s3._bucket_owner_account(bucket) or "",  # noqa: SLF001
            },
        )
        decision = iam_evaluator.evaluate_resource_policy(policy[0], context, service="s3.amazonaws.com").decision
        return bool(decision == "Allow")

    def validate(configs: list[dict[str, Any]], region: str, bucket: str = "", skip: bool = False) -> Any:  # noqa: FBT001, FBT002 - upstream's own signature
        error = upstream_validate(configs, region, bucket, skip)
        if error or skip:
            return error
        refused = [cfg["arn"] for cfg in configs if cfg["type"] == "lambda" and not may_invoke(cfg["arn"], bucket)]
        if not refused:
            return None
        unable = "Unable to validate the following destination configurations: " + ", ".join(refused)
        return s3._invalid_notification_config(unable)  # noqa: SLF001

    def deliver(arn: str, event: dict[str, Any], region: str) -> None:
        bucket = event["Records"][0]["s3"]["bucket"]["name"]
        if may_invoke(arn, bucket):
            upstream_deliver(arn, event, region)
        else:
            logger.warning("S3: the policy of %s does not let bucket %s invoke it", arn, bucket)

    s3._validate_notification_configs = validate  # noqa: SLF001
    s3._deliver_event_to_lambda = deliver  # noqa: SLF001
