"""An endpoint that answers S3, SQS, DynamoDB and Lambda requests as fast as it can and counts them.

It stands in for AWS where the work of a client is measured: in a process of its own, so its time is not the client's,
with a latency like that within a region. It keeps nothing but the receipts' ranges, so every conditional write succeeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import re
import socket
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SQS_CHUNK_BYTES = 64 * 1024
_INVOKE = re.compile(r"/2015-03-31/functions/[^/]+/invocations")


class Endpoint(asyncio.Protocol):
    """One connection of HTTP/1.1 with keep-alive; objects are files of a folder."""

    def __init__(self, folder: Path, latency_seconds: float, state: dict[str, Any]) -> None:
        self._folder = folder
        self._latency_seconds = latency_seconds
        self._state = state
        self._buffer = bytearray()
        self._continued = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            lines = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            if headers.get("expect") and not self._continued:
                self._continued = True
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")  # type: ignore[attr-defined]
            length = int(headers.get("content-length", "0"))
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._continued = False
            method, path, _ = lines[0].split(" ")
            answer = self._answer(method, path, headers, body)
            if not answer:
                continue  # an object is on its way
            if self._latency_seconds and not path.startswith("/_"):
                asyncio.get_running_loop().call_later(self._latency_seconds, self._transport.write, answer)  # type: ignore[attr-defined]
            else:
                self._transport.write(answer)  # type: ignore[attr-defined]

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:  # noqa: PLR0911 - one for each kind
        counts: dict[str, int] = self._state["counts"]
        target = headers.get("x-amz-target", "").rpartition(".")[2]
        if path == "/_counts":
            return _http(json.dumps({"counts": counts, "events": self._state["events"]}).encode())
        if path == "/_reset":
            counts.clear()
            self._state["events"].clear()
            return _http(b"{}")
        if target:
            counts[target] = counts.get(target, 0) + 1
            if target == "SendMessageBatch":
                return _http(self._taken(json.loads(body)))
            if target == "BatchExecuteStatement":
                statements = len(json.loads(body)["Statements"])
                counts["statements"] = counts.get("statements", 0) + statements
                return _http(json.dumps({"Responses": [{"TableName": "inventory"}] * statements}).encode())
            if target in {"PutItem", "GetItem"}:
                return _http(self._range(target, json.loads(body)))
            return _http(b"{}")
        if _INVOKE.fullmatch(path):
            counts["Invoke"] = counts.get("Invoke", 0) + 1
            self._state["events"].append(json.loads(body))
            return _http(b"", "202 Accepted")
        operation = "GetObject" if method == "GET" else "PutObject"
        counts[operation] = counts.get(operation, 0) + 1
        return self._object(path, headers) if method == "GET" else _http(b"")

    def _taken(self, request: dict[str, Any]) -> bytes:
        counts = self._state["counts"]
        entries = request["Entries"]
        size = sum(len(entry["MessageBody"].encode()) for entry in entries)
        counts["messages"] = counts.get("messages", 0) + len(entries)
        counts["billed sends"] = counts.get("billed sends", 0) + -(-size // SQS_CHUNK_BYTES)
        counts["body bytes"] = counts.get("body bytes", 0) + size
        taken = [{"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0" * 32} for entry in entries]
        return json.dumps({"Successful": taken}).encode()

    def _range(self, target: str, request: dict[str, Any]) -> bytes:
        key = request.get("Item", request.get("Key", {})).get("part", {}).get("S", "")
        if target == "GetItem":
            item = self._state["ranges"].get(key)
            return json.dumps({"Item": item} if item else {}).encode()
        if "#range#" in key:
            self._state["ranges"][key] = request["Item"]
        return b"{}"

    def _object(self, path: str, headers: dict[str, str]) -> bytes:
        file = self._folder / path.partition("?")[0].rpartition("/")[2]
        size = file.stat().st_size
        first, last, status = 0, size - 1, "200 OK"
        if wanted := headers.get("range"):
            first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
            last, status = min(last, size - 1), "206 Partial Content"
        head = f'Content-Range: bytes {first}-{last}/{size}\r\nETag: "e"\r\n'
        self._transport.write(  # type: ignore[attr-defined]
            f"HTTP/1.1 {status}\r\n{head}Content-Length: {last + 1 - first}\r\n\r\n".encode()
        )
        asyncio.get_running_loop().create_task(self._stream(file, first, last + 1))
        return b""

    async def _stream(self, file: Path, first: int, end: int) -> None:
        with file.open("rb") as opened:
            await asyncio.get_running_loop().sendfile(self._transport, opened, first, end - first)  # type: ignore[arg-type]


def _http(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _serve(listening: socket.socket, folder: Path, latency_seconds: float) -> None:
    state: dict[str, Any] = {"counts": {}, "events": [], "ranges": {}}

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Endpoint(folder, latency_seconds, state), sock=listening)
        await server.serve_forever()

    asyncio.run(serve())


@contextlib.contextmanager
def endpoint(folder: Path, latency_seconds: float = 0.0) -> Iterator[str]:
    """Serve on a free loopback port; yield its URL; stop the process at the end."""
    listening = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(listening, folder, latency_seconds), daemon=True
    )
    process.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.close()
    try:
        yield url
    finally:
        process.kill()
        process.join()


def counted(url: str) -> dict[str, Any]:
    """Return the counts of operations and the events of invocations since the last time, and forget them."""
    with urllib.request.urlopen(f"{url}/_counts") as answer:  # noqa: S310 - loopback
        found: dict[str, Any] = json.load(answer)
    urllib.request.urlopen(f"{url}/_reset").close()  # noqa: S310 - loopback
    return found
