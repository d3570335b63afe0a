"""The generated documentation is current and the sample configuration is one that the pack takes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rule_table import rule_table
from rules import RULES

from tests.policies.analyzer import PACK_DIRECTORY, queue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossguard.rule import Rule

    from tests.policies.analyzer import Analyzer

DOCUMENT = PACK_DIRECTORY.parent / "docs" / "policies.md"
SAMPLE = PACK_DIRECTORY / "policy-config.sample.json"
LEVELS = {"advisory", "mandatory", "remediate", "disabled"}
JSON_TYPES: Mapping[str, Any] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


def sample() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return loaded


def test_docs_policies_is_current() -> None:
    """Renew it with ``python policies/rule_table.py > docs/policies.md``."""
    assert DOCUMENT.read_text(encoding="utf-8") == rule_table()


def test_the_table_can_be_written_from_any_folder() -> None:
    command = [sys.executable, str(PACK_DIRECTORY / "rule_table.py")]
    assert subprocess.run(command, cwd="/", capture_output=True, check=True, text=True).stdout == rule_table()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_in_the_table_with_a_section(rule: Rule) -> None:
    text = rule_table()
    assert f"| [{rule.id}](#{rule.id}) |" in text
    assert f"\n### {rule.id}\n" in text


def test_the_sample_configuration_names_rules_and_properties_that_exist() -> None:
    rules = {rule.id: rule for rule in RULES}
    for rule_id, given in sample().items():
        rule = rules[rule_id]
        properties = dict(given) if isinstance(given, dict) else {"enforcementLevel": given}
        assert properties.pop("enforcementLevel", "advisory") in LEVELS
        for name, value in properties.items():
            assert isinstance(value, JSON_TYPES[rule.config[name]["type"]]), f"{rule_id}.{name}"


def test_the_pack_takes_the_sample_configuration(pack: Analyzer) -> None:
    config = {
        name: given if isinstance(given, dict) else {"enforcementLevel": given} for name, given in sample().items()
    }
    found = pack.judge([queue("orders", {"kmsMasterKeyId": "k", "kmsDataKeyReusePeriodSeconds": 7200})], config)
    assert [each.message for each in found if each.rule == "sqs-customer-managed-key" and "not within" in each.message]
    assert not [each for each in found if each.rule == "sqs-long-polling"]
