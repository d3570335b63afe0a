from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from local.engine.finder import CACHE, CHECKOUT

DEMO = (sys.executable, "-m", "inventory.cli", "demo")
MARK = "INVENTORY_TEST_MARK"


def marked_processes(mark: str) -> list[str]:
    """Command lines of the processes that inherited the mark in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # it ended meanwhile
    return found


def wait_until_none_is_left(mark: str, seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while (left := marked_processes(mark)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


@pytest.mark.timeout(900)
def test_the_demo_runs_to_its_end_and_leaves_nothing() -> None:
    mark = uuid4().hex
    environment = os.environ | {MARK: mark}
    before = set(CACHE.glob("demo-*"))
    done = subprocess.run(DEMO, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for shown in ("rows superseded", "after 3 receives", "refused by", "the demo is over"):
        assert shown in done.stderr
    assert wait_until_none_is_left(mark, 10) == []
    assert set(CACHE.glob("demo-*")) == before


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_an_interrupted_demo_leaves_no_process_behind(number: signal.Signals) -> None:
    mark = f"{number.name}-{uuid4().hex}"
    demo = subprocess.Popen(
        DEMO, cwd=CHECKOUT, env=os.environ | {MARK: mark}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert demo.stderr
    for line in demo.stderr:
        if "A first preview" in line:
            break
    time.sleep(3)  # in the middle of the preview: engine, language host, pack, provider and emulator run
    assert len(marked_processes(mark)) >= 4
    demo.send_signal(number)
    demo.stderr.read()
    assert demo.wait(60) != 0
    assert wait_until_none_is_left(mark, 30) == []
