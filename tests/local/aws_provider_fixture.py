"""The stand-in provider as a process of its own, spoken to as the engine does."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.aws_provider.values import Properties, from_struct, to_struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

BIN = Path(__file__).parents[2] / "local" / "aws_provider" / "bin"
PREFIX = "urn:pulumi:test::project::"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
TABLE = "aws:dynamodb/table:Table"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
OFFLINE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "eu-west-1",
}
"""Configures the provider for an emulator that is not there."""


@dataclass(frozen=True)
class Checked:
    """What Check makes of inputs."""

    inputs: Properties
    failures: dict[str, str]


@dataclass(frozen=True)
class ProviderClient:
    """The engine's side of the protocol."""

    process: subprocess.Popen[str]
    stub: Any

    def configure(self, **variables: str) -> None:
        given = {f"aws:config:{key}": value for key, value in variables.items()}
        self.stub.Configure(provider_pb2.ConfigureRequest(variables=given))

    def check(  # noqa: PLR0913 - what the engine sends
        self,
        token: str,
        inputs: Properties,
        old: Properties | None = None,
        *,
        name: str = "orders",
        seed: bytes = b"seed",
        autonaming: Any = None,
    ) -> Checked:
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=f"{PREFIX}{token}::{name}",
                olds=to_struct(old or {}),
                news=to_struct(inputs),
                randomSeed=seed,
                autonaming=autonaming,
            )
        )
        return Checked(from_struct(answer.inputs), {failure.property: failure.reason for failure in answer.failures})

    def diff(self, token: str, state: Properties, inputs: Properties, *, ignore: tuple[str, ...] = ()) -> Any:
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                urn=f"{PREFIX}{token}::orders",
                id="id",
                olds=to_struct(state),
                news=to_struct(inputs),
                ignoreChanges=ignore,
            )
        )

    def changes(self, token: str, state: Properties, inputs: Properties) -> dict[str, str]:
        """Return the kind of each difference, such as ``UPDATE_REPLACE``, by property path."""
        answer = self.diff(token, state, inputs)
        names = provider_pb2.PropertyDiff.Kind
        return {path: names.Name(difference.kind) for path, difference in answer.detailedDiff.items()}

    def create(self, token: str, inputs: Properties, *, preview: bool = False) -> tuple[str, Properties]:
        answer = self.stub.Create(
            provider_pb2.CreateRequest(urn=f"{PREFIX}{token}::orders", properties=to_struct(inputs), preview=preview)
        )
        return answer.id, from_struct(answer.properties)

    def checked_and_created(self, token: str, inputs: Properties, name: str = "orders") -> tuple[str, Properties]:
        checked = self.check(token, inputs, name=name)
        assert not checked.failures
        return self.create(token, checked.inputs)

    def update(
        self, token: str, resource_id: str, old: Properties, inputs: Properties, *, preview: bool = False
    ) -> Properties:
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                urn=f"{PREFIX}{token}::orders",
                id=resource_id,
                olds=to_struct(old),
                news=to_struct(inputs),
                preview=preview,
            )
        )
        return from_struct(answer.properties)

    def read(
        self, token: str, resource_id: str, state: Properties | None = None, inputs: Properties | None = None
    ) -> tuple[str, Properties, Properties]:
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                urn=f"{PREFIX}{token}::orders",
                id=resource_id,
                properties=to_struct(state or {}),
                inputs=to_struct(inputs or {}),
            )
        )
        return answer.id, from_struct(answer.properties), from_struct(answer.inputs)

    def delete(self, token: str, resource_id: str, state: Properties) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(urn=f"{PREFIX}{token}::orders", id=resource_id, properties=to_struct(state))
        )

    def invoke(self, token: str, **given: Any) -> Properties:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct(given)))
        return from_struct(getattr(answer, "return"))


def details(error: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    """What the provider said of a refused request."""
    return str(error.value.details())


@contextmanager
def provider_process(environment: Mapping[str, str]) -> Iterator[ProviderClient]:
    """Start the executable that the engine finds on PATH, and stop it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [str(BIN / "pulumi-resource-aws"), "127.0.0.1:1"],
        env=kept | dict(environment),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield ProviderClient(process, provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()
