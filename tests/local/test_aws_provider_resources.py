"""The life of resources through the stand-in provider, against the emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2

from local.aws_provider.values import UNKNOWN
from tests.local.aws_provider_fixture import (
    BUCKET,
    LOG_GROUP,
    OFFLINE,
    QUEUE,
    ROLE,
    ProviderClient,
    details,
    provider_process,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.launcher import RunningEmulator


@pytest.fixture(scope="module")
def provider(emulator: RunningEmulator) -> Iterator[ProviderClient]:
    """A provider on the emulator, with a default tag."""
    with provider_process(emulator.environment()) as client:
        client.configure(defaultTags=json.dumps({"tags": {"project": "inventory"}}))
        yield client


@pytest.fixture(scope="module")
def offline() -> Iterator[ProviderClient]:
    """A provider whose emulator is not there: for what must not need it."""
    with provider_process(OFFLINE) as client:
        client.configure()
        yield client


def test_a_queue_is_made_read_changed_and_deleted(provider: ProviderClient, emulator: RunningEmulator) -> None:
    sqs = emulator.client("sqs")
    inputs = provider.check(QUEUE, {"tags": {"team": "a"}, "sqsManagedSseEnabled": True}).inputs
    url, state = provider.create(QUEUE, inputs)
    assert url == state["url"]
    assert state["arn"].endswith(f":{inputs['name']}")
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"project": "inventory", "team": "a"}
    assert provider.changes(QUEUE, state, inputs) == {}

    wanted = {**inputs, "visibilityTimeoutSeconds": 90, "tags": {"project": "inventory"}}
    state = provider.update(QUEUE, url, state, wanted)
    assert state["visibilityTimeoutSeconds"] == 90
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "90"
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"project": "inventory"}

    provider.delete(QUEUE, url, state)
    assert provider.read(QUEUE, url, state, wanted)[0] == ""
    provider.delete(QUEUE, url, state)


def test_reading_shows_what_somebody_changed_in_state_and_inputs(
    provider: ProviderClient, emulator: RunningEmulator
) -> None:
    sqs = emulator.client("sqs")
    inputs = provider.check(QUEUE, {"visibilityTimeoutSeconds": 60}, name="drifting").inputs
    url, state = provider.create(QUEUE, inputs)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77", "KmsMasterKeyId": "alias/aws/sqs"})
    sqs.tag_queue(QueueUrl=url, Tags={"by": "hand"})
    _, read_state, read_inputs = provider.read(QUEUE, url, state, inputs)
    assert read_state["visibilityTimeoutSeconds"] == read_inputs["visibilityTimeoutSeconds"] == 77
    assert read_inputs["kmsMasterKeyId"] == "alias/aws/sqs"
    assert read_inputs["tags"]["by"] == "hand"
    assert provider.changes(QUEUE, read_state, inputs) == {
        "visibilityTimeoutSeconds": "UPDATE",
        "kmsMasterKeyId": "DELETE",
        "tags.by": "DELETE",
    }
    mended = provider.update(QUEUE, url, read_state, inputs)
    assert provider.changes(QUEUE, mended, inputs) == {}
    provider.delete(QUEUE, url, mended)


def test_a_resource_is_imported_by_its_id(provider: ProviderClient, emulator: RunningEmulator) -> None:
    made = emulator.client("sqs").create_queue(
        QueueName="by-hand", Attributes={"VisibilityTimeout": "45"}, tags={"team": "a"}
    )
    url, state, inputs = provider.read(QUEUE, made["QueueUrl"])
    assert url == made["QueueUrl"]
    assert inputs.pop("maxMessageSize") == 1_048_576  # what a queue made without it has by now
    assert inputs == {"name": "by-hand", "tags": {"team": "a"}, "visibilityTimeoutSeconds": 45}
    provider.delete(QUEUE, url, state)


def test_a_document_keeps_the_words_it_was_given_in(provider: ProviderClient) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": "sts:AssumeRole"}
            ],
        },
        indent=3,
    )
    name, state = provider.checked_and_created(ROLE, {"assumeRolePolicy": policy})
    assert state["assumeRolePolicy"] == policy
    assert provider.read(ROLE, name, state, {"assumeRolePolicy": policy})[1]["assumeRolePolicy"] == policy
    provider.delete(ROLE, name, state)


def test_a_name_is_made_from_a_prefix_when_it_is_made(provider: ProviderClient) -> None:
    inputs = provider.check(BUCKET, {"bucketPrefix": "uploads-"}).inputs
    assert "bucket" not in inputs
    assert provider.create(BUCKET, inputs, preview=True)[1]["bucket"] is UNKNOWN
    bucket, state = provider.create(BUCKET, inputs)
    assert bucket.startswith("uploads-")
    assert provider.changes(BUCKET, state, inputs) == {}
    provider.delete(BUCKET, bucket, state)


def test_a_bucket_with_objects_is_deleted_only_if_that_was_asked_for(
    provider: ProviderClient, emulator: RunningEmulator
) -> None:
    s3 = emulator.client("s3")
    bucket, state = provider.checked_and_created(BUCKET, {}, name="full")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="a", Body=body)
    s3.delete_object(Bucket=bucket, Key="a")
    with pytest.raises(grpc.RpcError) as error:
        provider.delete(BUCKET, bucket, state)
    assert "BucketNotEmpty" in details(error)
    provider.delete(BUCKET, bucket, {**state, "forceDestroy": True})
    assert provider.read(BUCKET, bucket, state)[0] == ""


def test_what_is_half_made_is_told_with_its_id_so_that_it_stays_in_the_state(provider: ProviderClient) -> None:
    inputs = provider.check(LOG_GROUP, {"retentionInDays": 2}).inputs  # not one of the periods there are
    with pytest.raises(grpc.RpcError) as error:
        provider.create(LOG_GROUP, inputs)
    trailing = {item.key: item.value for item in error.value.trailing_metadata()}
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    assert failed.id == inputs["name"]
    assert "PutRetentionPolicy" in failed.reasons[0]
    provider.delete(LOG_GROUP, failed.id, {})
    assert provider.read(LOG_GROUP, failed.id)[0] == ""


def test_what_aws_refuses_is_told_in_its_words(provider: ProviderClient) -> None:
    with pytest.raises(grpc.RpcError) as error:
        provider.checked_and_created("aws:iam/rolePolicy:RolePolicy", {"role": "nobody", "policy": "{}"})
    assert "nobody" in details(error)
    assert error.value.code() is grpc.StatusCode.UNKNOWN


def test_the_caller_the_partition_and_the_region_are_known(provider: ProviderClient, emulator: RunningEmulator) -> None:
    identity = provider.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    assert identity["accountId"] == identity["id"] == emulator.account_id
    assert provider.invoke("aws:index/getPartition:getPartition") == {
        "dnsSuffix": "amazonaws.com",
        "id": "aws",
        "partition": "aws",
        "reverseDnsPrefix": "com.amazonaws",
    }
    region = provider.invoke("aws:index/getRegion:getRegion")
    assert region["region"] == region["name"] == emulator.region
    assert region["description"]


def test_partitions_follow_the_region() -> None:
    with provider_process(OFFLINE) as client:
        client.configure(region="cn-north-1")
        partition = client.invoke("aws:index/getPartition:getPartition")
        assert (partition["partition"], partition["dnsSuffix"]) == ("aws-cn", "amazonaws.com.cn")


def test_functions_and_arguments_that_are_not_carried_are_errors(offline: ProviderClient) -> None:
    with pytest.raises(grpc.RpcError) as error:
        offline.invoke("aws:ec2/getAmi:getAmi")
    assert "does not carry aws:ec2/getAmi:getAmi" in details(error)
    with pytest.raises(grpc.RpcError) as error:
        offline.invoke("aws:index/getRegion:getRegion", endpoint="ec2.eu-west-1.amazonaws.com")
    assert "does not carry the argument endpoint" in details(error)
