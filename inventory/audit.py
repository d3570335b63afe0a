"""Judges a deployed stack with the policy pack, by the state that Pulumi keeps of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inventory.terminal import UserError
from local.engine.finder import CHECKOUT, find_engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from inventory.deployed_stack import DeployedStack

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SARIF_LEVELS = {"mandatory": "error", "advisory": "warning"}
_SOURCE = re.compile(r"project:///(?P<file>[^#]+)#(?P<line>\d+)")
_LINK = re.compile(r"^https://\S+$", re.MULTILINE)


@dataclass(frozen=True)
class AuditFinding:
    """What a rule says of a resource.

    Attributes:
        level: ``mandatory`` or ``advisory``.
        message: requirement, place and problem, reason, mend, links: a part a line.
        source: file and line of the program that declared the resource, if the state knows them.
    """

    rule: str
    level: str
    severity: str
    urn: str
    message: str
    source: tuple[str, int] | None

    @property
    def resource(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def requirement(self) -> str:
        return self.message.splitlines()[0]

    @property
    def problem(self) -> str:
        """The line of the message that says what is wrong, and where."""
        lines = self.message.splitlines()
        return lines[1] if len(lines) > 1 else lines[0]

    @property
    def link(self) -> str | None:
        found = _LINK.search(self.message)
        return found[0] if found else None

    def record(self) -> dict[str, Any]:
        """As ``--format json`` prints it."""
        source = f"{self.source[0]}:{self.source[1]}" if self.source else None
        return {
            "rule": self.rule,
            "level": self.level,
            "severity": self.severity,
            "resource": self.urn,
            "problem": self.problem,
            "message": self.message,
            "source": source,
        }


def audit(deployed: DeployedStack, policy_pack: Path, config: Path | None = None) -> list[AuditFinding]:
    """Run the pack against the stack's state.

    Raises:
        UserError: the stack or the pack cannot be read.
    """
    environment = os.environ | find_engine().environment() | dict(deployed.environment)
    events = _analyze(deployed.name, environment, policy_pack, config)
    sources = _sources(deployed)
    return [
        AuditFinding(
            rule=event["policyName"],
            level=event["enforcementLevel"],
            severity=event.get("severity", ""),
            urn=event.get("resourceUrn", ""),
            message=event["message"],
            source=sources.get(event.get("resourceUrn", "")),
        )
        for event in events
    ]


def sarif(findings: Sequence[AuditFinding]) -> dict[str, Any]:
    """The findings as SARIF 2.1.0, for GitHub code scanning and others."""
    rules = {finding.rule: finding for finding in findings}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "sqs-well-architected",
                        "rules": [_sarif_rule(rules[id_]) for id_ in sorted(rules)],
                    }
                },
                "results": [_sarif_result(finding, sorted(rules)) for finding in findings],
            }
        ],
    }


def _sarif_rule(finding: AuditFinding) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": finding.rule, "shortDescription": {"text": finding.requirement}}
    return rule | ({"helpUri": finding.link} if finding.link else {})


def _sarif_result(finding: AuditFinding, rules: Sequence[str]) -> dict[str, Any]:
    # Code scanning shows only what has a place in the checkout; the program is the place of what has no other.
    file, line = finding.source or ("__main__.py", 1)
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": SARIF_LEVELS.get(finding.level, "warning"),
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}},
                "logicalLocations": [{"fullyQualifiedName": finding.urn, "kind": "resource"}],
            }
        ],
        # The same finding has the same print in every run, wherever the line moved.
        "partialFingerprints": {"ruleAndResource/v1": f"{finding.rule} {finding.urn}"},
    }


def _analyze(
    stack: str, environment: Mapping[str, str], policy_pack: Path, config: Path | None
) -> list[dict[str, Any]]:
    command = ["pulumi", "policy", "analyze", "--json", "--stack", stack, "--policy-pack", str(policy_pack.resolve())]
    if config:
        command += ["--policy-pack-config", str(config.resolve())]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not any("summaryEvent" in event for event in events):
        raise UserError(f"stack {stack} could not be audited:\n{(done.stderr or done.stdout).strip()}")
    return [event["policyEvent"] for event in events if "policyEvent" in event]


def _sources(deployed: DeployedStack) -> dict[str, tuple[str, int]]:
    state = json.loads(deployed.pulumi.capture("stack", "export"))
    found = {}
    for resource in state["deployment"].get("resources", []):
        source = _SOURCE.fullmatch(resource.get("sourcePosition", ""))
        if source:
            found[resource["urn"]] = (source["file"], int(source["line"]))
    return found
