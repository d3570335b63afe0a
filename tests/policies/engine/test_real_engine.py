"""The pack in real previews and updates: the engine, the provider's stand-in and the emulator, nothing mocked."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rules import RULES

from local.stack import POLICY_PACK
from tests.local.stack_fixture import StackOnEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.local.stack_fixture import Outcome

pytestmark = pytest.mark.timeout(600)

PROJECT = """\
name: {name}
runtime:
  name: python
  options:
    virtualenv: {virtualenv}
config:
  aws:region:
    value: eu-central-1
"""
IMPORTS = "import json\nimport pulumi\nimport pulumi_aws as aws\n"
DENY_HTTP = """
def deny_http(arn, condition):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn, "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
"""
NAMED_POLICY = """
account = aws.get_caller_identity().account_id
arn = pulumi.Output.concat("arn:aws:sqs:eu-central-1:", account, ":", queue.name)
aws.sqs.QueuePolicy("orders", queue_url=queue.url, policy=arn.apply(lambda arn: deny_http(arn, {condition})))
"""
QUEUE = "queue = aws.sqs.Queue('orders')\n"
PLAIN_HTTP = '{"Bool": {"aws:SecureTransport": "false"}}'
NARROWED = '{"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}}'


@pytest.fixture(scope="module")
def on_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackOnEmulator]:
    stack = StackOnEmulator.start(tmp_path_factory.mktemp("policies"))
    with stack.stack.emulator:
        yield stack
        stack.stack.stop()


def only(rule: str, level: str = "mandatory", **properties: Any) -> dict[str, Any]:
    """A configuration in which one rule counts."""
    return {**{each.id: "disabled" for each in RULES}, rule: {"enforcementLevel": level, **properties}}


def write(folder: Path, program: str, config: dict[str, Any]) -> list[str]:
    """Write a project and the pack's configuration; returns the options that apply it."""
    (folder / "Pulumi.yaml").write_text(PROJECT.format(name=f"p{abs(hash(str(folder)))}", virtualenv=sys.prefix))
    (folder / "__main__.py").write_text(IMPORTS + program)
    (folder / "policy-config.json").write_text(json.dumps(config))
    return ["--policy-pack-config", str(folder / "policy-config.json")]


MISSION = [
    ("sqs-encrypted-at-rest", True, "aws.sqs.Queue('orders', sqs_managed_sse_enabled=True)"),
    ("sqs-encrypted-at-rest", False, "aws.sqs.Queue('orders')"),
    ("sqs-https-only", True, QUEUE + DENY_HTTP + NAMED_POLICY.format(condition=PLAIN_HTTP)),
    ("sqs-https-only", False, QUEUE + DENY_HTTP + NAMED_POLICY.format(condition=NARROWED)),
    (
        "abac-required-tags",
        True,
        "aws.sqs.Queue('orders', tags={'department': 'a', 'environment': 'b', 'owner': 'c'})",
    ),
    ("abac-required-tags", False, "aws.sqs.Queue('orders', tags={'department': 'a', 'environment': 'b'})"),
]


@pytest.mark.parametrize(("rule", "passes", "program"), MISSION, ids=lambda value: str(value)[:24])
def test_first_preview(on_emulator: StackOnEmulator, tmp_path: Path, rule: str, passes: bool, program: str) -> None:  # noqa: FBT001
    preview = on_emulator.preview(*write(tmp_path, program, only(rule)), project=tmp_path)
    assert (preview.code == 0) is passes, preview.said
    assert (f"[mandatory] [severity: {severity(rule)}]  {rule}" in preview.said) is not passes
    assert "Not decided yet" not in preview.said


def severity(rule: str) -> str:
    return next(each.severity.value for each in RULES if each.id == rule)


def test_default_tags_of_the_provider_count(on_emulator: StackOnEmulator, tmp_path: Path) -> None:
    tags = {"department": "a", "environment": "b", "owner": "c"}
    program = f"p = aws.Provider('p', default_tags={{'tags': {tags}}})\naws.sqs.Queue('orders', opts=pulumi.ResourceOptions(provider=p))"
    preview = on_emulator.preview(*write(tmp_path, program, only("abac-required-tags")), project=tmp_path)
    assert preview.code == 0, preview.said


def test_what_is_unknown_is_an_advisory_at_preview_and_decided_at_update(
    on_emulator: StackOnEmulator, tmp_path: Path
) -> None:
    policy = f"queue.arn.apply(lambda arn: deny_http(arn, {NARROWED}))"
    program = f"{QUEUE}{DENY_HTTP}aws.sqs.QueuePolicy('orders', queue_url=queue.url, policy={policy})"
    options = write(tmp_path, program, only("sqs-https-only"))
    preview = on_emulator.preview(*options, project=tmp_path)
    assert preview.code == 0, preview.said
    assert "[advisory] [severity: high]  sqs-https-only  (aws:sqs:QueuePolicy: orders)" in preview.said
    assert "property `policy` is not known yet" in preview.said
    assert "it will be decided at update" in preview.said
    update = update_of(on_emulator, tmp_path, options)
    assert update.code != 0, update.said
    assert "[mandatory] [severity: high]  sqs-https-only  (aws:sqs:QueuePolicy: orders)" in update.said
    assert "holds only under a further condition" in update.said


def update_of(on_emulator: StackOnEmulator, project: Path, options: list[str]) -> Outcome:
    return on_emulator.pulumi(
        "up", "--yes", "--skip-preview", "--policy-pack", str(POLICY_PACK), *options, project=project
    )


def test_remediation_mends_the_resource_before_it_is_made(on_emulator: StackOnEmulator, tmp_path: Path) -> None:
    config = only("sqs-encrypted-at-rest", "remediate")
    options = write(tmp_path, "aws.sqs.Queue('orders', sqs_managed_sse_enabled=False)", config)
    preview = on_emulator.preview("--json", *options, project=tmp_path)
    assert preview.code == 0, preview.said
    (step,) = [each for each in json.loads(preview.out)["steps"] if "sqs/queue:Queue" in each["urn"]]
    assert step["newState"]["inputs"]["sqsManagedSseEnabled"] is True


@pytest.mark.parametrize("encryption", ["sse-sqs", "sse-kms-aws-managed", "sse-kms-customer-managed"])
def test_the_projects_own_stack_is_clean_at_its_first_preview(on_emulator: StackOnEmulator, encryption: str) -> None:
    preview = on_emulator.preview(*on_emulator.configured(encryption=encryption))
    assert preview.code == 0, preview.said
    for word in ("[mandatory]", "[advisory]", "Not decided yet"):
        assert word not in preview.said, preview.said


def test_a_deployed_stack_is_judged_by_its_state(on_emulator: StackOnEmulator, tmp_path: Path) -> None:
    options = write(tmp_path, "aws.sqs.Queue('orders', visibility_timeout_seconds=30)", only("sqs-https-only"))
    update = on_emulator.pulumi("up", "--yes", "--skip-preview", project=tmp_path)
    assert update.code == 0, update.said
    audit = on_emulator.pulumi("policy", "analyze", "--policy-pack", str(POLICY_PACK), *options, project=tmp_path)
    assert audit.code != 0
    assert "[mandatory] [severity: high]  sqs-https-only  (aws:sqs:Queue: orders)" in audit.said, audit.said
    assert "Not decided yet" not in audit.said


def test_the_sample_configuration_is_taken(on_emulator: StackOnEmulator, tmp_path: Path) -> None:
    sample = json.loads((POLICY_PACK / "policy-config.sample.json").read_text())
    tags = "tags={'department': 'a', 'owner': 'b'}"
    options = write(tmp_path, f"aws.sqs.Queue('orders', sqs_managed_sse_enabled=True, {tags})", sample)
    preview = on_emulator.preview(*options, project=tmp_path)
    assert "sqs-customer-managed-key" in preview.said, preview.said  # the sample switches it on
    assert "abac-required-tags" not in preview.said.replace("[remediate]  abac-required-tags", "")  # and mends tags


def test_a_configuration_of_the_wrong_type_is_refused(on_emulator: StackOnEmulator, tmp_path: Path) -> None:
    options = write(tmp_path, QUEUE, {"sqs-dlq-retention": {"minimumDays": "a week"}})
    preview = on_emulator.preview(*options, project=tmp_path)
    assert preview.code != 0
    assert "minimumDays" in preview.said, preview.said
