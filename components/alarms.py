"""Alarms on the pipeline, sent to one encrypted topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.names_and_arns import AwsPlace
from components.policy_documents import https_only, policy_document

if TYPE_CHECKING:
    from collections.abc import Mapping

PERIOD_SECONDS = 60


@dataclass(frozen=True)
class AlarmsArgs:
    """What is watched; the mappings go from a short name (part of the alarm's) to the resource's name.

    Attributes:
        queues: source queues; alarmed when their oldest message is older than ``age_alarm_seconds``.
        dead_letter_queues: alarmed as soon as they hold a message.
        functions: alarmed on errors and on throttles.
        email: a subscriber to the topic, or nothing; the address must confirm.
        key: encrypts the topic; None makes a key for it, because CloudWatch cannot publish to a topic that the AWS
            managed key of SNS encrypts.
    """

    tags: Mapping[str, str]
    age_alarm_seconds: int = 600
    queues: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    dead_letter_queues: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    functions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    email: str = ""
    key: EncryptionKey | None = None


class Alarms(pulumi.ComponentResource):
    """Makes ``aws.sns.Topic`` with policy, key and subscription, and an ``aws.cloudwatch.MetricAlarm`` for each watch.

    Attributes:
        topic: what the alarms are sent to.
        topic_arn: built from the topic's name, known at preview.
        metric_alarms: the alarms by their logical name.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:Alarms", name, {}, opts)
        self._name = name
        self._args = args
        place = AwsPlace.current(self)
        child = pulumi.ResourceOptions(parent=self)
        key = args.key or EncryptionKey(
            f"{name}-key",
            EncryptionKeyArgs(tags=args.tags, description="Encrypts the alarm topic of the pipeline", alarms=True),
            opts=child,
        )
        self.topic = aws.sns.Topic(name, kms_master_key_id=key.key_id, tags=dict(args.tags), opts=child)
        self.topic_arn = place.topic_arn(self.topic.name)
        aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=self.topic.arn,
            policy=policy_document(
                [
                    {
                        "Sid": "AlarmsOfThisAccount",
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": self.topic_arn,
                        "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
                    },
                    # SNS takes no wildcard for all its actions in a topic's policy.
                    https_only("sns", self.topic_arn) | {"Action": "sns:Publish"},
                ]
            ),
            opts=child,
        )
        if args.email:
            aws.sns.TopicSubscription(
                f"{name}-email", topic=self.topic.arn, protocol="email", endpoint=args.email, opts=child
            )
        self.metric_alarms = self._make_alarms()
        self.register_outputs({"topicArn": self.topic_arn})

    def _make_alarms(self) -> dict[str, aws.cloudwatch.MetricAlarm]:
        args = self._args
        alarms = {}
        for short, queue in args.queues.items():
            alarms[f"{short}-age"] = self._alarm(
                f"{short}-age",
                f"The oldest message of the queue waits longer than {args.age_alarm_seconds} s: rows are stuck.",
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                {"QueueName": queue},
                statistic="Maximum",
                threshold=args.age_alarm_seconds,
            )
        for short, queue in args.dead_letter_queues.items():
            alarms[f"{short}-not-empty"] = self._alarm(
                f"{short}-not-empty",
                "Messages wait in the dead-letter queue to be looked at and redriven.",
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": queue},
                statistic="Maximum",
                threshold=1,
            )
        for short, function in args.functions.items():
            for metric in ("Errors", "Throttles"):
                alarms[f"{short}-{metric.lower()}"] = self._alarm(
                    f"{short}-{metric.lower()}",
                    f"The function has {metric.lower()}.",
                    "AWS/Lambda",
                    metric,
                    {"FunctionName": function},
                    statistic="Sum",
                    threshold=1,
                )
        return alarms

    def _alarm(  # noqa: PLR0913 - the parts of an alarm
        self,
        short: str,
        description: str,
        namespace: str,
        metric_name: str,
        dimensions: Mapping[str, pulumi.Input[str]],
        *,
        statistic: str,
        threshold: int,
    ) -> aws.cloudwatch.MetricAlarm:
        actions: dict[str, Any] = {"alarm_actions": [self.topic_arn], "ok_actions": [self.topic_arn]}
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{short}",
            alarm_description=description,
            namespace=namespace,
            metric_name=metric_name,
            dimensions=dict(dimensions),
            statistic=statistic,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            tags=dict(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self),
            **actions,
        )
