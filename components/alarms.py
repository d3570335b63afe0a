"""Alarms on the pipeline, sent to one encrypted topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from components.encryption_key import AUTO_NAMED, EncryptionKey, EncryptionKeyArgs
from components.names_and_arns import AwsPlace
from components.policy_documents import https_only, policy_document
from components.watches import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.watches import Watch

RUNBOOKS = "docs/operating.md"


@dataclass(frozen=True)
class AlarmsArgs:
    """What is watched, and who is told.

    Attributes:
        watches: an alarm each; builders of them are in `components.watches`.
        unhealthy_alarm_name: of the alarm that is on while any other is.
        runbooks: address of the page with the runbooks; each alarm's description links to its section.
        email: a subscriber to the topic, or nothing; the address must confirm.
        key: encrypts the topic; None makes a key for it, because CloudWatch cannot publish to a topic that the AWS
            managed key of SNS encrypts.
    """

    tags: Mapping[str, str]
    watches: Sequence[Watch]
    unhealthy_alarm_name: pulumi.Input[str]
    runbooks: str = RUNBOOKS
    email: str = ""
    key: EncryptionKey | None = None


class Alarms(pulumi.ComponentResource):
    """Makes ``aws.sns.Topic`` with policy, key and subscription, an ``aws.cloudwatch.MetricAlarm`` for each watch.

    And an ``aws.cloudwatch.CompositeAlarm`` over all of them: one state that says whether all is well.

    Attributes:
        topic: what the alarms are sent to.
        topic_arn: built from the topic's name, known at preview.
        metric_alarms: the alarms by the short name of their watch.
        unhealthy: the composite alarm.
        arns: of all alarms, the composite one first; known at preview.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
    """

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:Alarms", name, {}, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        place = AwsPlace.current(self)
        self._make_topic(place)
        self.metric_alarms = {watch.short: self._alarm(watch) for watch in args.watches}
        self.unhealthy = self._composite_alarm()
        names = [self.unhealthy.alarm_name, *(alarm.name for alarm in self.metric_alarms.values())]
        self.arns = [place.alarm_arn(alarm_name) for alarm_name in names]
        self.register_outputs({"topicArn": self.topic_arn, "unhealthyAlarmName": self.unhealthy.alarm_name})

    def _make_topic(self, place: AwsPlace) -> None:
        name, args = self._name, self._args
        key = args.key or EncryptionKey(
            f"{name}-key",
            EncryptionKeyArgs(
                tags=args.tags,
                description="Encrypts the alarm topic of the pipeline",
                alarm_topics=[f"{name}-{AUTO_NAMED}"],
            ),
            opts=self._child,
        )
        self.topic = aws.sns.Topic(name, kms_master_key_id=key.key_id, tags=dict(args.tags), opts=self._child)
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
            opts=self._child,
        )
        if args.email:
            aws.sns.TopicSubscription(
                f"{name}-email", topic=self.topic.arn, protocol="email", endpoint=args.email, opts=self._child
            )

    def _alarm(self, watch: Watch) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{watch.short}",
            alarm_description=self._description(watch.means, watch.runbook),
            threshold=watch.threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            evaluation_periods=1,
            treat_missing_data="ignore" if watch.keeps_state else "notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            tags=dict(self._args.tags),
            opts=self._child,
            **_measured(watch),
        )

    def _composite_alarm(self) -> aws.cloudwatch.CompositeAlarm:
        rings = [pulumi.Output.concat('ALARM("', alarm.name, '")') for alarm in self.metric_alarms.values()]
        return aws.cloudwatch.CompositeAlarm(
            f"{self._name}-unhealthy",
            alarm_name=self._args.unhealthy_alarm_name,
            alarm_description=self._description("Something is wrong with the pipeline.", "the-pipeline-is-unhealthy"),
            alarm_rule=pulumi.Output.all(*rings).apply(" OR ".join),
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            tags=dict(self._args.tags),
            opts=self._child,
        )

    def _description(self, means: str, runbook: str) -> str:
        return f"{means} What to do: {self._args.runbooks}#{runbook}"


def _measured(watch: Watch) -> dict[str, Any]:
    """What the alarm looks at: one metric, or metric math over several."""
    if isinstance(watch.metric, Metric):
        metric = watch.metric
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": dict(metric.dimensions),
            "statistic": metric.statistic,
            "period": metric.period_seconds,
        }
    parts = [
        {
            "id": identity,
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": dict(metric.dimensions),
                "stat": metric.statistic,
                "period": metric.period_seconds,
            },
        }
        for identity, metric in watch.metric.items()
    ]
    whole = {"id": "watched", "expression": watch.expression, "label": watch.short, "return_data": True}
    return {"metric_queries": [*parts, whole]}
