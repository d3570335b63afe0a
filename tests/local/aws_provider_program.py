"""A Pulumi program that has one of every type that the stand-in provider carries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Variation:
    """What differs from one run of the program to the next.

    Attributes:
        visibility_timeout_seconds, memory_size_mebibytes, team, code, alarm_threshold: changed in place.
        fifo, hash_key: changing them replaces the queue and the table.
    """

    visibility_timeout_seconds: int = 30
    memory_size_mebibytes: int = 128
    team: str = "orders"
    code: str = "def handler(event, context):\n    return 1\n"
    alarm_threshold: int = 600
    fifo: bool = True
    hash_key: str = "product_id"


def policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    return policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def program(variation: Variation) -> None:
    """Declare every type once, connected as a pipeline would be."""
    account = aws.get_caller_identity().account_id
    partition, region = aws.get_partition().partition, aws.get_region().region
    tags = {"team": variation.team}
    queues(variation, tags, f"arn:{partition}:sqs:{region}:{account}")
    pulumi.export("account", account)


def queues(variation: Variation, tags: dict[str, str], arn_prefix: str) -> None:
    account = arn_prefix.rsplit(":", 1)[1]
    key = aws.kms.Key("key", description="queues", enable_key_rotation=True, deletion_window_in_days=7, tags=tags)
    aws.kms.Alias("key", target_key_id=key.key_id)
    dead_letters = aws.sqs.Queue("dead-letters", message_retention_seconds=1_209_600, tags=tags)
    orders = aws.sqs.Queue(
        "orders",
        kms_master_key_id=key.arn,
        visibility_timeout_seconds=variation.visibility_timeout_seconds,
        redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": 3}),
        tags=tags,
    )
    aws.sqs.RedriveAllowPolicy(
        "dead-letters",
        queue_url=dead_letters.url,
        redrive_allow_policy=pulumi.Output.json_dumps(
            {"redrivePermission": "byQueue", "sourceQueueArns": [orders.arn]}
        ),
    )
    aws.sqs.QueuePolicy(
        "orders",
        queue_url=orders.url,
        policy=orders.name.apply(
            lambda name: policy(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": f"{arn_prefix}:{name}",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            )
        ),
    )
    replaced = aws.sqs.Queue("replaced", fifo_queue=variation.fifo, tags=tags)
    topic = alarms(variation, orders, account, tags)
    table(variation, tags)
    bucket = uploads(tags)
    function = consumer(variation, orders, dead_letters, bucket, account, tags)
    schedule(function, tags)
    for name, value in {
        "queue": orders.name,
        "url": orders.url,
        "arn": orders.arn,
        "id": orders.id,
        "replaced": replaced.name,
        "bucket": bucket.bucket,
        "function": function.name,
        "topic": topic.arn,
        "tags": orders.tags_all,
    }.items():
        pulumi.export(name, value)


def alarms(variation: Variation, queue: aws.sqs.Queue, account: str, tags: dict[str, str]) -> aws.sns.Topic:
    topic = aws.sns.Topic("alarms", kms_master_key_id="alias/aws/sns", tags=tags)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    aws.sns.TopicPolicy(
        "alarms", arn=topic.arn, policy=topic.arn.apply(lambda arn: policy({**statement, "Resource": arn}))
    )
    aws.sns.TopicSubscription("alarms", topic=topic.arn, protocol="email", endpoint="on-call@example.com")
    age = aws.cloudwatch.MetricAlarm(
        "age",
        namespace="AWS/SQS",
        metric_name="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": queue.name},
        statistic="Maximum",
        period=60,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=variation.alarm_threshold,
        treat_missing_data="notBreaching",
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        tags=tags,
    )
    aws.cloudwatch.CompositeAlarm(
        "unhealthy",
        alarm_name="unhealthy",
        alarm_rule=pulumi.Output.format("ALARM({0})", age.name),
        alarm_actions=[topic.arn],
        tags=tags,
    )
    widget = {"type": "metric", "width": 12, "height": 6, "properties": {"title": "Messages"}}
    aws.cloudwatch.Dashboard(
        "board",
        dashboard_name="board",
        dashboard_body=queue.name.apply(
            lambda name: json.dumps(
                {
                    "widgets": [
                        {**widget, "metrics": [["AWS/SQS", "NumberOfMessagesSent", "QueueName", name]]},
                    ]
                }
            )
        ),
    )
    return topic


def table(variation: Variation, tags: dict[str, str]) -> None:
    aws.dynamodb.Table(
        "inventory",
        attributes=[{"name": "product_id", "type": "S"}, {"name": "location", "type": "S"}],
        hash_key=variation.hash_key,
        range_key="location" if variation.hash_key == "product_id" else "product_id",
        billing_mode="PAY_PER_REQUEST",
        point_in_time_recovery={"enabled": True},
        server_side_encryption={"enabled": True},
        ttl={"attribute_name": "expires_at", "enabled": True},
        tags=tags,
    )


def uploads(tags: dict[str, str]) -> aws.s3.Bucket:
    bucket = aws.s3.Bucket("uploads", force_destroy=True, tags=tags)
    aws.s3.BucketPublicAccessBlock(
        "uploads",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketOwnershipControls("uploads", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"})
    aws.s3.BucketVersioning("uploads", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    encryption: aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict = {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms"},
        "bucket_key_enabled": True,
    }
    aws.s3.BucketServerSideEncryptionConfiguration("uploads", bucket=bucket.id, rules=[encryption])
    expiry: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "expire",
        "status": "Enabled",
        "filter": {"prefix": "uploads/"},
        "expiration": {"days": 7},
        "noncurrent_version_expiration": {"noncurrent_days": 1},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
    }
    aws.s3.BucketLifecycleConfiguration("uploads", bucket=bucket.id, rules=[expiry])
    aws.s3.BucketPolicy(
        "uploads",
        bucket=bucket.id,
        policy=bucket.bucket.apply(
            lambda name: policy(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            )
        ),
    )
    return bucket


def consumer(  # noqa: PLR0913, PLR0917 - what a consumer is connected to
    variation: Variation,
    queue: aws.sqs.Queue,
    dead_letters: aws.sqs.Queue,
    bucket: aws.s3.Bucket,
    account: str,
    tags: dict[str, str],
) -> aws.lambda_.Function:
    role = aws.iam.Role("consumer", assume_role_policy=trust("lambda.amazonaws.com"), tags=tags)
    receive = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]}
    rights = aws.iam.RolePolicy(
        "receive", role=role.name, policy=queue.arn.apply(lambda arn: policy({**receive, "Resource": arn}))
    )
    give_up = {"Effect": "Allow", "Action": "sqs:SendMessage"}
    right_to_give_up = aws.iam.RolePolicy(
        "give-up", role=role.name, policy=dead_letters.arn.apply(lambda arn: policy({**give_up, "Resource": arn}))
    )
    trace = {"Effect": "Allow", "Action": ["xray:PutTraceSegments"], "Resource": "*"}
    traces = aws.iam.Policy("traces", policy=policy(trace), tags=tags)
    aws.iam.RolePolicyAttachment("traces", role=role.name, policy_arn=traces.arn)
    group = aws.cloudwatch.LogGroup("consumer", retention_in_days=14, tags=tags)
    function = aws.lambda_.Function(
        "consumer",
        role=role.arn,
        handler="consumer.handler",
        runtime="python3.13",
        architectures=["arm64"],
        memory_size=variation.memory_size_mebibytes,
        timeout=5,
        code=pulumi.AssetArchive({"consumer.py": pulumi.StringAsset(variation.code)}),
        environment={"variables": {"QUEUE_URL": queue.url}},
        tracing_config={"mode": "Active"},
        logging_config={"log_format": "JSON", "log_group": group.name},
        tags=tags,
    )
    aws.lambda_.EventSourceMapping(
        "orders",
        event_source_arn=queue.arn,
        function_name=function.arn,
        batch_size=10,
        maximum_batching_window_in_seconds=1,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximum_concurrency": 5},
        tags=tags,
        opts=pulumi.ResourceOptions(depends_on=[rights]),
    )
    permission = aws.lambda_.Permission(
        "uploads",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="s3.amazonaws.com",
        source_arn=bucket.arn,
        source_account=account,
    )
    aws.s3.BucketNotification(
        "uploads",
        bucket=bucket.id,
        lambda_functions=[
            {
                "lambda_function_arn": function.arn,
                "events": ["s3:ObjectCreated:*"],
                "filter_prefix": "uploads/",
            }
        ],
        opts=pulumi.ResourceOptions(depends_on=[permission]),
    )
    aws.lambda_.FunctionEventInvokeConfig(
        "consumer",
        function_name=function.name,
        maximum_retry_attempts=1,
        destination_config={"on_failure": {"destination": dead_letters.arn}},
        opts=pulumi.ResourceOptions(depends_on=[right_to_give_up]),
    )
    return function


def schedule(function: aws.lambda_.Function, tags: dict[str, str]) -> None:
    role = aws.iam.Role("schedule", assume_role_policy=trust("scheduler.amazonaws.com"), tags=tags)
    aws.scheduler.Schedule(
        "hourly",
        schedule_expression="rate(1 hour)",
        flexible_time_window={"mode": "OFF"},
        state="DISABLED",
        target={"arn": function.arn, "role_arn": role.arn, "input": "{}"},
    )
