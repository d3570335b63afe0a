"""What the emulator lacks or does otherwise than AWS, mended before it starts; each mend in a file of its own."""

from __future__ import annotations

from local.emulator.mends import (
    cloudwatch_alarms,
    cloudwatch_metric_math,
    dynamodb_partiql_actions,
    iam_policy_variables,
    iam_principal_arn,
    kms_key_uses,
    lambda_batch_responses,
    lambda_batches,
    lambda_destination_role,
    lambda_embedded_metrics,
    lambda_event_source_role,
    lambda_log_role,
    lambda_mapping_limits,
    lambda_metrics,
    lambda_runtime_packages,
    s3_invocation_permission,
    s3_version_ranges,
    sqs_batch_actions,
    sqs_batch_system_attributes,
    sqs_message_move_permissions,
    sqs_message_moves,
    sqs_metrics,
    sqs_queue_policy,
    sqs_redrive_allow,
)

MENDS = (
    cloudwatch_alarms,
    cloudwatch_metric_math,
    dynamodb_partiql_actions,
    iam_policy_variables,
    iam_principal_arn,
    kms_key_uses,
    lambda_batch_responses,
    lambda_batches,
    lambda_destination_role,
    lambda_embedded_metrics,
    lambda_event_source_role,
    lambda_log_role,
    lambda_mapping_limits,
    lambda_metrics,
    lambda_runtime_packages,
    s3_invocation_permission,
    s3_version_ranges,
    sqs_batch_actions,
    sqs_batch_system_attributes,
    sqs_message_move_permissions,
    sqs_message_moves,
    sqs_metrics,
    sqs_queue_policy,
    sqs_redrive_allow,
)


def apply_mends() -> None:
    """Apply them once, before the emulator starts; each wraps what the ones before it left."""
    for mend in MENDS:
        mend.apply()
