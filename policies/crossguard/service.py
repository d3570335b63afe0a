"""The analyzer service: what the Pulumi engine calls, over gRPC, to have resources and stacks judged.

pulumi-policy's own server converts every property of every resource again for each rule, forgets a resource's inputs
by the time that it judges the stack, and gives all findings of a rule one level. This one speaks the same protocol
with the same vocabulary (levels, severities, schemas), but converts once, keeps the inputs, and reports what cannot be
known before the update as an advisory of the rule, beside its violations.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/analyzer.proto
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2
from pulumi_policy import EnforcementLevel

from crossguard.analyzer_info import LEVEL_OF_PROTOCOL, PROTOCOL_OF_LEVEL, PROTOCOL_OF_SEVERITY, analyzer_info
from crossguard.messages import fault_message, undecided_message, violation_message
from crossguard.resources import Resource
from crossguard.rule import ResourceRule, Rule, StackRule, Violation
from crossguard.values import SIGNATURE_KEY, from_struct, with_defaults
from stack_graph import StackGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from google.protobuf.struct_pb2 import Struct

    from crossguard.rule import Finding

MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024  # a stack is one message; pulumi-policy's own limit
PACK_VERSION = "1.0.0"  # the engine shows the version of PulumiPolicy.yaml instead


@dataclass(frozen=True)
class Pack:
    """A policy pack.

    Attributes:
        name: letters, digits, ``-``, ``_`` and ``.``.
        rules: all rules, each id once.
    """

    name: str
    description: str
    rules: Sequence[Rule]


def serve(pack: Pack) -> None:
    """Serve the pack on a free loopback port, print the port for the engine, and run until the engine ends it."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4),
        options=[("grpc.max_receive_message_length", MAXIMUM_MESSAGE_BYTES)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(AnalyzerService(pack), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


class AnalyzerService(analyzer_pb2_grpc.AnalyzerServicer):
    """``pulumirpc.Analyzer`` for one pack and one operation of the engine."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._levels: dict[str, EnforcementLevel] = {rule.id: rule.level for rule in pack.rules}
        self._config: dict[str, dict[str, Any]] = {rule.id: with_defaults(rule.config, {}) for rule in pack.rules}
        self._resource_rules: dict[str, list[ResourceRule]] = defaultdict(list)
        self._stack_rules = [rule for rule in pack.rules if isinstance(rule, StackRule)]
        for rule in pack.rules:
            if isinstance(rule, ResourceRule):
                for resource_type in rule.resource_types:
                    self._resource_rules[resource_type].append(rule)
        self._inputs: dict[str, Struct] = {}
        self._inputs_lock = threading.Lock()
        self._preview = True

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return analyzer_info(self._pack.name, self._pack.description, PACK_VERSION, self._pack.rules)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=PACK_VERSION)

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self._preview = request.dry_run
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Take the levels and properties of ``--policy-pack-config``."""
        for rule in self._pack.rules:
            config = request.policyConfig.get(rule.id)
            self._levels[rule.id] = LEVEL_OF_PROTOCOL[config.enforcementLevel] if config else rule.level
            self._config[rule.id] = with_defaults(rule.config, from_struct(config.properties) if config else {})
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Judge one resource by its inputs, and keep them for the judgement of the stack."""
        with self._inputs_lock:
            self._inputs[request.urn] = request.properties
        response = analyzer_pb2.AnalyzeResponse()
        resource = _resource(request, request.properties)
        for rule in self._enabled(self._resource_rules.get(request.type, ())):
            self._run(rule, resource, resource.urn, response)
        return response

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Judge the stack as a whole; all rules share one graph of it."""
        response = analyzer_pb2.AnalyzeResponse()
        with self._inputs_lock:
            inputs = dict(self._inputs)
        resources = [_resource(each, inputs.get(each.urn), stack=True) for each in request.resources]
        graph = StackGraph(resources)
        for rule in self._enabled(self._stack_rules):
            self._run(rule, graph, "", response)
        return response

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Let the rules whose level is ``remediate`` mend the resource, one after the other."""
        response = analyzer_pb2.RemediateResponse()
        properties = request.properties
        for rule in self._resource_rules.get(request.type, ()):
            if self._levels[rule.id] != EnforcementLevel.REMEDIATE or rule.remediate is None:
                continue
            about = response.remediations.add(
                policyName=rule.id,
                policyPackName=self._pack.name,
                policyPackVersion=PACK_VERSION,
                description=rule.documentation.requirement,
            )
            try:
                changes = rule.remediate(_resource(request, properties), self._config[rule.id])
            except Exception as error:  # noqa: BLE001 - nor may a remediation
                about.diagnostic = fault_message(rule, error)
                continue
            if changes:
                properties = _with_changes(properties, changes)
                about.properties.CopyFrom(properties)
            else:
                response.remediations.pop()
        return response

    def _enabled(self, rules: Iterable[Any]) -> list[Any]:
        return [rule for rule in rules if self._levels[rule.id] != EnforcementLevel.DISABLED]

    def _run(self, rule: Any, subject: Resource | StackGraph, urn: str, response: Any) -> None:
        try:
            for finding in rule.check(subject, self._config[rule.id]):
                self._report(rule, finding, response)
        except Exception as error:  # noqa: BLE001 - a rule must never take the pack down, whatever it meets
            self._add(rule, self._blocking_level(rule), fault_message(rule, error), urn, response)

    def _report(self, rule: Rule, finding: Finding, response: Any) -> None:
        if isinstance(finding, Violation):
            level, message = self._blocking_level(rule), violation_message(rule, finding)
        else:
            level, message = EnforcementLevel.ADVISORY, undecided_message(rule, finding, preview=self._preview)
        self._add(rule, level, message, finding.resource.urn, response)

    def _blocking_level(self, rule: Rule) -> EnforcementLevel:
        """The level of a violation: what a remediation has not mended is mandatory, as in pulumi-policy."""
        level = self._levels[rule.id]
        return EnforcementLevel.MANDATORY if level == EnforcementLevel.REMEDIATE else level

    def _add(self, rule: Rule, level: EnforcementLevel, message: str, urn: str, response: Any) -> None:
        response.diagnostics.add(
            policyName=rule.id,
            policyPackName=self._pack.name,
            policyPackVersion=PACK_VERSION,
            description=rule.documentation.requirement,
            message=message,
            enforcementLevel=PROTOCOL_OF_LEVEL[level],
            urn=urn,
            severity=PROTOCOL_OF_SEVERITY[rule.severity],
        )


def _resource(request: Any, inputs: Struct | None, *, stack: bool = False) -> Resource:
    return Resource(
        urn=request.urn,
        type=request.type,
        name=request.name,
        input_struct=inputs,
        output_struct=request.properties if stack else None,
        provider_struct=request.provider.properties if request.HasField("provider") else None,
        parent=request.options.parent,
        dependencies=tuple(request.dependencies) if stack else (),
        property_dependencies={name: tuple(each.urns) for name, each in request.propertyDependencies.items()}
        if stack
        else {},
    )


def _with_changes(properties: Struct, changes: Mapping[str, Any]) -> Struct:
    changed = type(properties)()
    changed.CopyFrom(properties)
    _merge(changed, changes)
    return changed


def _merge(struct: Struct, changes: Mapping[str, Any]) -> None:
    """Set and remove properties in place, inside objects and secrets too, so that all else stays as it is."""
    for name, value in changes.items():
        field = struct.fields.get(name)
        while field is not None and field.struct_value.fields.get(SIGNATURE_KEY) is not None:
            field = field.struct_value.fields["value"]
        if value is None:
            struct.fields.pop(name, None)
        elif isinstance(value, dict) and field is not None and field.HasField("struct_value"):
            _merge(field.struct_value, value)
        else:
            struct.update({name: value})
