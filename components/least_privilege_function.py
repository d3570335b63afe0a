"""A Lambda function with a role, a log group and a policy that no other function shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace
from components.policy_documents import Statement, policy_document, trust_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RUNTIME = "python3.13"


class ExecutionRole(pulumi.ComponentResource):
    """The role that one function runs as; made before the function, so that queue and key policies can name it.

    Makes one ``aws.iam.Role``.

    Attributes:
        role, name: the resource and its name.
        arn: built from the name, known at preview.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """

    def __init__(self, name: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:ExecutionRole", name, {}, opts)
        self.role = aws.iam.Role(
            name,
            assume_role_policy=trust_policy("lambda.amazonaws.com"),
            tags=dict(tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = self.role.name
        self.arn = AwsPlace.current(self).role_arn(self.role.name)
        self.register_outputs({"name": self.name, "arn": self.arn})


@dataclass(frozen=True)
class LeastPrivilegeFunctionArgs:
    """What a `LeastPrivilegeFunction` is made from.

    Attributes:
        role: its own; a role given to two functions gives each the rights of both.
        archive: the zip file with the code and its dependencies.
        handler: ``package.module.function``.
        architecture: ``arm64`` or ``x86_64``.
        environment: environment variables; never secrets, they are readable by whoever may read the function.
        statements: what the function may do, besides writing its own log and traces.
        invokes_itself: let it start further invocations of itself.
    """

    tags: Mapping[str, str]
    role: ExecutionRole
    archive: Path
    handler: str
    timeout_seconds: int
    memory_megabytes: int
    architecture: str = "arm64"
    log_retention_days: int = 30
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    invokes_itself: bool = False


class LeastPrivilegeFunction(pulumi.ComponentResource):
    """Makes ``aws.cloudwatch.LogGroup``, ``aws.iam.RolePolicy`` and ``aws.lambda_.Function`` (traced, logs as JSON).

    Attributes:
        function, name: the resource and its name.
        arn: built from the name, known at preview.
        log_group: where it logs.
        policy: wait for it (``depends_on``) before making anything that needs the function's rights.

    https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
    """

    def __init__(self, name: str, args: LeastPrivilegeFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:LeastPrivilegeFunction", name, {}, opts)
        place = AwsPlace.current(self)
        child = pulumi.ResourceOptions(parent=self)
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs", retention_in_days=args.log_retention_days, tags=dict(args.tags), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=args.role.role.id,
            policy=policy_document(
                [_write_log(place.log_group_arn(self.log_group.name)), _write_traces(), *args.statements]
            ),
            opts=child,
        )
        self.function = aws.lambda_.Function(
            name,
            role=args.role.arn,
            runtime=RUNTIME,
            architectures=[args.architecture],
            handler=args.handler,
            code=pulumi.FileArchive(str(args.archive)),
            timeout=args.timeout_seconds,
            memory_size=args.memory_megabytes,
            environment={"variables": dict(args.environment)},
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": self.log_group.name},
            tags=dict(args.tags),
            # Tracing is refused to a role that may not write traces.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.policy]),
        )
        self.name = self.function.name
        self.arn = place.function_arn(self.function.name)
        if args.invokes_itself:
            aws.iam.RolePolicy(
                f"{name}-invokes-itself",
                role=args.role.role.id,
                policy=policy_document([_invoke(self.arn)]),
                opts=child,
            )
        self.register_outputs({"name": self.name, "arn": self.arn})


def _write_log(log_group_arn: pulumi.Output[str]) -> Statement:
    return {
        "Sid": "WriteOwnLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": pulumi.Output.concat(log_group_arn, ":*"),
    }


def _write_traces() -> Statement:
    return {
        "Sid": "WriteTraces",
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": "*",  # X-Ray has no resources to name
    }


def _invoke(function_arn: pulumi.Output[str]) -> Statement:
    return {
        "Sid": "InvokeItself",
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn,
    }
