from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from components import pipeline_functions
from components.inventory_pipeline import InventoryPipeline
from components.settings import Encryption, PipelineSettings
from tests.unit.pulumi_program import ACCOUNT_ID, REGION, Program, run_program

if TYPE_CHECKING:
    from pathlib import Path

QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TAGGABLE = {
    QUEUE,
    "aws:iam/role:Role",
    "aws:s3/bucket:Bucket",
    "aws:dynamodb/table:Table",
    "aws:lambda/function:Function",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:sns/topic:Topic",
    "aws:kms/key:Key",
}


@pytest.fixture(autouse=True)
def _no_packaging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archive = tmp_path / "function.zip"
    archive.write_bytes(b"PK\x05\x06" + bytes(18))
    monkeypatch.setattr(pipeline_functions, "build_archive", lambda *_: archive)


def pipeline(*names: str, **settings: Any) -> Program:
    def make() -> None:
        for name in names or ("inventory",):
            InventoryPipeline(name, PipelineSettings(**settings))

    return run_program(make)


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{rest}"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


def test_queues_are_encrypted_with_sse_sqs_by_default() -> None:
    queues = pipeline().of_type(QUEUE)
    assert set(queues) == {"inventory-updates", "inventory-updates-dead-letter", "inventory-failures"}
    for queue in queues.values():
        assert queue.inputs["sqsManagedSseEnabled"] is True
        assert "kmsMasterKeyId" not in queue.inputs


def test_one_setting_turns_to_the_aws_managed_key() -> None:
    for queue in pipeline(encryption=Encryption.SSE_KMS_AWS_MANAGED).of_type(QUEUE).values():
        assert queue.inputs["kmsMasterKeyId"] == "alias/aws/sqs"
        assert queue.inputs["kmsDataKeyReusePeriodSeconds"] == 300
        assert "sqsManagedSseEnabled" not in queue.inputs


def test_one_setting_turns_to_a_customer_managed_key_that_rotates_and_names_its_users() -> None:
    program = pipeline(encryption=Encryption.SSE_KMS_CUSTOMER_MANAGED, kms_data_key_reuse_period_seconds=900)
    (key,) = program.of_type("aws:kms/key:Key").values()
    assert key.inputs["enableKeyRotation"] is True
    statements = program.statements("aws:kms/key:Key", key.name)
    assert key.inputs["deletionWindowInDays"] == 30
    sends = statements["CsvToQueueSends"]
    assert sends["Principal"]["AWS"] == role_arn("inventory-csv-to-queue-1a2b3c4")
    queues = [arn("sqs", f"inventory-{part}-???????") for part in ("updates", "failures")]
    assert sends["Condition"] == {
        "StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:sqs:arn": queues},
    }
    assert statements["QueueToTableReceives"]["Action"] == ["kms:Decrypt"]
    assert all(statement["Principal"] != "*" for statement in statements.values())
    for queue in program.of_type(QUEUE).values():
        assert queue.inputs["kmsMasterKeyId"].endswith("inventory-key-1a2b3c4")
        assert queue.inputs["kmsDataKeyReusePeriodSeconds"] == 900


def test_only_the_csv_functions_role_is_let_send_and_plain_http_is_denied_to_everyone() -> None:
    statements = pipeline().statements(QUEUE_POLICY, "inventory-updates-policy")
    queue_arn = arn("sqs", "inventory-updates-1a2b3c4")
    assert statements["LetSend"] == {
        "Sid": "LetSend",
        "Effect": "Allow",
        "Principal": {"AWS": [role_arn("inventory-csv-to-queue-1a2b3c4")]},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    assert statements["HttpsOnly"] == {
        "Sid": "HttpsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert set(statements) == {"LetSend", "HttpsOnly"}


def test_every_queue_has_a_policy_of_its_own() -> None:
    program = pipeline()
    for queue in program.of_type(QUEUE):
        https_only = program.statements(QUEUE_POLICY, f"{queue}-policy")["HttpsOnly"]
        assert https_only["Resource"] == arn("sqs", f"{queue}-1a2b3c4")


def test_the_dead_letter_queue_takes_from_its_source_and_from_the_consumer_that_sets_rows_aside() -> None:
    program = pipeline()
    statements = program.statements(QUEUE_POLICY, "inventory-updates-dead-letter-policy")
    source = arn("sqs", "inventory-updates-1a2b3c4")
    assert statements["FromSourceQueue"]["Condition"] == {"ArnEquals": {"aws:SourceArn": source}}
    assert statements["LetSend"]["Principal"]["AWS"] == [role_arn("inventory-queue-to-table-1a2b3c4")]
    allow = program.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "inventory-updates-dead-letter-redrive-allow")
    assert json.loads(allow.inputs["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [source],
    }


def test_messages_are_moved_after_three_receives_and_kept_longer_than_in_the_source() -> None:
    queues = pipeline().of_type(QUEUE)
    source, dead_letter = queues["inventory-updates"], queues["inventory-updates-dead-letter"]
    assert json.loads(source.inputs["redrivePolicy"]) == {
        "deadLetterTargetArn": arn("sqs", "inventory-updates-dead-letter-1a2b3c4"),
        "maxReceiveCount": 3,
    }
    assert dead_letter.inputs["messageRetentionSeconds"] > source.inputs["messageRetentionSeconds"]


def test_the_queue_hides_messages_six_timeouts_and_a_window_and_polls_long() -> None:
    program = pipeline(table_function_timeout_seconds=20, maximum_batching_window_seconds=5)
    queue = program.one(QUEUE, "inventory-updates")
    assert queue.inputs["visibilityTimeoutSeconds"] == 6 * 20 + 5
    assert queue.inputs["receiveWaitTimeSeconds"] == 20


def test_every_taggable_resource_carries_the_abac_tags() -> None:
    program = pipeline(extra_tags={"cost-centre": "7"}, encryption=Encryption.SSE_KMS_CUSTOMER_MANAGED)
    expected = {"cost-centre": "7", "department": "inventory", "environment": "dev", "owner": "inventory-team"}
    for type_token in TAGGABLE:
        resources = program.of_type(type_token)
        assert resources, type_token
        for resource in resources.values():
            assert resource.inputs["tags"] == expected, resource.name


def test_no_role_is_shared_and_each_policy_belongs_to_one_role() -> None:
    program = pipeline()
    functions = program.of_type("aws:lambda/function:Function")
    assert {function.inputs["role"] for function in functions.values()} == {
        role_arn("inventory-csv-to-queue-1a2b3c4"),
        role_arn("inventory-queue-to-table-1a2b3c4"),
        role_arn("inventory-receipts-watch-1a2b3c4"),
    }


def test_no_role_may_do_anything_on_all_resources_but_write_traces() -> None:
    program = pipeline()
    for name in program.of_type(ROLE_POLICY):
        for sid, statement in program.statements(ROLE_POLICY, name).items():
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not any("*" in action for action in actions)
            assert (statement["Resource"] == "*") == (sid == "WriteTraces")


def test_functions_are_traced_run_on_arm64_and_log_as_json_to_a_group_with_a_retention() -> None:
    program = pipeline()
    groups = program.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {group.inputs["retentionInDays"] for group in groups.values()} == {30}
    for name, function in program.of_type("aws:lambda/function:Function").items():
        assert function.inputs["tracingConfig"] == {"mode": "Active"}
        assert function.inputs["runtime"] == "python3.13"
        assert function.inputs["architectures"] == ["arm64"]
        assert function.inputs["loggingConfig"] == {"logFormat": "JSON", "logGroup": f"{name}-logs-1a2b3c4"}


def test_the_mapping_reports_partial_failures_and_bounds_its_concurrency() -> None:
    mapping = pipeline().one("aws:lambda/eventSourceMapping:EventSourceMapping", "inventory-updates-to-table")
    assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping.inputs["scalingConfig"] == {"maximumConcurrency": 10}


def test_failed_invocations_of_the_csv_function_go_to_a_queue_of_their_own() -> None:
    program = pipeline()
    config = program.one(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "inventory-csv-to-queue-failures"
    )
    failures = arn("sqs", "inventory-failures-1a2b3c4")
    assert config.inputs["destinationConfig"] == {"onFailure": {"destination": failures}}
    send = program.statements(ROLE_POLICY, "inventory-csv-to-queue-policy")["SendFailures"]
    assert send["Resource"] == failures


def test_the_bucket_is_private_https_only_encrypted_and_versioned() -> None:
    program = pipeline()
    block = program.one(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "inventory-uploads-public-access-block"
    )
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(block.inputs[switch] is True for switch in switches)
    https_only = program.statements("aws:s3/bucketPolicy:BucketPolicy", "inventory-uploads-policy")["HttpsOnly"]
    assert https_only["Resource"] == [
        "arn:aws:s3:::inventory-uploads-1a2b3c4",
        "arn:aws:s3:::inventory-uploads-1a2b3c4/*",
    ]
    versioning = program.one("aws:s3/bucketVersioning:BucketVersioning", "inventory-uploads-versioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}


def test_s3_invokes_for_uploads_only_so_that_rejects_start_no_loop() -> None:
    program = pipeline()
    (function,) = program.one("aws:s3/bucketNotification:BucketNotification", "inventory-uploads-notification").inputs[
        "lambdaFunctions"
    ]
    assert function["filterPrefix"] == "uploads/"
    assert (
        program.one("aws:lambda/function:Function", "inventory-csv-to-queue").inputs["environment"]["variables"][
            "REJECTS_PREFIX"
        ]
        == "rejects/"
    )
    permission = program.one("aws:lambda/permission:Permission", "inventory-uploads-invoke")
    assert permission.inputs["sourceArn"] == "arn:aws:s3:::inventory-uploads-1a2b3c4"
    assert permission.inputs["sourceAccount"] == ACCOUNT_ID


def test_tables_are_encrypted_recoverable_and_protected_when_asked() -> None:
    for protect in (False, True):
        for table in pipeline(protect=protect).of_type("aws:dynamodb/table:Table").values():
            assert table.inputs["serverSideEncryption"]["enabled"] is True
            assert table.inputs["pointInTimeRecovery"]["enabled"] is True
            assert table.inputs["deletionProtectionEnabled"] is protect


def test_alarms_reach_an_encrypted_topic_and_the_address_of_the_configuration() -> None:
    program = pipeline(alarm_email="night@example.com")
    topic = program.one("aws:sns/topic:Topic", "inventory-alarms")
    assert topic.inputs["kmsMasterKeyId"]
    subscription = program.one("aws:sns/topicSubscription:TopicSubscription", "inventory-alarms-email")
    assert subscription.inputs["endpoint"] == "night@example.com"
    for alarm in program.of_type("aws:cloudwatch/metricAlarm:MetricAlarm").values():
        assert alarm.inputs["alarmActions"] == [arn("sns", "inventory-alarms-1a2b3c4")]


def test_two_pipelines_in_one_program_do_not_collide() -> None:
    program = pipeline("north", "south")
    seen = [(resource.type, resource.name) for resource in program.resources]
    assert len(seen) == len(set(seen))
    assert set(program.of_type(QUEUE)) >= {"north-updates", "south-updates"}


def test_register_outputs_has_everything_that_is_exported() -> None:
    made: list[InventoryPipeline] = []
    run_program(partial(lambda: made.append(InventoryPipeline("inventory", PipelineSettings()))))
    assert all(value is not None for value in made[0].outputs().values())
    assert set(made[0].outputs()) >= {"bucketName", "queueUrl", "deadLetterQueueArn", "dashboardName", "alarmTopicArn"}
