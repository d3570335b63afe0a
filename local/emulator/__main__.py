"""``python -m local.emulator``: the emulator in the foreground, mended. `launcher.py` starts it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time

from local.emulator.mends import apply_mends

WATCH_SECONDS = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.emulator", description="The embedded AWS emulator, mended.")
    parser.add_argument("--watch-pid", type=int, help="end when this process does")
    watched = parser.parse_args().watch_pid
    sys.argv[1:] = []  # the emulator parses its own arguments and has none
    if watched:
        threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    apply_mends()
    from ministack import app  # noqa: PLC0415 - reads the environment when imported

    app.main()


def _end_with(pid: int) -> None:
    while os.getppid() == pid:
        time.sleep(WATCH_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)  # functions share the group


if __name__ == "__main__":
    main()
