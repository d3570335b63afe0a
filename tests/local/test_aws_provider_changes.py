"""Every type that AWS can change in place is changed, and changed back, against the emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.aws_provider.services import RESOURCE_TYPES
from local.aws_provider.values import ARCHIVE, ASSET, SIGNATURE_KEY, Properties
from tests.local.aws_provider_fixture import BUCKET, LOG_GROUP, QUEUE, QUEUE_POLICY, ROLE, TABLE, provider_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.launcher import RunningEmulator
    from tests.local.aws_provider_fixture import ProviderClient

FUNCTION = "aws:lambda/function:Function"
TOPIC = "aws:sns/topic:Topic"
KEY = "aws:kms/key:Key"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def policy(action: str, resource: str | None = None, **more: object) -> str:
    statement = {"Effect": "Allow", "Action": action, **({"Resource": resource} if resource else {}), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: str) -> str:
    return policy("sts:AssumeRole", Principal={"Service": service})


def code(text: str) -> Properties:
    files = {"a.py": {SIGNATURE_KEY: ASSET, "text": text, "hash": text}}
    return {SIGNATURE_KEY: ARCHIVE, "assets": files, "hash": text}


@pytest.fixture(scope="module")
def provider(emulator: RunningEmulator) -> Iterator[ProviderClient]:
    """A provider on the emulator."""
    with provider_process(emulator.environment()) as client:
        client.configure()
        yield client


class Neighbours:
    """What the types under test are put on, made when first asked for."""

    def __init__(self, provider: ProviderClient) -> None:
        self._provider = provider
        self._made: dict[str, tuple[str, Properties]] = {}

    def __call__(self, token: str, name: str, output: str = "id", **inputs: object) -> str:
        if name not in self._made:
            self._made[name] = self._provider.checked_and_created(token, inputs, name)
        resource_id, state = self._made[name]
        return resource_id if output == "id" else str(state[output])

    @property
    def bucket(self) -> str:
        return self(BUCKET, "a-bucket", forceDestroy=True)

    def queue(self, output: str = "id", name: str = "a-queue") -> str:
        return self(QUEUE, name, output, visibilityTimeoutSeconds=60)

    def open_queue(self) -> str:
        """The ARN of a queue that S3 may send to."""
        anyone = policy("sqs:SendMessage", "*", Principal={"Service": "s3.amazonaws.com"})
        return self(QUEUE, "open-queue", "arn", policy=anyone)

    def open_function(self) -> str:
        """The ARN of a function that S3 may invoke."""
        may = {"action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com", "function": self.function()}
        self("aws:lambda/permission:Permission", "open-function", **may)
        return self.function("arn")

    def alarm(self, name: str) -> str:
        inputs = {"metricName": "m", "namespace": "n", "period": 60, "statistic": "Sum", "threshold": 1}
        inputs |= {"comparisonOperator": "LessThanThreshold", "evaluationPeriods": 1}
        return self(ALARM, name, "id", **inputs)

    def topic(self) -> str:
        return self(TOPIC, "a-topic")

    def key(self, name: str = "a-key") -> str:
        return self(KEY, name)

    def role(self, output: str = "id") -> str:
        return self(ROLE, "a-role", output, assumeRolePolicy=trust("lambda.amazonaws.com"))

    def function(self, output: str = "id", name: str = "a-function") -> str:
        # Lambda looks on the spot whether the role may receive from a source and send to a destination.
        self("aws:iam/rolePolicy:RolePolicy", "may-use-queues", role=self.role(), policy=policy("sqs:*", "*"))
        inputs = {"role": self.role("arn"), "handler": "a.b", "runtime": "python3.13", "code": code("a = 1\n")}
        return self(FUNCTION, name, output, **inputs)


CHANGES: dict[str, Callable[[Neighbours], tuple[Properties, Properties]]] = {
    QUEUE: lambda _: (
        {"delaySeconds": 5, "kmsMasterKeyId": "alias/aws/sqs", "kmsDataKeyReusePeriodSeconds": 600},
        {"messageRetentionSeconds": 600, "receiveWaitTimeSeconds": 20, "sqsManagedSseEnabled": True},
    ),
    QUEUE_POLICY: lambda near: (
        {"queueUrl": near.queue(), "policy": policy("sqs:SendMessage", near.queue("arn"), Principal={"AWS": "*"})},
        {"queueUrl": near.queue(), "policy": policy("sqs:ReceiveMessage", near.queue("arn"), Principal={"AWS": "*"})},
    ),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": lambda near: (
        {"queueUrl": near.queue(), "redriveAllowPolicy": '{"redrivePermission": "denyAll"}'},
        {"queueUrl": near.queue(), "redriveAllowPolicy": '{"redrivePermission": "allowAll"}'},
    ),
    BUCKET: lambda _: ({"tags": {"a": "1"}}, {"forceDestroy": True}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": lambda near: (
        {"bucket": near.bucket, "blockPublicAcls": True},
        {"bucket": near.bucket, "blockPublicAcls": True, "restrictPublicBuckets": True},
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": lambda near: (
        {"bucket": near.bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"bucket": near.bucket, "rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    "aws:s3/bucketPolicy:BucketPolicy": lambda near: (
        {"bucket": near.bucket, "policy": policy("s3:GetObject", f"arn:aws:s3:::{near.bucket}/*", Principal="*")},
        {"bucket": near.bucket, "policy": policy("s3:PutObject", f"arn:aws:s3:::{near.bucket}/*", Principal="*")},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": lambda near: (
        {"bucket": near.bucket, "versioningConfiguration": {"status": "Enabled"}},
        {"bucket": near.bucket, "versioningConfiguration": {"status": "Suspended"}},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": lambda near: (
        {"bucket": near.bucket, "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {
            "bucket": near.bucket,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": near.key()},
                    "bucketKeyEnabled": True,
                }
            ],
        },
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lambda near: (
        {"bucket": near.bucket, "rules": [{"id": "all", "status": "Enabled", "expiration": {"days": 7}}]},
        {
            "bucket": near.bucket,
            "rules": [
                {
                    "id": "some",
                    "status": "Enabled",
                    "filter": {"and": {"prefix": "a/", "objectSizeGreaterThan": 9}},
                    "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
                    "noncurrentVersionExpiration": {"noncurrentDays": 1},
                },
                {
                    "id": "parts",
                    "status": "Disabled",
                    "filter": {"prefix": "b/"},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
                },
            ],
        },
    ),
    "aws:s3/bucketNotification:BucketNotification": lambda near: (
        {"bucket": near.bucket, "queues": [{"queueArn": near.open_queue(), "events": ["s3:ObjectCreated:*"]}]},
        {
            "bucket": near.bucket,
            "eventbridge": True,
            "lambdaFunctions": [
                {
                    "lambdaFunctionArn": near.open_function(),
                    "events": ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"],
                    "filterPrefix": "a/",
                    "filterSuffix": ".csv",
                }
            ],
        },
    ),
    TABLE: lambda _: (
        {
            "hashKey": "id",
            "attributes": [{"name": "id", "type": "S"}],
            "readCapacity": 1,
            "writeCapacity": 2,
            "ttl": {"attributeName": "expires", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
        },
        {
            "hashKey": "id",
            "attributes": [{"name": "id", "type": "S"}],
            "billingMode": "PAY_PER_REQUEST",
            "ttl": {"enabled": False},
            "pointInTimeRecovery": {"enabled": False},
            "serverSideEncryption": {"enabled": True},
            "streamEnabled": True,
            "streamViewType": "KEYS_ONLY",
            "tableClass": "STANDARD_INFREQUENT_ACCESS",
        },
    ),
    FUNCTION: lambda near: (
        {
            "role": near.role("arn"),
            "handler": "a.b",
            "runtime": "python3.13",
            "code": code("a = 1\n"),
            "environment": {"variables": {"A": "1"}},
            "deadLetterConfig": {"targetArn": near.queue("arn")},
            "description": "one",
            "reservedConcurrentExecutions": 5,
        },
        {
            "role": near.role("arn"),
            "handler": "a.c",
            "runtime": "python3.12",
            "code": code("a = 2\n"),
            "architectures": ["arm64"],
            "memorySize": 256,
            "timeout": 9,
            "tracingConfig": {"mode": "Active"},
            "ephemeralStorage": {"size": 1024},
            "loggingConfig": {"logFormat": "JSON", "logGroup": "own"},
        },
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda near: (
        {
            "eventSourceArn": near.queue("arn"),
            "functionName": near.function("arn"),
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "batchSize": 5,
            "filterCriteria": {"filters": [{"pattern": '{"body": {"a": [1]}}'}]},
            "scalingConfig": {"maximumConcurrency": 5},
        },
        {
            "eventSourceArn": near.queue("arn"),
            "functionName": near.function(name="another-function"),
            "batchSize": 100,
            "maximumBatchingWindowInSeconds": 3,
            "enabled": False,
        },
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": lambda near: (
        {
            "functionName": near.function(),
            "maximumRetryAttempts": 0,
            "destinationConfig": {"onFailure": {"destination": near.queue("arn")}},
        },
        {"functionName": near.function(), "maximumEventAgeInSeconds": 60},
    ),
    ROLE: lambda _: (
        {"assumeRolePolicy": trust("lambda.amazonaws.com"), "description": "one", "maxSessionDuration": 7200},
        {
            "assumeRolePolicy": trust("scheduler.amazonaws.com"),
            "description": "two",
            "permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess",
        },
    ),
    "aws:iam/rolePolicy:RolePolicy": lambda near: (
        {"role": near.role(), "policy": policy("sqs:SendMessage", "*")},
        {"role": near.role(), "policy": policy("sqs:ReceiveMessage", "*")},
    ),
    "aws:iam/policy:Policy": lambda _: (
        {"policy": policy("sqs:SendMessage", "*"), "tags": {"a": "1"}},
        {"policy": policy("sqs:ReceiveMessage", "*"), "tags": {"a": "2"}},
    ),
    LOG_GROUP: lambda _: ({"retentionInDays": 7}, {"skipDestroy": False, "tags": {"a": "1"}}),
    ALARM: lambda near: (
        {
            "namespace": "AWS/SQS",
            "metricName": "NumberOfMessagesSent",
            "dimensions": {"QueueName": "q"},
            "statistic": "Sum",
            "period": 60,
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "comparisonOperator": "LessThanThreshold",
            "threshold": 1.5,
            "alarmActions": [near.topic()],
            "alarmDescription": "one",
        },
        {
            "namespace": "AWS/Lambda",
            "metricName": "Duration",
            "statistic": "Maximum",
            "period": 300,
            "evaluationPeriods": 1,
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 3,
            "actionsEnabled": False,
            "okActions": [near.topic()],
            "treatMissingData": "notBreaching",
        },
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": lambda near: (
        {"alarmName": "all", "alarmRule": f"ALARM({near.alarm('a')})", "alarmDescription": "one"},
        {
            "alarmName": "all",
            "alarmRule": f"ALARM({near.alarm('a')}) OR ALARM({near.alarm('b')})",
            "alarmActions": [near.topic()],
        },
    ),
    "aws:cloudwatch/dashboard:Dashboard": lambda _: (
        {"dashboardName": "all", "dashboardBody": '{"widgets": []}'},
        {"dashboardName": "all", "dashboardBody": '{"widgets": [], "periodOverride": "auto"}'},
    ),
    TOPIC: lambda near: ({"displayName": "One", "kmsMasterKeyId": near.key()}, {"tracingConfig": "Active"}),
    "aws:sns/topicPolicy:TopicPolicy": lambda near: (
        {"arn": near.topic(), "policy": policy("sns:Publish", near.topic(), Principal={"Service": "a.amazonaws.com"})},
        {"arn": near.topic(), "policy": policy("sns:Publish", near.topic(), Principal={"Service": "b.amazonaws.com"})},
    ),
    "aws:sns/topicSubscription:TopicSubscription": lambda near: (
        {"topic": near.topic(), "protocol": "sqs", "endpoint": near.queue("arn"), "rawMessageDelivery": True},
        {"topic": near.topic(), "protocol": "sqs", "endpoint": near.queue("arn"), "filterPolicy": '{"a": ["b"]}'},
    ),
    KEY: lambda _: (
        {"description": "one", "enableKeyRotation": True, "rotationPeriodInDays": 100},
        {"description": "two", "isEnabled": False, "tags": {"a": "1"}},
    ),
    "aws:kms/alias:Alias": lambda near: ({"targetKeyId": near.key()}, {"targetKeyId": near.key("another-key")}),
    "aws:scheduler/schedule:Schedule": lambda near: (
        {
            "scheduleExpression": "rate(1 hour)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {"arn": near.queue("arn"), "roleArn": near.role("arn"), "input": "{}"},
        },
        {
            "scheduleExpression": "cron(0 3 * * ? *)",
            "scheduleExpressionTimezone": "Europe/Berlin",
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
            "description": "nightly",
            "state": "DISABLED",
            "target": {
                "arn": near.function("arn"),
                "roleArn": near.role("arn"),
                "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 600},
                "deadLetterConfig": {"arn": near.queue("arn")},
            },
        },
    ),
}
# A bucket is always encrypted and has a versioning status, a topic always has a policy: deleting restores the default.
ALWAYS_THERE = {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
}
NEVER_CHANGED = {"aws:lambda/permission:Permission", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"}


@pytest.fixture(scope="module")
def near(provider: ProviderClient) -> Neighbours:
    return Neighbours(provider)


def test_the_table_has_every_type() -> None:
    assert CHANGES.keys() | NEVER_CHANGED == RESOURCE_TYPES.keys()


@pytest.mark.parametrize("token", CHANGES)
def test_a_change_in_place_is_whole_and_can_be_taken_back(
    provider: ProviderClient, near: Neighbours, token: str
) -> None:
    one, other = CHANGES[token](near)
    inputs = provider.check(token, one, name="changing").inputs
    resource_id, state = provider.create(token, inputs)
    assert provider.changes(token, state, inputs) == {}
    for given in (other, one):
        wanted = provider.check(token, given, inputs, name="changing").inputs
        answer = provider.diff(token, state, wanted)
        assert answer.detailedDiff
        assert not answer.replaces
        state = provider.update(token, resource_id, state, wanted)
        assert provider.changes(token, state, wanted) == {}
        read_id, read_state, read_inputs = provider.read(token, resource_id, state, wanted)
        assert read_id == resource_id
        assert provider.changes(token, read_state, wanted) == {}
        assert read_inputs == wanted
        inputs = wanted
    imported_id, imported_state, imported_inputs = provider.read(token, resource_id)
    assert imported_id == resource_id
    imported = provider.check(token, imported_inputs, name="changing")
    assert not imported.failures
    assert provider.changes(token, imported_state, imported.inputs) == {}
    provider.delete(token, resource_id, state)
    assert bool(provider.read(token, resource_id, state, inputs)[0]) == (token in ALWAYS_THERE)
    provider.delete(token, resource_id, state)
