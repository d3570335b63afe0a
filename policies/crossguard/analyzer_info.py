"""What the pack tells the engine about its rules: levels, severities, documentation, configuration schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Severity

from crossguard.rule import ResourceRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossguard.rule import Rule

LEVEL_OF_PROTOCOL: Mapping[int, EnforcementLevel] = {
    analyzer_pb2.ADVISORY: EnforcementLevel.ADVISORY,
    analyzer_pb2.MANDATORY: EnforcementLevel.MANDATORY,
    analyzer_pb2.DISABLED: EnforcementLevel.DISABLED,
    analyzer_pb2.REMEDIATE: EnforcementLevel.REMEDIATE,
}
PROTOCOL_OF_LEVEL: Mapping[EnforcementLevel, Any] = {level: number for number, level in LEVEL_OF_PROTOCOL.items()}
PROTOCOL_OF_SEVERITY: Mapping[Severity, Any] = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}


def analyzer_info(name: str, description: str, version: str, rules: Sequence[Rule]) -> analyzer_pb2.AnalyzerInfo:
    """The pack's description of itself."""
    info = analyzer_pb2.AnalyzerInfo(name=name, description=description, version=version, supportsConfig=True)
    info.provider = "aws"
    for rule in rules:
        documentation = rule.documentation
        policy = info.policies.add(
            name=rule.id,
            description=documentation.requirement,
            enforcementLevel=PROTOCOL_OF_LEVEL[rule.level],
            severity=PROTOCOL_OF_SEVERITY[rule.severity],
            remediation_steps=documentation.mend,
            url=documentation.links[0],
            policy_type=analyzer_pb2.POLICY_TYPE_RESOURCE
            if isinstance(rule, ResourceRule)
            else analyzer_pb2.POLICY_TYPE_STACK,
        )
        policy.framework.name = "AWS Well-Architected Framework"
        policy.framework.reference = rule.framework
        if rule.config:
            policy.configSchema.properties.update(rule.config)
    return info
