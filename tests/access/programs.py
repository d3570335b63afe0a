"""What the programs really make, from a first preview by the engine: nothing is copied from their source."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.emulator.launcher import ACCOUNT_ID, REGION
from local.engine.finder import CHECKOUT
from tests.access.evaluator import Caller, CallerKind, Document, Resource
from tests.local.stack_fixture import StackOnEmulator
from tests.policies.mutation.own_stack import OwnStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TWO_TEAMS = CHECKOUT / "examples" / "two-teams"


@dataclass(frozen=True)
class Programs:
    """The pipeline (of the inventory team, in dev) and the example of two teams, previewed."""

    pipeline: OwnStack
    teams: OwnStack

    @staticmethod
    def previewed(on_emulator: StackOnEmulator, **config: str) -> Programs:
        """Preview both; ``config`` has keys of the pipeline."""
        pipeline = on_emulator.preview("--json", *on_emulator.configured(environment="dev", **config))
        teams = on_emulator.preview("--json", project=TWO_TEAMS)
        return Programs(*(OwnStack.of_preview(json.loads(each.out)["steps"]) for each in (pipeline, teams)))

    def policy(self, name: str) -> Document:
        """A managed policy of the example."""
        document: Document = json.loads(self.teams.inputs(f"Policy {name}")["policy"])
        return document

    def operator(self, name: str) -> Caller:
        """An operator of the example, such as ``inventory-dev``, with its boundary."""
        label = f"Role {name}-operators"
        attached = [
            policy.removeprefix("Policy ")
            for attachment in _labels(self.teams, "RolePolicyAttachment")
            if label in self.teams.resources[attachment].depends["role"]
            for policy in self.teams.resources[attachment].depends["policyArn"]
        ]
        (boundary,) = self.teams.resources[label].depends["permissionsBoundary"]
        assert len(attached) == 2, attached
        return _role(
            self.teams, label, [self.policy(each) for each in attached], self.policy(boundary.removeprefix("Policy "))
        )

    def function_role(self, name: str) -> Caller:
        """The execution role of a function of the pipeline, such as ``csv-to-queue``."""
        label = f"Role inventory-{name}"
        documents = [
            json.loads(self.pipeline.inputs(policy)["policy"])
            for policy in _labels(self.pipeline, "RolePolicy")
            if label in self.pipeline.resources[policy].depends["role"]
        ]
        assert documents
        return _role(self.pipeline, label, documents)

    def queue(self, name: str) -> Resource:
        """A queue of either program, with the policy that is put on it."""
        stack = self.pipeline if f"Queue {name}" in self.pipeline.resources else self.teams
        inputs = stack.inputs(f"Queue {name}")
        (policy,) = [
            policy
            for policy in _labels(stack, "QueuePolicy")
            if f"Queue {name}" in stack.resources[policy].depends["queueUrl"]
        ]
        return Resource(
            arn("sqs", inputs["name"]), ACCOUNT_ID, inputs["tags"], json.loads(stack.inputs(policy)["policy"])
        )

    def physical_name(self, label: str, name_property: str = "name") -> str:
        """The name that the provider chose for a resource of the pipeline."""
        return str(self.pipeline.inputs(label)[name_property])


def arn(service: str, rest: str) -> str:
    """An ARN of this account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{rest}"


def _role(
    stack: OwnStack, label: str, policies: list[dict[str, Any]], boundary: dict[str, Any] | None = None
) -> Caller:
    inputs = stack.inputs(label)
    role_arn = f"arn:aws:iam::{ACCOUNT_ID}:role/{inputs['name']}"
    return Caller(CallerKind.ROLE, role_arn, ACCOUNT_ID, inputs["tags"], policies, boundary)


def _labels(stack: OwnStack, kind: str) -> list[str]:
    return sorted(label for label in stack.resources if label.partition(" ")[0] == kind)


@contextmanager
def previewed_programs(folder: Path, **config: str) -> Iterator[Programs]:
    """Preview both programs on an emulator of their own, in an empty folder."""
    on_emulator = StackOnEmulator.start(folder)
    try:
        yield Programs.previewed(on_emulator, **config)
    finally:
        on_emulator.stack.stop()
