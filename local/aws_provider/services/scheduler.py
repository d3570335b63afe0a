"""Amazon EventBridge Scheduler: schedules.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import an_object, number, string
from local.aws_provider.resource import Change, ResourceType
from local.aws_provider.shapes import from_aws, to_aws

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_SCHEDULE = {
    "actionAfterCompletion": string(computed=True, choices=("NONE", "DELETE")),
    "description": string(),
    "flexibleTimeWindow": an_object(
        required=True,
        members={
            "maximumWindowInMinutes": number(within=(1, 1440)),
            "mode": string(required=True, choices=("OFF", "FLEXIBLE")),
        },
    ),
    "groupName": string(computed=True, immutable=True),
    "kmsKeyArn": string(),
    "scheduleExpression": string(required=True),
    "scheduleExpressionTimezone": string(default="UTC"),
    "state": string(default="ENABLED", choices=("ENABLED", "DISABLED")),
    "target": an_object(
        required=True,
        members={
            "arn": string(required=True),
            "deadLetterConfig": an_object(members={"arn": string(required=True)}),
            "input": string(),
            "retryPolicy": an_object(
                computed=True,
                members={
                    "maximumEventAgeInSeconds": number(default=86_400, within=(60, 86_400)),
                    "maximumRetryAttempts": number(default=185, within=(0, 185)),
                },
            ),
            "roleArn": string(required=True),
            "sqsParameters": an_object(members={"messageGroupId": string()}),
        },
    ),
}
_NAME = AutoName(longest=64, prefix_property="namePrefix")
_DEFAULT_GROUP = "default"


def _create(aws: Aws, inputs: Properties) -> str:
    name = str(prefixed_name(inputs, _NAME))
    aws.call("scheduler", "create_schedule", Name=name, **to_aws(_SCHEDULE, inputs))
    return f"{inputs.get('groupName', _DEFAULT_GROUP)}/{name}"


def _group_and_name(resource_id: str) -> dict[str, str]:
    group, name = resource_id.split("/", 1)
    return {"GroupName": group, "Name": name}


def _read(aws: Aws, resource_id: str, _: Properties) -> Properties | None:
    answer = aws.found("scheduler", "get_schedule", **_group_and_name(resource_id))
    return answer and {
        "groupName": _DEFAULT_GROUP,
        **from_aws(_SCHEDULE, answer),
        "arn": answer["Arn"],
        "name": answer["Name"],
    }


def _update(aws: Aws, change: Change) -> None:
    wanted = to_aws(_SCHEDULE, change.new)
    aws.call("scheduler", "update_schedule", **{**wanted, **_group_and_name(change.id)})


SCHEDULE = ResourceType(
    token="aws:scheduler/schedule:Schedule",  # noqa: S106 - a Pulumi type token
    properties={
        **_SCHEDULE,
        "arn": string(output=True),
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
    },
    name=_NAME,
    create=_create,
    read=_read,
    update=_update,
    delete=lambda aws, resource_id, _: aws.found("scheduler", "delete_schedule", **_group_and_name(resource_id)),
)
RESOURCE_TYPES = (SCHEDULE,)
