"""``python -m local.emulator``: the emulator in the foreground, mended. `launcher.py` starts it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time

from local.emulator.mends import apply_mends
from local.emulator.serving import end_promptly, stay_on_one_port

WATCH_SECONDS = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.emulator", description="The embedded AWS emulator, mended.")
    parser.add_argument("--watch-pid", type=int, help="end when this process does")
    parser.add_argument("--without-mends", action="store_true", help="as it is upstream, to see what needs mending")
    arguments = parser.parse_args()
    watched = arguments.watch_pid
    sys.argv[1:] = []  # the emulator parses its own arguments and has none
    if watched:
        threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    stay_on_one_port()
    end_promptly()
    if not arguments.without_mends:
        apply_mends()
    from ministack import app  # noqa: PLC0415 - reads the environment when imported

    app.main()


def _end_with(pid: int) -> None:
    while os.getppid() == pid:
        time.sleep(WATCH_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)  # functions share the group


if __name__ == "__main__":
    main()
