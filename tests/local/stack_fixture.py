"""The project's own stack on the emulator, deployed once for all the tests that look at it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from inventory.deployed_stack import DeployedStack
from local.engine.finder import CHECKOUT
from local.stack import LOCAL_STACK, POLICY_PACK, LocalStack

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class StackOnEmulator:
    """A local stack in a folder of the test run's own."""

    stack: LocalStack

    @staticmethod
    def start(folder: Path) -> StackOnEmulator:
        return StackOnEmulator(LocalStack.started(folder, die_with_parent=True))

    @property
    def deployed(self) -> DeployedStack:
        return DeployedStack(LOCAL_STACK, self.stack.environment())

    def pulumi(self, *arguments: str, project: Path = CHECKOUT) -> Outcome:
        """Run ``pulumi`` with the real engine on the stack ``local`` of ``project``."""
        command = self.stack.pulumi(project)
        return self._run("pulumi", *arguments, "--stack", command.stack, "--non-interactive", cwd=project)

    def preview(self, *arguments: str, project: Path = CHECKOUT) -> Outcome:
        return self.pulumi("preview", "--policy-pack", str(POLICY_PACK), *arguments, project=project)

    def up(self, **config: Any) -> Outcome:
        """Deploy; ``config`` has keys of the project, on top of those of ``Pulumi.local.yaml``."""
        return self.pulumi(
            "up", "--yes", "--skip-preview", "--policy-pack", str(POLICY_PACK), *self.configured(**config)
        )

    def configured(self, **config: Any) -> list[str]:
        """The option that runs a command with changed configuration; the checkout's own file stays as it is."""
        settings = yaml.safe_load((CHECKOUT / "Pulumi.local.yaml").read_text())
        settings["config"] |= {f"inventory:{key}": value for key, value in config.items()}
        changed = self.stack.folder / "Pulumi.changed.yaml"
        changed.write_text(yaml.safe_dump(settings))
        return ["--config-file", str(changed)]

    def inventory(self, *arguments: str) -> Outcome:
        return self._run(sys.executable, "-m", "inventory.cli", *arguments, cwd=CHECKOUT)

    def _run(self, *command: str, cwd: Path) -> Outcome:
        environment: dict[str, Any] = os.environ | self.stack.environment()
        environment["INVENTORY_LOCAL_FOLDER"] = str(self.stack.folder)
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)
