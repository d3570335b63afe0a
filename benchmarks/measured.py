"""Runs a function in a process of its own and measures it there."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import platform
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

BYTES_PER_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """What a run returned and took; memory is the process's peak, the interpreter and libraries included."""

    returned: Any
    wall_seconds: float
    cpu_seconds: float
    peak_mebibytes: float


def measured(function: Callable[..., Any], *arguments: Any, **environment: str) -> Measured:
    """Call `function(*arguments)` in a fresh process with more environment variables. Raises if it fails there."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, function, arguments, environment))
    process.start()
    theirs.close()
    try:
        result: Measured = mine.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__} failed, see above") from None
    process.join()
    return result


def _run(
    connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...], environment: dict[str, str]
) -> None:
    os.environ.update(environment)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    with contextlib.redirect_stdout(None):  # logs and metrics
        returned = function(*arguments)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    connection.send(Measured(returned, wall, cpu, _peak_mebibytes()))
    connection.close()


def _peak_mebibytes() -> float:
    # Not ru_maxrss: on Linux a process inherits that of the one which started it.
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(peak) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / BYTES_PER_MEBIBYTE


def machine() -> str:
    """Name the machine: processor, cores, Python."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        models = [
            line.partition(":")[2].strip() for line in information.read_text().splitlines() if "model name" in line
        ]
        processor = models[0] if models else processor
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def aws_environment(url: str) -> dict[str, str]:
    """Return the environment that sends boto3 to an endpoint."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "csv_to_queue",
        "QUEUE_URL": f"{url}/123456789012/inventory",
        "RECEIPTS_TABLE": "receipts",
        "INVENTORY_TABLE": "inventory",
        "DEAD_LETTER_QUEUE_URL": f"{url}/123456789012/dead",
        "MAX_RECEIVE_COUNT": "3",
        "POWERTOOLS_METRICS_NAMESPACE": "Inventory",
        "POWERTOOLS_SERVICE_NAME": "inventory",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }
