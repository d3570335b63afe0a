"""What the stand-in provider makes of inputs: names, defaults, refusals, and what is known at preview."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from local.aws_provider.values import UNKNOWN
from tests.local.aws_provider_fixture import (
    BUCKET,
    OFFLINE,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    TABLE,
    ProviderClient,
    details,
    provider_process,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.launcher import RunningEmulator


@pytest.fixture(scope="module")
def offline() -> Iterator[ProviderClient]:
    """A provider whose emulator is not there: for what must not need it."""
    with provider_process(OFFLINE) as client:
        client.configure()
        yield client


@pytest.fixture(scope="module")
def provider(emulator: RunningEmulator) -> Iterator[ProviderClient]:
    """A provider on the emulator, with a default tag."""
    with provider_process(emulator.environment()) as client:
        client.configure(defaultTags=json.dumps({"tags": {"project": "inventory"}}))
        yield client


def test_a_resource_without_a_name_gets_its_logical_name_and_seven_hexadecimal_digits(offline: ProviderClient) -> None:
    name = offline.check(QUEUE, {}).inputs["name"]
    prefix, _, digits = name.rpartition("-")
    assert prefix == "orders"
    assert len(digits) == 7
    assert int(digits, 16) >= 0


def test_the_same_seed_gives_the_same_name_and_another_seed_another(offline: ProviderClient) -> None:
    names = [offline.check(QUEUE, {}, seed=seed).inputs["name"] for seed in (b"one", b"one", b"two")]
    assert names[0] == names[1] != names[2]


def test_an_update_keeps_the_name(offline: ProviderClient) -> None:
    old = offline.check(QUEUE, {}, seed=b"one").inputs
    assert offline.check(QUEUE, {}, old, seed=b"two").inputs["name"] == old["name"]


def test_a_name_given_once_is_not_kept_when_it_is_given_no_more(offline: ProviderClient) -> None:
    old = offline.check(QUEUE, {"name": "mine"}).inputs
    assert offline.check(QUEUE, {}, old).inputs["name"].startswith("orders-")


def test_each_type_has_its_own_rule(offline: ProviderClient) -> None:
    assert offline.check(QUEUE, {"fifoQueue": True}).inputs["name"].endswith(".fifo")
    assert offline.check(BUCKET, {}, name="Uploads_A").inputs["bucket"].startswith("uploads-a-")
    alias = offline.check("aws:kms/alias:Alias", {"targetKeyId": "1"}).inputs["name"]
    assert alias.startswith("alias/orders-")
    permission = {"action": "lambda:InvokeFunction", "function": "f", "principal": "s3.amazonaws.com"}
    named = offline.check("aws:lambda/permission:Permission", permission).inputs
    assert named["statementId"].startswith("orders-")


def test_a_name_that_would_be_too_long_is_refused(offline: ProviderClient) -> None:
    failures = offline.check(ROLE, {"assumeRolePolicy": "{}"}, name="r" * 60).failures
    assert "longer than the 64 characters" in failures["name"]


def test_the_projects_auto_naming_is_followed(offline: ProviderClient) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions
    enforced = options(proposed_name="chosen", mode=options.ENFORCE)
    proposed = options(proposed_name="chosen", mode=options.PROPOSE)
    disabled = options(mode=options.DISABLE)
    assert offline.check(QUEUE, {}, autonaming=enforced).inputs["name"] == "chosen"
    fifo = offline.check(QUEUE, {"fifoQueue": True}, autonaming=proposed).inputs
    assert fifo["name"] == "chosen.fifo"
    assert "switches auto-naming off" in offline.check(QUEUE, {}, autonaming=disabled).failures["name"]


def test_a_property_that_is_not_carried_is_an_error_that_names_it(offline: ProviderClient) -> None:
    failures = offline.check(BUCKET, {"website": {"indexDocument": "index.html"}}).failures
    assert "does not carry the property 'website' of aws:s3/bucket:Bucket" in failures["website"]
    assert "forceDestroy" in failures["website"]


def test_a_property_inside_another_that_is_not_carried_is_an_error_too(offline: ProviderClient) -> None:
    rules = [{"id": "a", "status": "Enabled", "filter": {"and": {"tags": {"a": "b"}}}}]
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    failures = offline.check(token, {"bucket": "b", "rules": rules}).failures
    assert list(failures) == ["rules[0].filter.and.tags"]


def test_a_type_that_is_not_carried_is_an_error_that_names_it(offline: ProviderClient) -> None:
    with pytest.raises(grpc.RpcError) as error:
        offline.check("aws:ec2/instance:Instance", {})
    assert "does not carry aws:ec2/instance:Instance; it carries" in details(error)


def test_an_output_cannot_be_given(offline: ProviderClient) -> None:
    assert "arn" in offline.check(QUEUE, {"arn": "arn:aws:sqs:eu-west-1:1:x"}).failures


def test_a_required_property_that_is_missing_is_an_error(offline: ProviderClient) -> None:
    assert "required" in offline.check(QUEUE_POLICY, {"queueUrl": "u"}).failures["policy"]


def test_a_required_property_may_be_unknown(offline: ProviderClient) -> None:
    checked = offline.check(QUEUE_POLICY, {"queueUrl": UNKNOWN, "policy": UNKNOWN})
    assert not checked.failures
    assert checked.inputs["policy"] is UNKNOWN


def test_defaults_are_filled_in_and_marked(offline: ProviderClient) -> None:
    inputs = offline.check(QUEUE, {}).inputs
    assert inputs["visibilityTimeoutSeconds"] == 30
    assert inputs["messageRetentionSeconds"] == 345_600
    assert {"name", "visibilityTimeoutSeconds"} <= set(inputs["__defaults"])


def test_values_that_aws_does_not_allow_are_refused_before_anything_is_made(offline: ProviderClient) -> None:
    assert "0 to 43200" in offline.check(QUEUE, {"visibilityTimeoutSeconds": 43_201}).failures.popitem()[1]
    table = {"hashKey": "a", "billingMode": "FREE"}
    assert "PAY_PER_REQUEST" in offline.check(TABLE, table).failures["billingMode"]
    assert "valid JSON" in offline.check(QUEUE, {"redrivePolicy": "{"}).failures["redrivePolicy"]


def test_text_numbers_and_booleans_pass_for_one_another(offline: ProviderClient) -> None:
    inputs = offline.check(QUEUE, {"delaySeconds": "5", "fifoQueue": "true", "tags": {"cost": 7}}).inputs
    assert (inputs["delaySeconds"], inputs["fifoQueue"], inputs["tags"]) == (5, True, {"cost": "7"})
    assert "no number" in offline.check(QUEUE, {"delaySeconds": "soon"}).failures["delaySeconds"]


def test_a_policy_given_as_an_object_becomes_text_and_unknown_if_a_part_is(offline: ProviderClient) -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    known = offline.check(QUEUE_POLICY, {"queueUrl": "u", "policy": document}).inputs
    assert json.loads(known["policy"]) == document
    partly = offline.check(QUEUE_POLICY, {"queueUrl": "u", "policy": {**document, "Id": UNKNOWN}}).inputs
    assert partly["policy"] is UNKNOWN


def test_the_providers_default_tags_are_among_the_tags(provider: ProviderClient) -> None:
    assert provider.check(QUEUE, {}).inputs["tags"] == {"project": "inventory"}
    given = provider.check(QUEUE, {"tags": {"project": "own", "team": "a"}}).inputs
    assert given["tags"] == {"project": "own", "team": "a"}


def test_another_region_is_refused(offline: ProviderClient) -> None:
    assert "own region" in offline.check(QUEUE, {"region": "us-west-2"}).failures["region"]


def test_what_aws_decides_is_unknown_and_the_name_is_known(offline: ProviderClient) -> None:
    inputs = offline.check(QUEUE, {"tags": {"team": "a"}}).inputs
    resource_id, state = offline.create(QUEUE, inputs, preview=True)
    assert resource_id == ""
    assert [state[name] for name in ("arn", "url", "policy", "sqsManagedSseEnabled")] == [UNKNOWN] * 4
    assert state["name"] == inputs["name"]
    assert state["tagsAll"] == {"team": "a"}


@pytest.mark.parametrize("publish", [True, False])
def test_an_update_keeps_what_it_does_not_touch(offline: ProviderClient, *, publish: bool) -> None:
    function = "aws:lambda/function:Function"
    inputs = {"name": "f", "role": "r", "memorySize": 128, "publish": publish}
    old = {**inputs, "arn": "arn", "lastModified": "then", "version": "1", "codeSha256": "sha"}
    state = offline.update(function, "f", old, {**inputs, "memorySize": 256}, preview=True)
    assert (state["arn"], state["codeSha256"], state["memorySize"]) == ("arn", "sha", 256)
    assert state["lastModified"] is UNKNOWN
    assert state["version"] == (UNKNOWN if publish else "1")
