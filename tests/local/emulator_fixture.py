"""What the emulator's tests make in it: queues, callers, roles, functions. Every name is used once."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from local.emulator.launcher import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.emulator.launcher import RunningEmulator

Statement = dict[str, Any]
Found = TypeVar("Found")
WAIT_SECONDS = 30.0

LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
READING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:8]}"


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def wait_for(look: Callable[[], Found | None], what: str) -> Found:
    """Look until there is something; fail with ``what`` was awaited after 30 seconds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"in vain: {what}")


def queue(emulator: RunningEmulator, **attributes: str) -> tuple[str, str]:
    """Make a queue; return its URL and ARN."""
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName=unique("q"), Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def make_bucket(emulator: RunningEmulator) -> str:
    """Make a bucket that keeps versions; return its name."""
    s3, bucket = emulator.client("s3"), unique("b")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": emulator.region})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def make_table(emulator: RunningEmulator, **more: Any) -> tuple[str, str]:
    """Make a table with the key ``id``; return its name and ARN."""
    name = unique("table")
    description = emulator.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    return name, description["TableDescription"]["TableArn"]


def bodies(emulator: RunningEmulator, url: str) -> list[str]:
    """Receive what is visible in a queue, without waiting."""
    answer = emulator.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def user(emulator: RunningEmulator, *actions: str) -> Credentials:
    """Make an IAM user that may do ``actions`` anywhere."""
    iam, name = emulator.client("iam"), unique("u")
    iam.create_user(UserName=name)
    if actions:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(allow(*actions)))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@dataclass(frozen=True)
class Role:
    """A role for functions and for the account's own calls."""

    emulator: RunningEmulator
    name: str
    arn: str

    @staticmethod
    def make(emulator: RunningEmulator, *statements: Statement, **tags: str) -> Role:
        name = unique("role")
        trusted = {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{emulator.account_id}:root"}
        trust = document({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"})
        arn = emulator.client("iam").create_role(
            RoleName=name,
            Path="/pipeline/",
            AssumeRolePolicyDocument=trust,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["Role"]["Arn"]
        role = Role(emulator, name, arn)
        role.may(*statements)
        return role

    def may(self, *statements: Statement) -> None:
        """Replace what it may do."""
        iam = self.emulator.client("iam")
        if statements:
            iam.put_role_policy(RoleName=self.name, PolicyName="p", PolicyDocument=document(*statements))
        elif iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=self.name, PolicyName="p")

    def credentials(self) -> Credentials:
        answer = self.emulator.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="test")["Credentials"]
        return Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    def client(self, service: str) -> Any:
        return self.emulator.client(service, self.credentials())


def function(  # noqa: PLR0913 - what functions differ in
    emulator: RunningEmulator,
    role: Role,
    code: str,
    *,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: int = 30,
    log_group: str | None = None,
) -> tuple[str, str]:
    """Make a function of one module with ``handler(event, context)``; return its name and ARN."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("module.py", code)
    name = unique("f")
    more: dict[str, Any] = {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": log_group}} if log_group else {}
    arn = emulator.client("lambda").create_function(
        FunctionName=name,
        Role=role.arn,
        Runtime="python3.13",
        Handler="module.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=timeout_seconds,
        Environment={"Variables": dict(environment or {})},
        **more,
    )["FunctionArn"]
    return name, arn


def logged(emulator: RunningEmulator, group: str) -> str:
    """All that a log group holds; nothing if there is no such group."""
    logs = emulator.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return ""
    return "\n".join(event["message"] for event in logs.filter_log_events(logGroupName=group)["events"])


def permit(emulator: RunningEmulator, name: str, bucket: str, account: str) -> None:
    """Let S3 invoke a function for a bucket of an account."""
    emulator.client("lambda").add_permission(
        FunctionName=name,
        StatementId="uploads",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
        SourceAccount=account,
    )


def notify(emulator: RunningEmulator, bucket: str, function_arn: str) -> None:
    """Have uploads below ``uploads/`` invoke a function."""
    configuration: Any = {
        "LambdaFunctionArn": function_arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "uploads/"}]}},
    }
    emulator.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )
