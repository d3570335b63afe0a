"""Upstream, started as root, also listens on port 443; this project's servers take free ports only."""

from __future__ import annotations


def stay_on_one_port() -> None:
    from ministack import app  # noqa: PLC0415 - reads the environment when imported

    app._port_is_bindable = lambda *_: False  # noqa: SLF001
