"""Processes by id: whether one still is the one that was started, and ending it with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

STOP_TIMEOUT_SECONDS = 10.0
PROC = Path("/proc")


def started_at(pid: int) -> str | None:
    """When a process started, which tells it from a later one of the same id; None if there is none but a zombie."""
    return _from_proc(pid) if (PROC / "self/stat").exists() else _from_ps(pid)


def stop_group(pid: int) -> None:
    """End a process that leads a group, and the group: SIGTERM, then SIGKILL for what is left of it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while time.monotonic() < deadline and started_at(pid) is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # reap it if it is our child
            time.sleep(0.02)


def _from_proc(pid: int) -> str | None:
    """Ticks since boot, with the boot that they count from."""
    try:
        state, *fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else f"{boot} {fields[18]}"


def _from_ps(pid: int) -> str | None:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    state, _, started = done.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None
