"""Starts, finds and stops the embedded emulator of AWS.

The emulator is a process of its own on a free loopback port, with TLS and IAM enforcement on. It can live as long as
the process that started it (a demo, a test run) or on its own, to be found again through a file in its folder.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import botocore.session

from local.emulator.certificate import write_certificate
from local.emulator.processes import started_at, stop_group

REGION = "eu-central-1"
ACCOUNT_ID = "123456789012"
LOOPBACK = "127.0.0.1"
HEALTH_PATH = "/_ministack/health"
HEALTH_TIMEOUT_SECONDS = 1.0
START_TIMEOUT_SECONDS = 60.0
STATE_FILE = "emulator.json"
PROFILE_FILE = "aws-profile"
INHERITED = ("PATH", "TZ", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "INVENTORY_TEST_MARK")
"""Variables that the emulator gets from its starter, and those that begin with ``PYTHON`` or ``LC_``; functions see
the emulator's, so nothing else of a developer's environment reaches them. The mark tells tests what a run started."""


class EmulatorError(RuntimeError):
    """The emulator did not start; the message carries the end of its log."""


@dataclass(frozen=True)
class Credentials:
    """What signs requests to the emulator; an access key of 12 digits is the root of that account."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


ROOT = Credentials(ACCOUNT_ID, "emulator")


@dataclass(frozen=True)
class RunningEmulator:
    """An emulator that answers.

    Attributes:
        endpoint_url: of every service.
        ca_bundle: the certificate that its clients trust (PEM); unused without TLS.
        log_file: what it prints.
        pid, pid_started: the process; the start time guards against a pid used again.
    """

    folder: Path
    endpoint_url: str
    ca_bundle: Path
    log_file: Path
    pid: int
    pid_started: str
    region: str = REGION
    account_id: str = ACCOUNT_ID

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def environment(self, credentials: Credentials = ROOT) -> dict[str, str]:
        """Variables with which ``aws``, boto3 and Pulumi's provider reach the emulator, whatever the user's profiles."""
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_CA_BUNDLE": str(self.ca_bundle),
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_PROFILE": "default",
            "AWS_CONFIG_FILE": str(self.folder / PROFILE_FILE),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / PROFILE_FILE),
        }
        if credentials.session_token:
            variables["AWS_SESSION_TOKEN"] = credentials.session_token
        return variables

    def client(self, service: Any, credentials: Credentials = ROOT) -> Any:
        """A boto3 client of ``service`` that needs no environment, and that no profile of the user's changes."""
        return _session().client(
            service,
            endpoint_url=self.endpoint_url,
            verify=str(self.ca_bundle),
            region_name=self.region,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )

    def is_alive(self) -> bool:
        """Whether the process still is the one that was started."""
        return started_at(self.pid) == self.pid_started

    def is_healthy(self) -> bool:
        """Whether it answers within a second."""
        context = ssl.create_default_context(cafile=str(self.ca_bundle))
        try:
            url = f"{self.endpoint_url}{HEALTH_PATH}"
            with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_SECONDS, context=context):  # noqa: S310 - loopback
                return True
        except OSError:
            return False

    def stop(self) -> None:
        """Stop the process and all that it started, and remove its folder's temporary files."""
        if self.is_alive():
            stop_group(self.pid)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)


@functools.cache
def _session() -> boto3.Session:
    """Of all clients, which share what it takes longest to load; it looks for no profile."""
    return boto3.Session(botocore_session=botocore.session.Session(session_vars={"profile": (None, None, None, None)}))


def start_emulator(  # noqa: PLR0913 - what a start can be told
    folder: Path,
    *,
    tls: bool = True,
    iam: bool = True,
    port: int | None = None,
    keep_state: bool = False,
    die_with_parent: bool = False,
    mended: bool = True,
) -> RunningEmulator:
    """Start an emulator and wait until it is healthy; it is empty unless it keeps its state.

    Args:
        folder: for its certificate, log, state and temporary files; made if needed.
        tls: HTTPS with a certificate made for this run.
        iam: enforce identity and resource policies.
        port: None takes a free one, or that of the state which is kept.
        keep_state: go on with what an emulator that was stopped in this folder held, and leave it to the next one.
            A killed one leaves what its start found; credentials of assumed roles end with each.
        die_with_parent: it ends when this process does, even by SIGKILL.
        mended: False leaves upstream's faults in, for the tests that see whether they are still there.

    Raises:
        EmulatorError: it ended or stayed silent.
    """
    scratch = folder / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    (folder / PROFILE_FILE).write_text("[default]\n")
    certificate, key = write_certificate(folder)
    port = port or (_last_port(folder) if keep_state else None) or _free_port()
    log_file = folder / "emulator.log"
    environment = {name: value for name, value in os.environ.items() if _is_inherited(name)} | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": LOOPBACK,
        "IOT_MTLS_ENABLED": "0",
        "USE_SSL": "1" if tls else "0",
        "AUTH": "true" if iam else "false",
        "MINISTACK_SSL_CERT": str(certificate),
        "MINISTACK_SSL_KEY": str(key),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "AWS_DEFAULT_REGION": REGION,
        "PERSIST_STATE": "1" if keep_state else "0",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1" if keep_state else "0",
        "S3_DATA_DIR": str(folder / "objects"),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONUNBUFFERED": "1",
    }
    if tls:
        environment["AWS_CA_BUNDLE"] = str(certificate)  # of the functions, which get what the emulator has
    command = [sys.executable, "-m", "local.emulator"]
    if die_with_parent:
        command += ["--watch-pid", str(os.getpid())]
    if not mended:
        command.append("--without-mends")
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    emulator = RunningEmulator(
        folder=folder,
        endpoint_url=f"{'https' if tls else 'http'}://{LOOPBACK}:{port}",
        ca_bundle=certificate,
        log_file=log_file,
        pid=process.pid,
        pid_started=started_at(process.pid) or "",
    )
    try:
        _wait_until_healthy(emulator, process)
    except BaseException:
        stop_group(process.pid)
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    (folder / STATE_FILE).write_text(json.dumps(asdict(emulator), default=str))
    return emulator


def attach(folder: Path) -> RunningEmulator | None:
    """Find the emulator that was started with ``folder``; None if it doesn't run any more."""
    emulator = _recorded(folder)
    return emulator if emulator and emulator.is_alive() else None


def _recorded(folder: Path) -> RunningEmulator | None:
    """The last emulator of a folder."""
    try:
        record = json.loads((folder / STATE_FILE).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    paths = {name: Path(record[name]) for name in ("folder", "ca_bundle", "log_file")}
    return RunningEmulator(**{**record, **paths})


def _last_port(folder: Path) -> int | None:
    """The port of the last emulator of a folder; event source mappings know their queues by their URL."""
    last = _recorded(folder)
    return int(last.endpoint_url.rpartition(":")[2]) if last else None


def _is_inherited(name: str) -> bool:
    return name in INHERITED or name.startswith(("PYTHON", "LC_"))


def _wait_until_healthy(emulator: RunningEmulator, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EmulatorError(f"the emulator ended with {process.returncode}:\n{_log_tail(emulator)}")
        if emulator.is_healthy():
            return
        time.sleep(0.05)
    raise EmulatorError(f"the emulator did not answer in {START_TIMEOUT_SECONDS:g} s:\n{_log_tail(emulator)}")


def _log_tail(emulator: RunningEmulator, lines: int = 20) -> str:
    return "\n".join(emulator.log_file.read_text(errors="replace").splitlines()[-lines:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
