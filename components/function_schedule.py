"""A function that runs again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace
from components.policy_documents import allow, policy_document, trust_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.least_privilege_function import LeastPrivilegeFunction

LATEST_START_SECONDS = 300
RETRIES = 2


@dataclass(frozen=True)
class FunctionScheduleArgs:
    """What a `FunctionSchedule` is made from.

    Attributes:
        function: what runs.
        schedule_expression: when, such as ``rate(5 minutes)`` or ``cron(0 3 * * ? *)``, in UTC.
        failures_arn: a queue that keeps the runs that failed for good; the function's role must be allowed to send.
    """

    tags: Mapping[str, str]
    function: LeastPrivilegeFunction
    schedule_expression: str
    failures_arn: pulumi.Input[str]


class FunctionSchedule(pulumi.ComponentResource):
    """Makes ``aws.scheduler.Schedule``, its ``aws.iam.Role`` that may invoke this function and nothing else.

    And an ``aws.lambda_.FunctionEventInvokeConfig``. The scheduler keeps schedules encrypted with a key of AWS's own;
    these carry no data. A run that fails is not repeated: the next one does the same.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """

    def __init__(self, name: str, args: FunctionScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:FunctionSchedule", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = AwsPlace.current(self)
        role = aws.iam.Role(
            name,
            assume_role_policy=trust_policy("scheduler.amazonaws.com", of_account=place.account_id),
            tags=dict(args.tags),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.id,
            policy=policy_document([allow("InvokeFunction", ["lambda:InvokeFunction"], args.function.arn)]),
            opts=child,
        )
        failures = aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-failures",
            function_name=args.function.name,
            maximum_retry_attempts=0,
            destination_config={"on_failure": {"destination": args.failures_arn}},
            # Lambda checks on the spot that the role may send to the destination.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.function.policy]),
        )
        self.schedule = aws.scheduler.Schedule(
            name,
            schedule_expression=args.schedule_expression,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": args.function.function.arn,
                "role_arn": place.role_arn(role.name),
                "retry_policy": {
                    "maximum_event_age_in_seconds": LATEST_START_SECONDS,
                    "maximum_retry_attempts": RETRIES,
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, failures]),
        )
        self.register_outputs({"name": self.schedule.name})
