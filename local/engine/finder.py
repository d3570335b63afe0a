"""Finds the Pulumi engine on this machine, or builds it.

Order: ``pulumi`` on PATH; one that this checkout got earlier; Pulumi's own installer, where the network reaches it;
a build of the Go module pinned in ``local/engine/build/go.mod``.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi.automation import PulumiCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache"
BUILD_FOLDER = Path(__file__).parent / "build"
LANGUAGE_HOST = "pulumi-language-python"
MODULE = "github.com/pulumi/pulumi/pkg/v3"
OLDEST_VERSION = (3, 200)
OLDEST_GO = (1, 25)


class EngineNotFoundError(RuntimeError):
    """No engine is on this machine and none could be made; the message says what was tried."""


@dataclass(frozen=True)
class Engine:
    """A Pulumi engine that runs here.

    Attributes:
        command: the ``pulumi`` executable.
        version: as it prints it, such as ``3.259.0``.
        origin: where it comes from, for people.
    """

    command: Path
    version: str
    origin: str

    def environment(self) -> dict[str, str]:
        """``PATH`` with the engine first and a Python language host behind it, if the engine has none of its own."""
        folders = [str(self.command.parent), os.environ.get("PATH", os.defpath)]
        beside = self.command.resolve().with_name(LANGUAGE_HOST)
        if not beside.exists() and not shutil.which(LANGUAGE_HOST):
            folders.append(str(_language_host_folder()))
        return {"PATH": os.pathsep.join(folders)}


def find_engine(say: Callable[[str], None] = lambda _: None) -> Engine:
    """Return the first engine of the order above, building one if there is none.

    Args:
        say: told, line by line, what is being tried; a build takes some minutes.

    Raises:
        EngineNotFoundError: nothing on PATH, no installer within reach, and no Go to build with.
    """
    tried = []
    for attempt in (_on_path, _built_earlier, _installed_earlier):
        engine = attempt()
        if isinstance(engine, Engine):
            return engine
        tried.append(engine)
    with _one_at_a_time(say):
        for attempt in (_built_earlier, lambda: _install(say), lambda: _build(say)):
            engine = attempt()
            if isinstance(engine, Engine):
                return engine
            tried.append(engine)
    reasons = "\n".join(f"  - {reason}" for reason in dict.fromkeys(tried))
    raise EngineNotFoundError(f"there is no Pulumi engine to run with; tried:\n{reasons}")


def _on_path() -> Engine | str:
    command = shutil.which("pulumi")
    if command is None:
        return "no `pulumi` on PATH"
    version = _version_of(Path(command))
    if version is None:
        return f"{command} does not answer `pulumi version`"
    if _numbers(version) < OLDEST_VERSION:
        return f"{command} is {version}; {'.'.join(map(str, OLDEST_VERSION))} or newer is needed"
    return Engine(Path(command), version, "found on PATH")


def _built_earlier() -> Engine | str:
    command = CACHE / "engine" / "pulumi"
    version = _version_of(command)
    if version != _pinned_version():
        return f"none built in this checkout ({command})"
    return Engine(command, version, "built from the Go module by this checkout")


def _installed_earlier() -> Engine | str:
    command = CACHE / "engine-installed" / "bin" / "pulumi"
    version = _version_of(command)
    if version is None:
        return f"none installed in this checkout ({command})"
    return Engine(command, version, "installed by this checkout with Pulumi's installer")


def _install(say: Callable[[str], None]) -> Engine | str:
    say("no Pulumi engine here yet: trying Pulumi's installer")
    try:
        PulumiCommand.install(root=str(CACHE / "engine-installed"))
    except Exception as error:  # noqa: BLE001 - the installer fails in many ways, each means: go on without it
        return f"Pulumi's installer is out of reach ({error})"
    return _installed_earlier()


def _build(say: Callable[[str], None]) -> Engine | str:
    go = shutil.which("go")
    if go is None:
        return f"no `go` on PATH to build the engine with (Go {'.'.join(map(str, OLDEST_GO))} or newer)"
    go_version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout.strip()
    if _numbers(go_version) < OLDEST_GO:
        return f"{go} is {go_version or 'broken'}; Go {'.'.join(map(str, OLDEST_GO))} or newer is needed"
    version = _pinned_version()
    say(f"building the Pulumi engine {version} with {go_version}: once in this checkout, some 4 minutes on 2 cores")
    folder = CACHE / "engine"
    folder.mkdir(parents=True, exist_ok=True)
    version_flag = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    unfinished = folder / f"pulumi.{os.getpid()}"
    command = [go, "build", "-trimpath", "-mod=readonly", "-ldflags", f"-s -w {version_flag}"]
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, "-o", str(unfinished), f"{MODULE}/cmd/pulumi"],
        cwd=BUILD_FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output = _wait_saying(process, started, say)
    except BaseException:
        process.kill()
        process.wait()
        unfinished.unlink(missing_ok=True)
        raise
    if process.returncode:
        unfinished.unlink(missing_ok=True)
        return f"the build with {go_version} failed:\n{output[-2000:]}"
    _write_language_host(folder)
    unfinished.rename(folder / "pulumi")
    say(f"built in {time.monotonic() - started:.0f} s")
    return _built_earlier()


def _wait_saying(process: subprocess.Popen[str], started: float, say: Callable[[str], None]) -> str:
    while True:
        try:
            return process.communicate(timeout=30)[0]
        except subprocess.TimeoutExpired:
            say(f"  still building, {time.monotonic() - started:.0f} s")


def _language_host_folder() -> Path:
    folder = CACHE / "language-host"
    folder.mkdir(parents=True, exist_ok=True)
    _write_language_host(folder)
    return folder


def _write_language_host(folder: Path) -> None:
    """Put a ``pulumi-language-python`` into ``folder`` that runs `language_host.py` with this interpreter."""
    script = folder / LANGUAGE_HOST
    text = f'#!/bin/sh\nexec "{sys.executable}" -u -m local.engine.language_host "$@"\n'
    if script.exists() and script.read_text() == text:
        return
    script.write_text(text)
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _pinned_version() -> str:
    found = re.search(rf"{re.escape(MODULE)} v(\S+)", (BUILD_FOLDER / "go.mod").read_text())
    if found is None:
        raise EngineNotFoundError(f"{BUILD_FOLDER / 'go.mod'} does not require {MODULE}")
    return found[1]


def _version_of(command: Path) -> str | None:
    if not command.exists():
        return None
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(command), "version"], capture_output=True, text=True, timeout=60, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip().removeprefix("v") or None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


@contextmanager
def _one_at_a_time(say: Callable[[str], None]) -> Iterator[None]:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "engine.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another command of this checkout is getting the engine: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
