from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.emulator.launcher import Credentials, EmulatorError, RunningEmulator, attach, start_emulator


def port_of(emulator: RunningEmulator) -> int:
    return int(emulator.endpoint_url.rpartition(":")[2])


def test_a_running_emulator_is_found_by_its_folder_until_it_is_stopped(tmp_path: Path) -> None:
    emulator = start_emulator(tmp_path, die_with_parent=True)
    try:
        assert attach(tmp_path) == emulator
    finally:
        emulator.stop()
    assert attach(tmp_path) is None
    assert not emulator.is_alive()
    assert not (tmp_path / "tmp").exists()


def test_a_pid_that_was_used_again_is_not_taken_for_the_emulator(tmp_path: Path, emulator: RunningEmulator) -> None:
    record = json.loads((emulator.folder / "emulator.json").read_text())
    (tmp_path / "emulator.json").write_text(json.dumps({**record, "pid_started": "Thu Jan  1 00:00:00 1970"}))
    assert attach(tmp_path) is None


def test_it_ends_with_the_process_that_started_it_even_when_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from local.emulator.launcher import start_emulator;"
        "start_emulator(Path(sys.argv[1]), die_with_parent=True); print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    assert starter.stdout.readline() == "up\n"
    emulator = attach(tmp_path)
    assert emulator
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    deadline = time.monotonic() + 10
    while emulator.is_alive() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not emulator.is_alive()


def test_an_emulator_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(EmulatorError, match="already in use"):
            start_emulator(tmp_path, port=taken.getsockname()[1])
    assert attach(tmp_path) is None


def test_it_listens_on_loopback_alone_and_on_one_port(emulator: RunningEmulator) -> None:
    listening = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{emulator.pid}/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[9] in sockets_of(emulator.pid)
    ]
    assert listening == [f"0100007F:{port_of(emulator):04X}"]


def sockets_of(pid: int) -> set[str]:
    links = (entry.readlink().name for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink())
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}


def test_plain_http_is_not_answered(emulator: RunningEmulator) -> None:
    with socket.create_connection(("127.0.0.1", port_of(emulator)), timeout=5) as connection:
        connection.sendall(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            answer = connection.recv(100)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 200")


def test_policies_are_enforced(emulator: RunningEmulator) -> None:
    iam = emulator.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    nobody = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(ClientError, match="AccessDenied"):
        emulator.client("sqs", nobody).list_queues()


def test_the_environment_leads_any_client_to_it(emulator: RunningEmulator) -> None:
    environment = emulator.environment()
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == emulator.account_id
