"""Amazon SNS: topics, their policies and subscriptions.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import boolean, json_document, number, policy_document, string
from local.aws_provider.resource import Change, ResourceType, Tagging
from local.aws_provider.shapes import texts_from_aws, texts_to_aws

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_TOPIC = {
    "contentBasedDeduplication": boolean(default=False),
    "deliveryPolicy": json_document(),
    "displayName": string(),
    "fifoThroughputScope": string(computed=True, choices=("Topic", "MessageGroup")),
    "fifoTopic": boolean(default=False, immutable=True),
    "kmsMasterKeyId": string(),
    "policy": policy_document(computed=True),
    "signatureVersion": number(computed=True, within=(1, 2)),
    "tracingConfig": string(computed=True, choices=("Active", "PassThrough")),
}
_ONLY_OF_FIFO_TOPICS = ("fifoTopic", "contentBasedDeduplication", "fifoThroughputScope")
_OWNERS_ACTIONS = (
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
)


def _with_fifo_suffix(name: str, inputs: Properties) -> str:
    return f"{name}.fifo" if inputs.get("fifoTopic") and not name.endswith(".fifo") else name


_NAME = AutoName(longest=256, prefix_property="namePrefix", shape=_with_fifo_suffix)


def _attributes(inputs: Properties) -> dict[str, str]:
    given = {
        name: value for name, value in inputs.items() if inputs.get("fifoTopic") or name not in _ONLY_OF_FIFO_TOPICS
    }
    return texts_to_aws(_TOPIC, given)


def _create_topic(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "sns",
        "create_topic",
        Name=prefixed_name(inputs, _NAME),
        Attributes=_attributes(inputs),
        Tags=[{"Key": key, "Value": value} for key, value in inputs.get("tags", {}).items()] or None,
    )
    return str(made["TopicArn"])


def _topic_attributes(aws: Aws, arn: str) -> dict[str, str] | None:
    answer = aws.found("sns", "get_topic_attributes", TopicArn=arn)
    return None if answer is None else dict(answer["Attributes"])


def _read_topic(aws: Aws, arn: str, _: Properties) -> Properties | None:
    attributes = _topic_attributes(aws, arn)
    if attributes is None:
        return None
    return {
        "contentBasedDeduplication": False,
        "fifoTopic": False,
        **texts_from_aws(_TOPIC, attributes),
        "arn": arn,
        "name": arn.rsplit(":", 1)[1],
        "owner": attributes.get("Owner", arn.split(":")[4]),
    }


def _set_topic_attribute(aws: Aws, arn: str, name: str, value: str) -> None:
    aws.call("sns", "set_topic_attributes", TopicArn=arn, AttributeName=name, AttributeValue=value)


def _update_topic(aws: Aws, change: Change) -> None:
    wanted = _attributes(change.new)
    for name in sorted(change.changed & _TOPIC.keys()):
        in_aws = _TOPIC[name].aws_name(name)
        _set_topic_attribute(aws, change.id, in_aws, wanted.get(in_aws, ""))


TOPIC = ResourceType(
    token="aws:sns/topic:Topic",  # noqa: S106 - a Pulumi type token
    properties={
        **_TOPIC,
        "arn": string(output=True),
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "owner": string(output=True),
    },
    name=_NAME,
    create=_create_topic,
    read=_read_topic,
    update=_update_topic,
    delete=lambda aws, arn, _: aws.found("sns", "delete_topic", TopicArn=arn),
    tagging=Tagging(
        read=lambda aws, arn, _: {
            tag["Key"]: tag["Value"] for tag in aws.call("sns", "list_tags_for_resource", ResourceArn=arn)["Tags"]
        },
        add=lambda aws, arn, _, tags: aws.call(
            "sns", "tag_resource", ResourceArn=arn, Tags=[{"Key": key, "Value": tags[key]} for key in tags]
        ),
        remove=lambda aws, arn, _, keys: aws.call("sns", "untag_resource", ResourceArn=arn, TagKeys=keys),
    ),
)


def _put_policy(aws: Aws, arn: str, policy: str) -> str:
    _set_topic_attribute(aws, arn, "Policy", policy)
    return arn


def _read_policy(aws: Aws, arn: str, _: Properties) -> Properties | None:
    attributes = _topic_attributes(aws, arn)
    if attributes is None or not attributes.get("Policy"):
        return None
    return {"arn": arn, "owner": attributes.get("Owner", arn.split(":")[4]), "policy": attributes["Policy"]}


def _restore_policy(aws: Aws, arn: str, state: Properties) -> None:
    """Put back the policy that a topic is created with: a topic is never without one."""
    if _topic_attributes(aws, arn) is None:
        return
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(_OWNERS_ACTIONS),
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": state["owner"]}},
    }
    _put_policy(aws, arn, json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}))


TOPIC_POLICY = ResourceType(
    token="aws:sns/topicPolicy:TopicPolicy",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(required=True, immutable=True),
        "owner": string(output=True),
        "policy": policy_document(required=True),
    },
    create=lambda aws, inputs: _put_policy(aws, inputs["arn"], inputs["policy"]),
    read=_read_policy,
    update=lambda aws, change: _put_policy(aws, change.id, change.new["policy"]),
    delete=_restore_policy,
)


_SUBSCRIPTION = {
    "deliveryPolicy": json_document(),
    "filterPolicy": json_document(),
    "filterPolicyScope": string(computed=True, choices=("MessageAttributes", "MessageBody")),
    "rawMessageDelivery": boolean(default=False),
    "redrivePolicy": json_document(),
    "subscriptionRoleArn": string(),
}
_SUBSCRIPTION_OUTPUTS = {
    "confirmationWasAuthenticated": boolean(output=True),
    "pendingConfirmation": boolean(output=True),
}


def _subscribe(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "sns",
        "subscribe",
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes=texts_to_aws(_SUBSCRIPTION, inputs),
        ReturnSubscriptionArn=True,
    )
    return str(made["SubscriptionArn"])


def _read_subscription(aws: Aws, arn: str, _: Properties) -> Properties | None:
    answer = aws.found("sns", "get_subscription_attributes", SubscriptionArn=arn)
    if answer is None:
        return None
    attributes = answer["Attributes"]
    return {
        **texts_from_aws({**_SUBSCRIPTION, **_SUBSCRIPTION_OUTPUTS}, attributes),
        "arn": arn,
        "endpoint": attributes["Endpoint"],
        "ownerId": attributes.get("Owner", arn.split(":")[4]),
        "protocol": attributes["Protocol"],
        "topic": attributes["TopicArn"],
    }


def _update_subscription(aws: Aws, change: Change) -> None:
    wanted = texts_to_aws(_SUBSCRIPTION, change.new)
    for name in sorted(change.changed & _SUBSCRIPTION.keys()):
        in_aws = _SUBSCRIPTION[name].aws_name(name)
        aws.call(
            "sns",
            "set_subscription_attributes",
            SubscriptionArn=change.id,
            AttributeName=in_aws,
            AttributeValue=wanted.get(in_aws, ""),
        )


def _unsubscribe(aws: Aws, arn: str, _: Properties) -> None:
    try:
        aws.found("sns", "unsubscribe", SubscriptionArn=arn)
    except ClientError as error:
        if "pending confirmation" not in str(error):  # AWS drops those by itself after two days
            raise


TOPIC_SUBSCRIPTION = ResourceType(
    token="aws:sns/topicSubscription:TopicSubscription",  # noqa: S106 - a Pulumi type token
    properties={
        **_SUBSCRIPTION,
        **_SUBSCRIPTION_OUTPUTS,
        "arn": string(output=True),
        "confirmationTimeoutInMinutes": number(default=1, kept=True),
        "endpoint": string(required=True, immutable=True),
        "endpointAutoConfirms": boolean(default=False, kept=True),
        "ownerId": string(output=True),
        "protocol": string(
            required=True,
            immutable=True,
            choices=("sqs", "sms", "lambda", "firehose", "application", "http", "https", "email", "email-json"),
        ),
        "topic": string(required=True, immutable=True),
    },
    create=_subscribe,
    read=_read_subscription,
    update=_update_subscription,
    delete=_unsubscribe,
)
RESOURCE_TYPES = (TOPIC, TOPIC_POLICY, TOPIC_SUBSCRIPTION)
