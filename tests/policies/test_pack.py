"""The pack as a whole: what it tells the engine, how it is configured, what a message holds."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from crossguard.documentation import Documentation
from crossguard.rule import EnforcementLevel, Severity, StackRule, Violation
from rules import RULES

from tests.policies.analyzer import PACK_DIRECTORY, UNKNOWN, Analyzer, Declared, queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from crossguard.resources import Resource


def test_every_rule_is_served_with_its_documentation(pack: Analyzer) -> None:
    served = {policy.name: policy for policy in pack.info().policies}
    assert list(served) == [rule.id for rule in RULES]
    for rule in RULES:
        policy = served[rule.id]
        assert policy.description == rule.documentation.requirement
        assert policy.remediation_steps
        assert policy.url.startswith("https://")
        assert policy.framework.reference
        assert policy.severity != 0


def test_rules_have_distinct_ids_of_one_form() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", each) for each in ids)


def test_every_configuration_property_has_a_default_and_a_description() -> None:
    for rule in RULES:
        for name, schema in rule.config.items():
            assert {"type", "default", "description"} <= schema.keys(), f"{rule.id}.{name}"


def test_a_message_says_what_where_why_and_how_to_mend(pack: Analyzer) -> None:
    (found,) = [each for each in pack.judge([queue("orders")]) if each.rule == "sqs-encrypted-at-rest"]
    assert found.level == "mandatory"
    assert found.message.splitlines()[0] == "Queues are encrypted at rest, explicitly: with SSE-SQS or with SSE-KMS."
    assert "aws:sqs/queue:Queue 'orders', property `sqsManagedSseEnabled`:" in found.message
    assert "\nWhy: " in found.message
    assert "\nMend: " in found.message
    assert 'aws.sqs.Queue("orders", sqs_managed_sse_enabled=True)' in found.message
    assert found.message.splitlines()[-1].startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("preview", "when"), [(True, "it will be decided at update"), (False, "is not known even now")]
)
def test_what_is_undecided_is_an_advisory_of_a_mandatory_rule(pack: Analyzer, preview: bool, when: str) -> None:  # noqa: FBT001
    found = pack.judge([queue("orders", {"sqsManagedSseEnabled": UNKNOWN})], preview=preview)
    (undecided,) = [each for each in found if each.rule == "sqs-encrypted-at-rest"]
    assert undecided.undecided
    assert undecided.level == "advisory"
    assert when in undecided.message


@pytest.mark.parametrize("level", ["advisory", "mandatory"])
def test_levels_are_configured_rule_by_rule(pack: Analyzer, level: str) -> None:
    found = pack.judge([queue("orders")], {"sqs-encrypted-at-rest": {"enforcementLevel": level}})
    assert {each.level for each in found if each.rule == "sqs-encrypted-at-rest"} == {level}
    assert {each.level for each in found if each.rule == "sqs-https-only"} == {"mandatory"}


def test_disabled_rules_say_nothing(pack: Analyzer) -> None:
    off = {"enforcementLevel": "disabled"}
    found = pack.judge([queue("orders")], {"sqs-encrypted-at-rest": off, "sqs-https-only": off})
    assert not {"sqs-encrypted-at-rest", "sqs-https-only"} & {each.rule for each in found}


def test_what_a_remediation_left_is_mandatory(pack: Analyzer) -> None:
    both = {"kmsMasterKeyId": "k", "sqsManagedSseEnabled": True}
    found = pack.judge([queue("orders", both)], {"sqs-encrypted-at-rest": {"enforcementLevel": "remediate"}})
    assert [each.level for each in found if each.rule == "sqs-encrypted-at-rest"] == ["mandatory"]


def test_resources_of_other_services_pass_untouched(pack: Analyzer) -> None:
    strange = [
        Declared("random:index/randomId:RandomId", "id", {"byteLength": 4}),
        Declared("kubernetes:apps/v1:Deployment", "web", {"spec": {"replicas": UNKNOWN}}),
        Declared("pulumi:pulumi:Stack", "stack"),
        Declared("my:index:Component", "component"),
    ]
    assert pack.judge(strange) == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule, StackRule)], ids=lambda rule: rule.id)
def test_an_empty_stack_passes(pack: Analyzer, rule: StackRule) -> None:
    assert not [each for each in pack.judge([]) if each.rule == rule.id]


NONSENSE: Mapping[str, Any] = {
    "a text": "nonsense",
    "a list": [1.0, None],
    "an object": {"k": {"l": []}},
    "a number": -1.5,
}


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_any_property_crashes_no_rule(pack: Analyzer, value: Any) -> None:
    types = sorted({each for rule in RULES for each in getattr(rule, "resource_types", ())})
    names = [
        *("policy", "redrivePolicy", "redriveAllowPolicy", "queueUrl", "name", "tags", "fifoQueue", "timeout"),
        *("visibilityTimeoutSeconds", "messageRetentionSeconds", "kmsMasterKeyId", "eventSourceArn", "functionName"),
        *("destinationConfig", "deadLetterConfig", "inlinePolicies", "defaultTags", "receiveWaitTimeSeconds"),
    ]
    resources = [
        Declared(type_, f"r{index}", dict.fromkeys(names, value), provider={"defaultTags": value})
        for index, type_ in enumerate(
            ["aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", *types[::7], *OTHER_TYPES]
        )
    ]
    assert not [each.message for each in pack.judge(resources) if "The rule itself failed" in each.message]


OTHER_TYPES = (
    "aws:sqs/redrivePolicy:RedrivePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:iam/rolePolicy:RolePolicy",
)

FAILING_PACK = '''
from crossguard.rule import ResourceRule, Severity
from crossguard.service import Pack, serve

def check(resource, config):
    raise KeyError("what the rule did not expect")
    yield

DOCS = """Nothing fails.

Why: it must not.

Mend: mend it::

    snippet

https://example.com/docs
"""
RULE = ResourceRule(id="failing-rule", docstring=DOCS, severity=Severity.LOW, framework="none",
                    resource_types=frozenset({"aws:sqs/queue:Queue"}), check=check)
serve(Pack(name="failing", description="A pack with a rule that fails", rules=[RULE]))
'''


def test_a_rule_that_fails_is_a_violation_and_not_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "__main__.py").write_text(FAILING_PACK)
    monkeypatch.setenv("PYTHONPATH", str(PACK_DIRECTORY))
    analyzer = Analyzer(tmp_path)
    try:
        (found,) = analyzer.judge([queue("orders")])
        assert found.level == "mandatory"
        assert "The rule itself failed" in found.message
        assert "what the rule did not expect" in found.message
        assert '{"failing-rule": "disabled"}' in found.message
    finally:
        analyzer.stop()


@pytest.mark.parametrize("docstring", [None, "Only a requirement.", "A requirement.\n\nWhy: so.\n\nMend: thus."])
def test_a_rule_without_full_documentation_is_refused(docstring: str | None) -> None:
    with pytest.raises(ValueError, match="needs a requirement"):
        Documentation.of(docstring)


def test_a_rule_may_be_written_by_others() -> None:
    """What another team needs: a generator, a docstring, and the rule's form."""

    def check_queue(resource: Resource, _config: Mapping[str, Any]) -> Iterator[Violation]:
        yield Violation(resource, "name", "is not to our taste")

    from crossguard.rule import ResourceRule  # noqa: PLC0415

    rule = ResourceRule(
        id="team-names",
        docstring="Names are good.\n\nWhy: taste.\n\nMend: rename::\n\n    x = 1\n\nhttps://example.com/names\n",
        severity=Severity.LOW,
        framework="none",
        level=EnforcementLevel.ADVISORY,
        resource_types=frozenset({"aws:sqs/queue:Queue"}),
        check=check_queue,
    )
    assert rule.documentation.mend == "rename:\n\n    x = 1"


def test_the_pack_imports_neither_the_provider_nor_boto3() -> None:
    import subprocess  # noqa: PLC0415

    code = "import sys; import rules, crossguard.service; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", f"import json; {code}"]
    modules = json.loads(subprocess.run(command, cwd=PACK_DIRECTORY, capture_output=True, check=True).stdout)
    assert not {"pulumi_aws", "boto3", "botocore"} & set(modules)


def test_no_module_of_the_pack_is_named_like_one_of_the_standard_library() -> None:
    names = {path.stem for path in PACK_DIRECTORY.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not names & set(sys.stdlib_module_names)
