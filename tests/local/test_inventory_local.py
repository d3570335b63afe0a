"""The operator's ``inventory local`` from nothing to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.emulator.launcher import attach
from local.engine.finder import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path


def inventory(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"INVENTORY_LOCAL_FOLDER": str(folder)}
    command = [sys.executable, "-m", "inventory.cli", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)


def test_without_a_stack_each_command_says_how_to_start_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    for arguments in (("outputs",), ("receipt", "a.csv"), ("ingest", str(tmp_path / "a.csv")), ("local", "env")):
        done = inventory(tmp_path / "none", *arguments)
        assert done.returncode == 1, arguments
        assert "inventory local up" in done.stderr
        assert "Traceback" not in done.stderr
    status = inventory(tmp_path / "none", "local", "status", "--json")
    assert (status.returncode, json.loads(status.stdout)) == (3, {"running": False})


@pytest.mark.parametrize(
    "command", [(), ("ingest",), ("receipt",), ("outputs",), ("demo",), ("local",), ("local", "up"), ("local", "env")]
)
def test_every_command_has_a_help(command: tuple[str, ...], tmp_path: Path) -> None:
    done = inventory(tmp_path, *command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_files_that_are_not_there_are_named_before_anything_is_uploaded(tmp_path: Path) -> None:
    done = inventory(tmp_path, "ingest", "nowhere.csv")
    assert done.returncode == 1
    assert "nowhere.csv: no such file" in done.stderr


@pytest.mark.timeout(300)
def test_up_deploys_and_down_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    up = inventory(folder, "local", "up")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        emulator = attach(folder / "emulator")
        assert emulator
        variables = subprocess.run(
            [
                "sh",
                "-c",
                'eval "$1"; pulumi stack output queueUrl --stack local',
                "sh",
                inventory(folder, "local", "env").stdout,
            ],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert variables.stdout.startswith(emulator.endpoint_url)
        again = inventory(folder, "local", "up")
        assert "unchanged" in again.stdout
    finally:
        down = inventory(folder, "local", "down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert not emulator.is_alive()
    assert not folder.exists()
