"""Runs the policy pack as the Pulumi engine does, and talks to it over gRPC as the engine does."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACK_DIRECTORY = Path(__file__).parents[2] / "policies"
MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024
UNKNOWN = UNKNOWN_STRING_VALUE  # what the engine sends for a value that it does not know yet
ACCOUNT, REGION = "111122223333", "eu-west-1"

LEVELS = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
    "disabled": analyzer_pb2.DISABLED,
}
LEVEL_NAMES = {number: name for name, number in LEVELS.items()}

# What the provider computes, and so doesn't know at a first preview unless the program sets it.
COMPUTED = {
    "aws:sqs/queue:Queue": ("arn", "id", "url", "policy", "redrivePolicy", "redriveAllowPolicy", "kmsMasterKeyId"),
}
COMPUTED_OF_ALL = ("arn", "id")


def arn(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT, partition: str = "aws") -> str:
    """An ARN in the account and region of the tests."""
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


@dataclass(frozen=True)
class Declared:
    """A resource as a test declares it.

    Attributes:
        type, name: token and logical name.
        inputs: after the provider's check; `UNKNOWN` for what isn't known yet.
        depends: names of the resources that each input property depends on.
        outputs: what the provider answers beyond the inputs; the computed ones are unknown if not given.
        provider: inputs of the provider.
    """

    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::project::{self.type}::{self.name}"

    @property
    def all_outputs(self) -> dict[str, Any]:
        computed = dict.fromkeys((*COMPUTED.get(self.type, ()), *COMPUTED_OF_ALL), UNKNOWN)
        return {**computed, **self.inputs, **self.outputs}


def queue(
    name: str, inputs: Mapping[str, Any] | None = None, *, deployed: bool = False, depends: Any = None
) -> Declared:
    """A queue whose name is known, as the provider's check makes it; with ARN and URL if it is deployed."""
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    outputs = {"arn": arn("sqs", name), "url": url, "id": url} if deployed else {}
    return Declared("aws:sqs/queue:Queue", name, {"name": name, **(inputs or {})}, depends or {}, outputs)


def queue_policy(on: str, policy: Any, name: str = "policy") -> Declared:
    """A policy for a new queue, whose URL is not known yet."""
    inputs = {"queueUrl": UNKNOWN, "policy": policy}
    return Declared("aws:sqs/queuePolicy:QueuePolicy", name, inputs, {"queueUrl": [on]})


@dataclass(frozen=True)
class Found:
    """One diagnostic of the pack."""

    rule: str
    level: str
    resource: str
    message: str

    @property
    def undecided(self) -> bool:
        return self.message.startswith("Not decided yet: ")


class Analyzer:
    """The pack in a process of its own; `stop` ends it."""

    def __init__(self, directory: Path = PACK_DIRECTORY) -> None:
        command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(directory)]
        self.process = subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        port = int(self.process.stdout.readline())
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{port}",
            options=[
                ("grpc.max_receive_message_length", MAXIMUM_MESSAGE_BYTES),
                ("grpc.max_send_message_length", MAXIMUM_MESSAGE_BYTES),
            ],
        )
        self.stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)

    def stop(self) -> None:
        self._channel.close()
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()

    def info(self) -> Any:
        return self.stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self, config: Mapping[str, Mapping[str, Any]]) -> None:
        """Set levels (key ``enforcementLevel``) and properties by rule; what isn't named returns to its default."""
        defaults = {policy.name: policy.enforcementLevel for policy in self.info().policies}
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for rule, given in config.items():
            properties = dict(given)
            level = properties.pop("enforcementLevel", None)
            request.policyConfig[rule].enforcementLevel = LEVELS[level] if level else defaults[rule]
            request.policyConfig[rule].properties.update(properties)
        self.stub.Configure(request)

    def judge(
        self,
        resources: Sequence[Declared],
        config: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        preview: bool = True,
    ) -> list[Found]:
        """Everything that the pack says to these resources, alone and together, as in one run of the engine."""
        self.configure(config or {})
        self.stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=preview))
        diagnostics: list[Any] = []
        for resource in resources:
            diagnostics += self.stub.Analyze(analyze_request(resource)).diagnostics
        diagnostics += self.stub.AnalyzeStack(stack_request(resources)).diagnostics
        names = {resource.urn: resource.name for resource in resources}
        return [
            Found(each.policyName, LEVEL_NAMES[each.enforcementLevel], names.get(each.urn, each.urn), each.message)
            for each in diagnostics
        ]

    def remediate(self, resource: Declared, config: Mapping[str, Mapping[str, Any]]) -> Any:
        """The answer of ``Remediate``."""
        self.configure(config)
        return self.stub.Remediate(analyze_request(resource))


def analyze_request(resource: Declared) -> Any:
    """The request of the engine for one resource."""
    request = analyzer_pb2.AnalyzeRequest(urn=resource.urn, type=resource.type, name=resource.name)
    request.properties.update(resource.inputs)
    if resource.provider:
        request.provider.type = "pulumi:providers:aws"
        request.provider.properties.update(resource.provider)
    return request


def stack_request(resources: Sequence[Declared]) -> Any:
    """The request of the engine for a stack."""
    urns = {resource.name: resource.urn for resource in resources}
    request = analyzer_pb2.AnalyzeStackRequest()
    for resource in resources:
        each = request.resources.add(urn=resource.urn, type=resource.type, name=resource.name)
        each.properties.update(resource.all_outputs)
        if resource.provider:
            each.provider.type = "pulumi:providers:aws"
            each.provider.properties.update(resource.provider)
        for name, dependencies in resource.depends.items():
            each.propertyDependencies[name].urns.extend(urns[dependency] for dependency in dependencies)
            each.dependencies.extend(urns[dependency] for dependency in dependencies)
    return request
