"""The example of two teams in two environments: judged by the pack, deployed, and used by its operators."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.launcher import Credentials
from local.engine.finder import CHECKOUT
from local.stack import POLICY_PACK
from tests.local.emulator_fixture import allow, document, unique
from tests.local.stack_fixture import StackOnEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.launcher import RunningEmulator

pytestmark = pytest.mark.timeout(600)
EXAMPLE = CHECKOUT / "examples" / "two-teams"
TEAMS, ENVIRONMENTS = ("inventory", "shipping"), ("dev", "prod")
NAMES = tuple(f"{team}-{environment}" for team, environment in product(TEAMS, ENVIRONMENTS))
ALLOWED, DENIED = "", "AccessDenied"


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """The error code of a call, or nothing if it went through."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ALLOWED


@dataclass(frozen=True)
class Example:
    """The deployed example, and its operators as they come: people of a team who assume its role."""

    emulator: RunningEmulator
    outputs: dict[str, str]

    def url(self, name: str) -> str:
        return self.outputs[f"{name}-queue-url"]

    def assume(self, role: str, department: str) -> Credentials:
        iam, person = self.emulator.client("iam"), unique("person")
        iam.create_user(UserName=person, Tags=[{"Key": "department", "Value": department}])
        iam.put_user_policy(UserName=person, PolicyName="p", PolicyDocument=document(allow("sts:AssumeRole")))
        key = iam.create_access_key(UserName=person)["AccessKey"]
        sts = self.emulator.client("sts", Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
        arn = f"arn:aws:iam::{self.emulator.account_id}:role/{self.outputs[f'{role}-operators-role']}"
        answer = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    def operator(self, name: str, service: str = "sqs") -> Any:
        return self.emulator.client(service, self.assume(name, name.partition("-")[0]))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackOnEmulator]:
    on_emulator = StackOnEmulator.start(tmp_path_factory.mktemp("two-teams"))
    with on_emulator.stack.emulator:
        yield on_emulator
        on_emulator.stack.stop()


@pytest.fixture(scope="module")
def example(stack: StackOnEmulator) -> Example:
    up = stack.pulumi("up", "--yes", "--skip-preview", "--policy-pack", str(POLICY_PACK), project=EXAMPLE)
    assert up.code == 0, up.said
    outputs = stack.pulumi("stack", "output", "--json", project=EXAMPLE)
    return Example(stack.stack.emulator, json.loads(outputs.out))


def test_the_pack_finds_nothing_to_say_about_the_example(stack: StackOnEmulator) -> None:
    preview = stack.preview(project=EXAMPLE)
    assert preview.code == 0, preview.said
    for word in ("[mandatory]", "[advisory]", "Not decided yet"):
        assert word not in preview.said, preview.said


def test_operators_use_and_manage_the_queues_of_their_team_and_environment_alone(example: Example) -> None:
    for name in NAMES:
        sqs = example.operator(name)
        for other in NAMES:
            url, expected = example.url(other), ALLOWED if other == name else DENIED
            attributes = {"VisibilityTimeout": "30"}
            assert outcome(sqs.send_message, QueueUrl=url, MessageBody="x") == expected, (name, other)
            assert outcome(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=0) == expected, (name, other)
            assert outcome(sqs.set_queue_attributes, QueueUrl=url, Attributes=attributes) == expected, (name, other)
            assert outcome(sqs.tag_queue, QueueUrl=url, Tags={"cost-centre": "7"}) == expected, (name, other)


OWN = {"department": "shipping", "environment": "dev", "owner": "shipping-team"}
NEW_QUEUES = [
    (ALLOWED, OWN),
    (DENIED, {}),
    (DENIED, {"department": "shipping", "environment": "dev"}),
    (DENIED, {**OWN, "department": "inventory"}),
    (DENIED, {**OWN, "environment": "prod"}),
    (DENIED, {**OWN, "owner": "nobody"}),
    (DENIED, {**OWN, "Department": "inventory"}),
]


@pytest.mark.parametrize(("expected", "tags"), NEW_QUEUES, ids=str)
def test_a_queue_is_created_with_the_operators_own_tags_or_not_at_all(
    example: Example, expected: str, tags: dict[str, str]
) -> None:
    sqs = example.operator("shipping-dev")
    assert outcome(sqs.create_queue, QueueName=unique("new"), tags=tags) == expected


@pytest.mark.parametrize("key", ["department", "environment", "Department"])
def test_an_operator_cannot_change_the_tags_that_decide(example: Example, key: str) -> None:
    sqs, url = example.operator("shipping-dev"), example.url("shipping-dev")
    assert outcome(sqs.tag_queue, QueueUrl=url, Tags={key: "inventory"}) == DENIED
    assert outcome(sqs.untag_queue, QueueUrl=url, TagKeys=[key]) == DENIED


def test_the_boundary_caps_what_is_attached(example: Example) -> None:
    role = example.outputs["shipping-prod-operators-role"]
    iam = example.emulator.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="everything", PolicyDocument=document(allow("*")))
    try:
        credentials = example.assume("shipping-prod", "shipping")
        sqs, own_iam = example.emulator.client("sqs", credentials), example.emulator.client("iam", credentials)
        assert outcome(sqs.send_message, QueueUrl=example.url("shipping-prod"), MessageBody="x") == ALLOWED
        assert outcome(sqs.send_message, QueueUrl=example.url("inventory-prod"), MessageBody="x") == DENIED
        assert outcome(sqs.create_queue, QueueName=unique("new")) == DENIED
        tags = [{"Key": "department", "Value": "inventory"}]
        assert outcome(own_iam.tag_role, RoleName=role, Tags=tags) == DENIED
        assert outcome(own_iam.delete_role_permissions_boundary, RoleName=role) == DENIED
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="everything")


def test_the_role_of_a_team_is_assumed_by_its_people_alone(example: Example) -> None:
    with pytest.raises(ClientError, match=DENIED):
        example.assume("shipping-prod", "inventory")


def test_a_second_preview_changes_nothing(stack: StackOnEmulator, example: Example) -> None:
    assert example.outputs
    preview = stack.preview("--expect-no-changes", project=EXAMPLE)
    assert preview.code == 0, preview.said
