"""Runs a Pulumi program against mocks and remembers what it registered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import mocks

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT_ID = "123456789012"
REGION = "eu-central-1"


@dataclass(frozen=True)
class Registered:
    """One resource as the engine saw it."""

    type: str
    name: str
    inputs: dict[str, Any]
    id: str


@dataclass
class Program(mocks.Mocks):
    """Answers like AWS would at an update, and keeps every registered resource."""

    resources: list[Registered] = field(default_factory=list)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name = f"{args.name}-1a2b3c4"
        outputs = {
            **args.inputs,
            "name": name,
            "arn": f"arn:aws:mock:{REGION}:{ACCOUNT_ID}:{name}",
            "url": f"https://{name}",
        }
        outputs |= {"bucket": args.inputs.get("bucket", name), "keyId": f"key-{name}"}
        self.resources.append(Registered(args.typ, args.name, dict(args.inputs), name))
        return name, outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT_ID},
            "aws:index/getPartition:getPartition": {"partition": "aws"},
            "aws:index/getRegion:getRegion": {"region": REGION},
        }
        return answers[args.token], []

    def of_type(self, type_token: str) -> dict[str, Registered]:
        return {resource.name: resource for resource in self.resources if resource.type == type_token}

    def one(self, type_token: str, name: str) -> Registered:
        return self.of_type(type_token)[name]

    def statements(self, type_token: str, name: str, property_name: str = "policy") -> dict[str, dict[str, Any]]:
        """The statements of a resource's policy document, by their Sid."""
        document = json.loads(self.one(type_token, name).inputs[property_name])
        return {statement["Sid"]: statement for statement in document["Statement"]}


def run_program(make: Callable[[], object], config: dict[str, str] | None = None) -> Program:
    """Run ``make`` as a Pulumi program to its end, every output resolved, and return what it registered."""
    program = Program()
    mocks.set_mocks(program, project="inventory", stack="test", preview=False)
    pulumi.runtime.set_all_config({f"inventory:{key}": value for key, value in (config or {}).items()})

    def body() -> None:
        make()

    pulumi.runtime.test(body)()  # type: ignore[no-untyped-call]
    return program
