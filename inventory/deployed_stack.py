"""A deployed stack, local or in an AWS account: its outputs, and clients that reach it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3

from inventory.terminal import UserError
from local.engine.finder import CHECKOUT
from local.pulumi_command import PulumiCommand, PulumiError
from local.stack import LOCAL_STACK, LocalStack

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class DeployedStack:
    """What the operator's commands need of a stack.

    Attributes:
        name: of the stack.
        environment: variables that lead ``pulumi`` and boto3 to it, on top of this process's own.
    """

    name: str
    environment: Mapping[str, str]

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs.

        Raises:
            UserError: there is no such stack, or nothing is deployed.
        """
        try:
            outputs = self.pulumi.outputs()
        except PulumiError as error:
            raise UserError(str(error)) from error
        if not outputs:
            raise UserError(
                f"stack {self.name} has no outputs: it is not deployed; deploy it with {self._how_to_deploy}"
            )
        return outputs

    @cached_property
    def session(self) -> boto3.Session:
        """A boto3 session in the stack's region, with the user's own credentials or the emulator's."""
        environment = {**os.environ, **self.environment}
        region = environment.get("AWS_REGION") or self.pulumi.configuration("aws:region")
        if self.name == LOCAL_STACK:
            return boto3.Session(
                aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
                region_name=region,
            )
        return boto3.Session(region_name=region, profile_name=self.pulumi.configuration("aws:profile"))

    def client(self, service: Any) -> Any:
        """A boto3 client of ``service`` that reaches the stack."""
        return self.session.client(service, **self._endpoint)

    def resource(self, service: Any) -> Any:
        return self.session.resource(service, **self._endpoint)

    @property
    def _endpoint(self) -> dict[str, Any]:
        if self.name != LOCAL_STACK:
            return {}
        return {"endpoint_url": self.environment["AWS_ENDPOINT_URL"], "verify": self.environment["AWS_CA_BUNDLE"]}

    @property
    def pulumi(self) -> PulumiCommand:
        """``pulumi`` on this stack."""
        return PulumiCommand(CHECKOUT, self.name, self.environment)

    @property
    def _how_to_deploy(self) -> str:
        return "`inventory local up`" if self.name == LOCAL_STACK else f"`pulumi up --stack {self.name}`"


def deployed_stack(name: str) -> DeployedStack:
    """Find the stack ``name``.

    Raises:
        UserError: the local stack is not running, or there is no ``pulumi`` to ask about another one.
    """
    if name != LOCAL_STACK:
        if shutil.which("pulumi") is None:
            raise UserError(f"`pulumi` is not on PATH; it is needed to read the outputs of stack {name}")
        return DeployedStack(name, {})
    stack = LocalStack.attached()
    if stack is None:
        raise UserError("the local stack is not running; start it with `inventory local up`")
    return DeployedStack(name, stack.environment())
