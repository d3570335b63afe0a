from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.automation import PulumiCommand

from local.engine import finder
from local.engine.finder import Engine, EngineNotFoundError, find_engine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH and an empty cache, out of reach of Pulumi's installer."""
    path = tmp_path / "path"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(finder, "CACHE", tmp_path / "cache")

    def out_of_reach(**_: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr(PulumiCommand, "install", out_of_reach)
    return tmp_path


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_pulumi_on_the_path_comes_first(machine: Path) -> None:
    executable(machine / "path" / "pulumi", "echo v3.300.1")
    executable(machine / "cache" / "engine" / "pulumi", f"echo v{finder._pinned_version()}")
    engine = find_engine()
    assert (engine.command, engine.version) == (machine / "path" / "pulumi", "3.300.1")
    assert engine.origin == "found on PATH"


def test_one_built_earlier_is_used_again(machine: Path) -> None:
    executable(machine / "cache" / "engine" / "pulumi", f"echo v{finder._pinned_version()}")
    assert "built from the Go module" in find_engine().origin


def test_one_built_from_another_version_is_not_used(machine: Path) -> None:
    executable(machine / "cache" / "engine" / "pulumi", "echo v3.1.0")
    with pytest.raises(EngineNotFoundError, match="no `go` on PATH"):
        find_engine()


def test_an_engine_that_is_too_old_is_passed_over_with_the_reason(machine: Path) -> None:
    executable(machine / "path" / "pulumi", "echo v3.50.0")
    with pytest.raises(EngineNotFoundError, match=r"is 3\.50\.0; 3\.200 or newer is needed"):
        find_engine()


def test_without_anything_it_says_all_that_was_tried(machine: Path) -> None:
    said: list[str] = []
    with pytest.raises(EngineNotFoundError) as refused:
        find_engine(said.append)
    assert machine.exists()
    for reason in (
        "no `pulumi` on PATH",
        "none built in this checkout",
        "installer is out of reach (no route)",
        "no `go`",
    ):
        assert reason in str(refused.value)
    assert any("installer" in line for line in said)


def test_it_builds_with_go_and_says_that_it_takes_minutes(machine: Path) -> None:
    version = finder._pinned_version()
    build = f"""case "$1" in env) echo go1.26.8;; build)
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho v{version}\\n' > "$2"; /bin/chmod +x "$2";; esac"""
    executable(machine / "path" / "go", build)
    said: list[str] = []
    engine = find_engine(said.append)
    assert engine.version == version
    assert any("some 4 minutes" in line for line in said)
    assert (machine / "cache" / "engine" / "pulumi-language-python").exists()


def test_an_old_go_is_refused_with_its_version(machine: Path) -> None:
    executable(machine / "path" / "go", "echo go1.24.3")
    with pytest.raises(EngineNotFoundError, match=r"is go1\.24\.3; Go 1\.25 or newer is needed"):
        find_engine()


def test_a_build_that_fails_says_what_the_compiler_said(machine: Path) -> None:
    executable(machine / "path" / "go", '[ "$1" = env ] && echo go1.26.0 && exit 0; echo "undefined: x"; exit 2')
    with pytest.raises(EngineNotFoundError, match="undefined: x"):
        find_engine()
    assert list((machine / "cache" / "engine").iterdir()) == []


def test_the_official_language_host_is_preferred_to_ours(machine: Path) -> None:
    executable(machine / "path" / "pulumi", "echo v3.300.1")
    engine = Engine(machine / "path" / "pulumi", "3.300.1", "found on PATH")
    assert "language-host" in engine.environment()["PATH"]
    executable(machine / "path" / "pulumi-language-python", "")
    assert "language-host" not in engine.environment()["PATH"]


def test_programs_and_packs_run_with_the_language_host_of_this_project(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: hello\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\npulumi.ComponentResource('a:b:C', 'named')\npulumi.export('where', pulumi.get_stack())\n"
    )
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import *\n"
        "def check(args, report):\n"
        "    if args.name == 'named':\n"
        "        report('it is named')\n"
        "PolicyPack('p', enforcement_level=EnforcementLevel.MANDATORY,\n"
        "    policies=[ResourceValidationPolicy(name='unnamed', description='d', validate=check)])\n"
    )
    (tmp_path / "state").mkdir()
    environment = os.environ | find_engine().environment()
    environment |= {
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--stack", "test", "--non-interactive"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert pulumi("stack", "init").returncode == 0
    up = pulumi("up", "--yes", "--skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    assert 'where: "test"' in up.stdout
    refused = pulumi("preview", "--policy-pack", str(pack))
    assert refused.returncode != 0
    assert "it is named" in refused.stdout
