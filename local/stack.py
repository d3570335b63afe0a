"""The stack ``local``: the emulator, the engine, the stand-in provider and the Pulumi program together."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from local.emulator.launcher import RunningEmulator, attach, start_emulator
from local.engine.finder import CACHE, CHECKOUT, Engine, find_engine
from local.pulumi_command import PulumiCommand

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL_STACK = "local"
FOLDER_VARIABLE = "INVENTORY_LOCAL_FOLDER"
"""Environment variable: keep the local stack's state elsewhere than in the checkout's cache."""
PROVIDER = CHECKOUT / "local" / "aws_provider" / "bin" / "pulumi-resource-aws"
POLICY_PACK = CHECKOUT / "policies"
PASSPHRASE = "local"  # noqa: S105 - nothing on this stack is a secret


@dataclass(frozen=True)
class LocalStack:
    """The running emulator and what leads ``pulumi`` and boto3 to it.

    Attributes:
        folder: the emulator's and the stack's state; gone with the emulator.
    """

    folder: Path
    emulator: RunningEmulator
    engine: Engine

    @staticmethod
    def attached(folder: Path | None = None) -> LocalStack | None:
        """The local stack of this checkout, if its emulator runs."""
        folder = folder or _default_folder()
        emulator = attach(folder / "emulator")
        return LocalStack(folder, emulator, find_engine()) if emulator else None

    @staticmethod
    def started(
        folder: Path | None = None, *, die_with_parent: bool = False, say: Callable[[str], None] = lambda _: None
    ) -> LocalStack:
        """Attach to the running emulator, or start one with an empty state.

        Args:
            folder: where its state lives.
            die_with_parent: stop the emulator when this process ends, however it ends.
            say: told what takes time.

        Raises:
            EngineNotFoundError: there is no Pulumi engine and none can be built.
        """
        engine = find_engine(say)
        folder = folder or _default_folder()
        emulator = attach(folder / "emulator")
        if emulator is None:
            # A new emulator is empty: what an earlier stack's state says is in it is not.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            emulator = start_emulator(folder / "emulator", die_with_parent=die_with_parent)
        stack = LocalStack(folder, emulator, engine)
        (folder / "state").mkdir(exist_ok=True)
        stack._install_provider()
        return stack

    def stop(self) -> None:
        """Stop the emulator and forget the state, which described what was in it."""
        self.emulator.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """Variables with which ``pulumi``, ``aws`` and boto3 work on this stack."""
        return {
            **self.emulator.environment(),
            **self.engine.environment(),
            "PULUMI_HOME": str(self._pulumi_home),
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # The stand-in provider is in place; nothing is to be downloaded.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def pulumi(self, project: Path = CHECKOUT) -> PulumiCommand:
        """``pulumi`` on the stack ``local`` of ``project``, which is made if it isn't there."""
        command = PulumiCommand(project, LOCAL_STACK, self.environment())
        command.select_or_create()
        return command

    @property
    def _pulumi_home(self) -> Path:
        return self.folder / "pulumi-home"

    def _install_provider(self) -> None:
        """Put the stand-in where this stack alone looks for the AWS provider, under the version that the SDK asks for.

        A folder of plugins of its own keeps it away from every other stack.
        """
        folder = self._pulumi_home / "plugins" / f"resource-aws-v{metadata.version('pulumi-aws')}"
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / "pulumi-resource-aws"
        script.write_text(f'#!/bin/sh\nINVENTORY_PYTHON="{sys.executable}" exec "{PROVIDER}" "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _default_folder() -> Path:
    return Path(os.environ.get(FOLDER_VARIABLE, CACHE / "local")).resolve()
