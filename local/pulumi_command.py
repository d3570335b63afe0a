"""Runs ``pulumi`` commands on one project with one environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


INTERRUPT_SECONDS = 20


class PulumiError(RuntimeError):
    """A ``pulumi`` command failed; the message carries what it printed."""


@dataclass(frozen=True)
class PulumiCommand:
    """``pulumi`` in a project's folder.

    Attributes:
        project: the folder with ``Pulumi.yaml``.
        stack: the stack that every command is about.
        environment: on top of this process's own.
    """

    project: Path
    stack: str
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> int:
        """Run with the terminal's own output; returns the exit code. Interrupted, it lets ``pulumi`` clean up first."""
        # A session of its own: Ctrl-C reaches us alone, and we pass it on once. Twice would make pulumi give up.
        process = subprocess.Popen(
            self._command(arguments),
            cwd=self.project,
            env=self._all(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(INTERRUPT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            raise

    def capture(self, *arguments: str) -> str:
        """Return what the command prints.

        Raises:
            PulumiError: it failed.
        """
        done = subprocess.run(
            self._command(arguments), cwd=self.project, env=self._all(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = "\n".join(part.strip() for part in (done.stdout, done.stderr) if part.strip())
            raise PulumiError(f"pulumi {' '.join(arguments)} failed on stack {self.stack}:\n{said}")
        return done.stdout

    def select_or_create(self) -> None:
        """Make the stack known to the backend.

        Raises:
            PulumiError: the backend or the passphrase refused.
        """
        done = subprocess.run(
            ["pulumi", "stack", "select", "--create", self.stack, "--non-interactive"],
            cwd=self.project,
            env=self._all(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PulumiError(f"stack {self.stack} could not be selected:\n{done.stderr.strip()}")

    def outputs(self) -> dict[str, Any]:
        """The outputs of the stack, by name.

        Raises:
            PulumiError: there is no such stack.
        """
        outputs: dict[str, Any] = json.loads(self.capture("stack", "output", "--json", "--show-secrets"))
        return outputs

    def configuration(self, key: str) -> str | None:
        """One configuration value of the stack, or None."""
        entries = json.loads(self.capture("config", "--json"))
        value = entries.get(key, {}).get("value")
        return None if value is None else str(value)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return ["pulumi", *arguments, "--stack", self.stack, "--non-interactive"]

    def _all(self) -> dict[str, str]:
        return os.environ | dict(self.environment)
