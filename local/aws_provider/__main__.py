"""``python -m local.aws_provider ENGINE_ADDRESS``: serve on a free loopback port until the engine goes away."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent import futures
from importlib import metadata

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from local.aws_provider.server import Provider

_THREADS = 32
_LOOK_FOR_ENGINE_SECONDS = 1.0
_LARGEST_MESSAGE_BYTES = 1024 * 1024 * 400  # the engine's own limit


def main() -> None:
    """Print the port on stdout, as the engine expects; stop when the engine says so or its process has gone."""
    engine = os.getppid()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT is how the engine ends its plugins
        signal.signal(number, lambda *_: stopped.set())
    server = grpc.server(
        futures.ThreadPoolExecutor(_THREADS),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE_BYTES),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE_BYTES),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(metadata.version("pulumi-aws")), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not stopped.wait(_LOOK_FOR_ENGINE_SECONDS) and os.getppid() == engine:
        pass
    server.stop(grace=None)
    os._exit(0)  # a request in progress must not keep the process alive


if __name__ == "__main__":
    main()
