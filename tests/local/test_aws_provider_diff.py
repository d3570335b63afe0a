"""What the stand-in provider takes for a change, and what for none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pulumi.runtime.proto import provider_pb2

from local.aws_provider.values import UNKNOWN
from tests.local.aws_provider_fixture import OFFLINE, QUEUE, QUEUE_POLICY, TABLE, ProviderClient, provider_process

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def offline() -> Iterator[ProviderClient]:
    """A provider whose emulator is not there: for what must not need it."""
    with provider_process(OFFLINE) as client:
        client.configure()
        yield client


def test_documents_are_compared_by_what_they_mean(offline: ProviderClient) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["a", "b"], "Resource": "r"}
    same = {
        "Resource": ["r"],
        "Action": ["b", "a"],
        "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]},
        "Effect": "Allow",
    }
    other = {**statement, "Action": ["a"]}
    state = {"queueUrl": "u", "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    for wanted, changes in ((same, {}), (other, {"policy": "UPDATE"})):
        policy = json.dumps({"Statement": wanted, "Version": "2012-10-17"}, indent=2)
        assert offline.changes(QUEUE_POLICY, state, {"queueUrl": "u", "policy": policy}) == changes
    redrive = {"name": "q", "redrivePolicy": '{"maxReceiveCount":"3","deadLetterTargetArn":"d"}'}
    wanted_redrive = {"name": "q", "redrivePolicy": '{"deadLetterTargetArn": "d", "maxReceiveCount": 3}'}
    assert offline.changes(QUEUE, {**queue(), **redrive}, {**queue(), **wanted_redrive}) == {}


def test_the_order_of_a_set_and_what_aws_adds_to_it_are_no_change(offline: ProviderClient) -> None:
    table = offline.check(TABLE, {"name": "t", "hashKey": "a", "rangeKey": "b"}).inputs
    attributes = [{"name": "a", "type": "S"}, {"name": "b", "type": "N"}]
    assert not offline.changes(TABLE, {**table, "attributes": attributes}, {**table, "attributes": attributes[::-1]})
    notification = "aws:s3/bucketNotification:BucketNotification"
    target = {"lambdaFunctionArn": "f", "events": ["s3:ObjectCreated:*"], "filterPrefix": "uploads/"}
    there = {**target, "id": "made-by-aws"}
    state, inputs = {"bucket": "b", "lambdaFunctions": [there]}, {"bucket": "b", "lambdaFunctions": [target]}
    assert not offline.changes(notification, state, inputs)
    changed = {"bucket": "b", "lambdaFunctions": [{**target, "filterPrefix": "other/"}]}
    assert offline.changes(notification, state, changed) == {"lambdaFunctions": "UPDATE"}


def test_each_difference_is_named_by_its_path(offline: ProviderClient) -> None:
    state = {**queue(), "tags": {"team": "a", "old": "x"}, "kmsMasterKeyId": "key"}
    inputs = {**queue(), "tags": {"team": "b", "a:new": "y"}, "visibilityTimeoutSeconds": 60}
    assert offline.changes(QUEUE, state, inputs) == {
        "tags.team": "UPDATE",
        "tags.old": "DELETE",
        'tags["a:new"]': "ADD",
        "kmsMasterKeyId": "DELETE",
        "visibilityTimeoutSeconds": "UPDATE",
    }


def test_what_aws_cannot_change_replaces(offline: ProviderClient) -> None:
    state, inputs = queue(), {**queue(), "fifoQueue": True}
    answer = offline.diff(QUEUE, state, inputs)
    assert list(answer.replaces) == ["fifoQueue"]
    assert offline.changes(QUEUE, state, inputs) == {"fifoQueue": "UPDATE_REPLACE"}


def test_a_replaced_resource_goes_first_only_if_its_name_was_given(offline: ProviderClient) -> None:
    inputs = {**queue(), "fifoQueue": True}
    assert offline.diff(QUEUE, queue(), inputs).deleteBeforeReplace
    assert not offline.diff(QUEUE, queue(), {**inputs, "__defaults": ["name"]}).deleteBeforeReplace


def test_an_unknown_value_is_a_change(offline: ProviderClient) -> None:
    assert offline.changes(QUEUE, queue(), {**queue(), "redrivePolicy": UNKNOWN}) == {"redrivePolicy": "ADD"}


def test_what_aws_chose_is_no_change_and_ignored_changes_are_none(offline: ProviderClient) -> None:
    state = {**queue(), "policy": "{}", "sqsManagedSseEnabled": True}
    assert not offline.changes(QUEUE, state, queue())
    wanted = {**queue(), "visibilityTimeoutSeconds": 60}
    answer = offline.diff(QUEUE, queue(), wanted, ignore=("visibilityTimeoutSeconds",))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_an_archive_with_another_hash_is_an_update_in_place(offline: ProviderClient) -> None:
    archive = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "one"}
    inputs = {"name": "f", "role": "r", "memorySize": 128, "timeout": 3, "packageType": "Zip"}
    inputs |= {"reservedConcurrentExecutions": -1, "code": {**archive, "hash": "two"}}
    function = "aws:lambda/function:Function"
    assert offline.changes(function, {**inputs, "code": archive}, inputs) == {"code": "UPDATE"}
    assert offline.changes(function, inputs, inputs) == {}


def queue() -> dict[str, object]:
    return {
        "name": "q",
        "delaySeconds": 0,
        "fifoQueue": False,
        "maxMessageSize": 262_144,
        "messageRetentionSeconds": 345_600,
        "receiveWaitTimeSeconds": 0,
        "visibilityTimeoutSeconds": 30,
    }
