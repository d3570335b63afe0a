"""How the emulator serves: on its one port, and no longer than it is wanted."""

from __future__ import annotations

import asyncio
from typing import Any

CLOSING_SECONDS = 0.2


def stay_on_one_port() -> None:
    """Keep upstream, started as root, from port 443: this project's servers take free ports only."""
    from ministack import app  # noqa: PLC0415 - reads the environment when imported

    app._port_is_bindable = lambda *_: False  # noqa: SLF001


def end_promptly() -> None:
    """Don't let clients that keep a connection open hold up the end: over TLS each is waited for, 30 seconds."""
    start_server = asyncio.start_server

    async def start(*arguments: Any, ssl: Any = None, **more: Any) -> asyncio.Server:
        return await start_server(*arguments, ssl=ssl, ssl_shutdown_timeout=CLOSING_SECONDS if ssl else None, **more)

    asyncio.start_server = start  # for the web server, which sets no such timeout
