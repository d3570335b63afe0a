"""Amazon CloudWatch Logs: log groups.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import boolean, number, string
from local.aws_provider.resource import Change, ResourceType, Tagging

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_NAME = AutoName(longest=512, prefix_property="namePrefix")


def _create(aws: Aws, inputs: Properties) -> str:
    name = str(prefixed_name(inputs, _NAME))
    aws.call(
        "logs",
        "create_log_group",
        logGroupName=name,
        kmsKeyId=inputs.get("kmsKeyId"),
        logGroupClass=inputs.get("logGroupClass"),
        tags=inputs.get("tags"),
    )
    return name


def _set_retention(aws: Aws, name: str, inputs: Properties) -> None:
    if days := inputs.get("retentionInDays"):
        aws.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)


def _read(aws: Aws, name: str, _: Properties) -> Properties | None:
    for page in aws.pages("logs", "describe_log_groups", logGroupNamePrefix=name):
        for group in page["logGroups"]:
            if group["logGroupName"] == name:
                return {
                    "name": name,
                    "arn": group["arn"].removesuffix(":*"),
                    "kmsKeyId": group.get("kmsKeyId", ""),
                    "logGroupClass": group.get("logGroupClass", "STANDARD"),
                    "retentionInDays": group.get("retentionInDays", 0),
                }
    return None


def _update(aws: Aws, change: Change) -> None:
    if change.has("retentionInDays"):
        if change.new.get("retentionInDays"):
            _set_retention(aws, change.id, change.new)
        else:
            aws.call("logs", "delete_retention_policy", logGroupName=change.id)
    if change.has("kmsKeyId"):
        if key := change.new.get("kmsKeyId"):
            aws.call("logs", "associate_kms_key", logGroupName=change.id, kmsKeyId=key)
        else:
            aws.call("logs", "disassociate_kms_key", logGroupName=change.id)


def _delete(aws: Aws, name: str, state: Properties) -> None:
    if not state.get("skipDestroy"):
        aws.found("logs", "delete_log_group", logGroupName=name)


LOG_GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "kmsKeyId": string(),
        "logGroupClass": string(computed=True, immutable=True, choices=("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")),
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "retentionInDays": number(default=0),
        "skipDestroy": boolean(default=False, kept=True),
    },
    name=_NAME,
    create=_create,
    finish=_set_retention,
    read=_read,
    update=_update,
    delete=_delete,
    tagging=Tagging(
        read=lambda aws, _, state: aws.call("logs", "list_tags_for_resource", resourceArn=state["arn"])["tags"],
        add=lambda aws, _, state, tags: aws.call("logs", "tag_resource", resourceArn=state["arn"], tags=tags),
        remove=lambda aws, _, state, keys: aws.call("logs", "untag_resource", resourceArn=state["arn"], tagKeys=keys),
    ),
)
RESOURCE_TYPES = (LOG_GROUP,)
