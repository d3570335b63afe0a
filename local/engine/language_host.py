"""A Pulumi language host for Python: runs programs, policy packs and component providers for the engine.

The official installer of Pulumi brings ``pulumi-language-python`` along; an engine built from the Go module does not.
This stand-in speaks the same protocol (``pulumirpc.LanguageRuntime``) with the server that the Pulumi SDK itself
carries for inline programs, and is put on PATH only when the official one is missing.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
from concurrent import futures
from importlib import metadata
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGES_WITH_PROVIDER = {"pulumi_aws": "aws"}


def main() -> None:
    """Serve on a free loopback port, print the port, stop when the engine goes away."""
    engine_address = sys.argv[-1]
    host = LanguageHost(engine_address)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    parent = os.getppid()
    while not stopped.wait(timeout=1):
        if os.getppid() != parent:  # the engine died without telling us
            break
    server.stop(grace=None)
    host.stop()
    os._exit(0)  # the gRPC threads of a cancelled program must not keep the process alive


class LanguageHost(LanguageServer):
    """``pulumirpc.LanguageRuntime`` for Python programs that run in this interpreter's environment."""

    def __init__(self, engine_address: str) -> None:
        super().__init__(program=lambda: None)
        self._engine_address = engine_address
        self._plugins: list[subprocess.Popen[bytes]] = []

    def stop(self) -> None:
        """End the plugins that run."""
        for process in self._plugins:
            process.terminate()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Name the provider plugins that the installed SDK packages need, as the official host does."""
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(name=plugin, kind="resource", version=metadata.version(package))
                for package, plugin in PACKAGES_WITH_PROVIDER.items()
            ]
        )

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802, ARG002
        """Nothing to install: the program runs in the environment of this interpreter."""
        yield language_pb2.InstallDependenciesResponse(stdout=b"")

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=found.name, version=found.version)
                for found in metadata.distributions()
            ]
        )

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.RuntimeOptionsResponse()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run the program of the request in this process."""
        program = Path(request.info.program_directory) / request.info.entry_point
        entry = program / "__main__.py" if program.is_dir() else program

        def run_program() -> None:
            os.chdir(request.pwd)
            sys.path.insert(0, str(entry.parent))
            runpy.run_path(str(entry), run_name="__main__")

        self.program = run_program
        request.args[:] = [self._engine_address]
        return super().Run(request, context)  # type: ignore[no-untyped-call]

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Run a policy pack or a component provider as a process of its own, its output streamed to the engine."""
        directory = request.info.program_directory
        if request.kind == "analyzer":
            command = [sys.executable, "-u", "-m", "pulumi.policy", *request.args, directory]
        else:
            command = [sys.executable, "-u", directory, *request.args]
        environment = os.environ | dict(entry.split("=", 1) for entry in request.env)
        process = subprocess.Popen(
            command, cwd=request.pwd or directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._plugins.append(process)
        context.add_callback(process.terminate)
        yield from _output_of(process)


def _output_of(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    responses: SimpleQueue[language_pb2.RunPluginResponse | None] = SimpleQueue()

    def pump(stream: IO[bytes], response: Callable[[bytes], language_pb2.RunPluginResponse]) -> None:
        for line in stream:
            responses.put(response(line))
        responses.put(None)

    pumps: list[tuple[IO[bytes] | None, Callable[[bytes], language_pb2.RunPluginResponse]]] = [
        (process.stdout, lambda line: language_pb2.RunPluginResponse(stdout=line)),
        (process.stderr, lambda line: language_pb2.RunPluginResponse(stderr=line)),
    ]
    for stream_and_response in pumps:
        threading.Thread(target=pump, args=stream_and_response, daemon=True).start()
    for _ in pumps:
        yield from iter(responses.get, None)
    yield language_pb2.RunPluginResponse(exitcode=process.wait())


if __name__ == "__main__":
    main()
