"""Upload, notification, function, queue, function, table: over TLS, each with just its permissions.

Take one permission away, and exactly the step that needs it fails, and says so where an operator would look.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.local.emulator_fixture import (
    LOGGING,
    READING,
    Role,
    Statement,
    allow,
    bodies,
    document,
    function,
    logged,
    make_bucket,
    make_table,
    notify,
    permit,
    queue,
    unique,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.launcher import RunningEmulator

TO_QUEUE = """
import boto3, json, os
from urllib.parse import unquote_plus
s3, sqs = boto3.client("s3"), boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        bucket, found = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(found["key"])
        part = s3.get_object(Bucket=bucket, Key=key, VersionId=found["versionId"], Range="bytes=2-5")["Body"].read()
        row = json.dumps({"id": key, "part": part.decode()})
        kind = {"kind": {"DataType": "String", "StringValue": "row"}}
        sqs.send_message_batch(
            QueueUrl=os.environ["QUEUE_URL"],
            Entries=[{"Id": str(n), "MessageBody": row, "MessageAttributes": kind} for n in range(2)],
        )
"""

TO_TABLE = """
import boto3, json, os
dynamodb, table = boto3.client("dynamodb"), os.environ["TABLE"]
def handler(event, context):
    for record in event["Records"]:
        row = json.loads(record["body"])
        try:
            dynamodb.update_item(
                TableName=table, Key={"id": {"S": row["id"]}}, UpdateExpression="SET part = :part, kind = :kind",
                ConditionExpression="attribute_not_exists(part)", ReturnValuesOnConditionCheckFailure="ALL_OLD",
                ExpressionAttributeValues={
                    ":part": {"S": row["part"]},
                    ":kind": {"S": record["messageAttributes"]["kind"]["stringValue"]},
                },
            )
        except dynamodb.exceptions.ConditionalCheckFailedException as error:
            old = error.response["Item"]["part"]
            dynamodb.transact_write_items(TransactItems=[
                {"Put": {"TableName": table, "Item": {"id": {"S": "again " + row["id"]}, "part": old}}},
            ])
    return {"batchItemFailures": []}
"""

KEY = "uploads/März 2026 + 100%.csv"


@dataclass(frozen=True)
class Pipeline:
    """One pipeline, with what each role may do by a name of its own."""

    emulator: RunningEmulator
    bucket: str
    table: str
    queue_url: str
    queue_arn: str
    failures_url: str
    table_log: str
    roles: dict[str, Role]
    rights: dict[str, dict[str, Statement]]

    def upload(self, key: str) -> None:
        self.emulator.client("s3").put_object(Bucket=self.bucket, Key=key, Body=b"0123456789")

    def row(self, key: str) -> dict[str, str] | None:
        item = self.emulator.client("dynamodb").get_item(TableName=self.table, Key={"id": {"S": key}}).get("Item")
        return {name: value["S"] for name, value in item.items()} if item else None

    def grant(self, role: str, without: str | None = None) -> None:
        """Give a role what it needs, or all but one statement of it."""
        self.roles[role].may(*(statement for name, statement in self.rights[role].items() if name != without))

    def let_send(self, *senders: str) -> None:
        """The queue's policy: who may send, and TLS for everyone."""
        insecure = {"Bool": {"aws:SecureTransport": "false"}}
        deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": self.queue_arn}
        statements = [allow("sqs:SendMessage", on=self.queue_arn, Principal={"AWS": arn}) for arn in senders]
        policy = document(*statements, deny | {"Condition": insecure})
        self.emulator.client("sqs").set_queue_attributes(QueueUrl=self.queue_url, Attributes={"Policy": policy})

    def failure(self) -> str:
        """What the first function left in the failures queue."""
        return str(wait_for(lambda: bodies(self.emulator, self.failures_url), "a failure")[0])


def https_only_bucket(emulator: RunningEmulator) -> str:
    bucket = make_bucket(emulator)
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": insecure}
    emulator.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(deny))
    return bucket


@pytest.fixture(scope="module")
def pipeline(emulator: RunningEmulator) -> Pipeline:
    bucket, (table, table_arn) = https_only_bucket(emulator), make_table(emulator)
    roles = {name: Role.make(emulator) for name in ("csv", "table")}
    account = {"AWS": f"arn:aws:iam::{emulator.account_id}:root"}
    key = emulator.client("kms").create_key(
        Policy=document(
            allow("kms:*", Principal=account),
            *(
                allow("kms:GenerateDataKey", "kms:Decrypt", Principal={"AWS": role.arn}, Condition=through)
                for role in roles.values()
                for through in [{"StringEquals": {"kms:ViaService": f"sqs.{emulator.region}.amazonaws.com"}}]
            ),
        )
    )["KeyMetadata"]["Arn"]
    queue_url, queue_arn = queue(emulator, KmsMasterKeyId=key, VisibilityTimeout="4")
    failures_url, failures_arn = queue(emulator)
    log_groups = {name: unique(f"/inventory/{name}") for name in roles}
    streams = f"arn:aws:logs:{emulator.region}:{emulator.account_id}:log-group:"
    for group in log_groups.values():
        emulator.client("logs").create_log_group(logGroupName=group)
    rights = {
        "csv": {
            "read": allow("s3:GetObjectVersion", on=f"arn:aws:s3:::{bucket}/uploads/*"),
            "fail": allow("sqs:SendMessage", on=failures_arn),
            "log": allow(*LOGGING, on=f"{streams}{log_groups['csv']}:*"),
        },
        "table": {
            "receive": allow(*READING, on=queue_arn),
            "update": allow("dynamodb:UpdateItem", on=table_arn),
            "put": allow("dynamodb:PutItem", on=table_arn),
            "log": allow(*LOGGING, on=f"{streams}{log_groups['table']}:*"),
        },
    }
    made = Pipeline(emulator, bucket, table, queue_url, queue_arn, failures_url, log_groups["table"], roles, rights)
    for name in roles:
        made.grant(name)
    made.let_send(roles["csv"].arn)
    connect(made, failures_arn, log_groups)
    return made


def connect(made: Pipeline, failures_arn: str, log_groups: dict[str, str]) -> None:
    emulator, client = made.emulator, made.emulator.client("lambda")
    csv_name, csv_arn = function(
        emulator, made.roles["csv"], TO_QUEUE, environment={"QUEUE_URL": made.queue_url}, log_group=log_groups["csv"]
    )
    _, table_arn = function(
        emulator,
        made.roles["table"],
        TO_TABLE,
        environment={"TABLE": made.table},
        timeout_seconds=4,
        log_group=log_groups["table"],
    )
    client.put_function_event_invoke_config(
        FunctionName=csv_name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": failures_arn}},
    )
    permit(emulator, csv_name, made.bucket, emulator.account_id)
    notify(emulator, made.bucket, csv_arn)
    client.create_event_source_mapping(
        EventSourceArn=made.queue_arn,
        FunctionName=table_arn,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 2},
    )


def test_a_row_reaches_the_table_with_just_these_permissions(pipeline: Pipeline) -> None:
    pipeline.upload(KEY)
    assert wait_for(lambda: pipeline.row(KEY), "the row") == {"id": KEY, "part": "2345", "kind": "row"}
    assert wait_for(lambda: pipeline.row("again " + KEY), "its double") == {"id": "again " + KEY, "part": "2345"}


def lose_right_to_read(pipeline: Pipeline) -> None:
    pipeline.grant("csv", without="read")


def lose_queue_policy(pipeline: Pipeline) -> None:
    pipeline.let_send(pipeline.roles["table"].arn)


@pytest.mark.parametrize("lose", [lose_right_to_read, lose_queue_policy], ids=lambda lose: lose.__name__)
def test_the_first_function_fails_without_a_permission(pipeline: Pipeline, lose: Callable[[Pipeline], None]) -> None:
    lose(pipeline)
    key = unique("uploads/lost")
    try:
        pipeline.upload(key)
        record = json.loads(pipeline.failure())
    finally:
        pipeline.grant("csv")
        pipeline.let_send(pipeline.roles["csv"].arn)
    assert record["requestPayload"]["Records"][0]["s3"]["object"]["key"] == key
    assert "AccessDenied" in record["responsePayload"]["errorMessage"]
    assert pipeline.row(key) is None


@pytest.mark.parametrize(("right", "action"), [("update", "UpdateItem"), ("put", "PutItem")])
def test_the_second_function_fails_without_a_permission_and_goes_on_with_it(
    pipeline: Pipeline, right: str, action: str
) -> None:
    key = unique(f"uploads/{right}")
    pipeline.grant("table", without=right)
    try:
        pipeline.upload(key)
        wait_for(lambda: f"dynamodb:{action}" in logged(pipeline.emulator, pipeline.table_log), "the refusal")
    finally:
        pipeline.grant("table")
    assert wait_for(lambda: pipeline.row("again " + key), "the row, after the visibility timeout")
