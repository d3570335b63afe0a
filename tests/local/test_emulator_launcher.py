from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.emulator import processes
from local.emulator.launcher import Credentials, EmulatorError, RunningEmulator, attach, start_emulator
from tests.local.emulator_fixture import (
    LOGGING,
    READING,
    Role,
    allow,
    bodies,
    document,
    function,
    logged,
    make_bucket,
    make_table,
    queue,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable


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


def test_a_client_that_keeps_its_connection_does_not_hold_up_the_end(tmp_path: Path) -> None:
    emulator = start_emulator(tmp_path, die_with_parent=True)
    client = emulator.client("sqs")
    client.list_queues()
    started = time.monotonic()
    emulator.stop()
    assert time.monotonic() - started < 5
    assert "MiniStack shutting down" in emulator.log_file.read_text()


def test_a_process_is_told_from_others_on_systems_without_proc(
    emulator: RunningEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path)
    started = processes.started_at(emulator.pid)
    assert started
    assert started == processes.started_at(emulator.pid)
    assert started != processes.started_at(1)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert processes.started_at(ended.pid) is None


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


def test_the_environment_leads_any_client_to_it_whatever_the_users_profile(emulator: RunningEmulator) -> None:
    environment = {**os.environ, "AWS_PROFILE": "nonesuch", **emulator.environment()}
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == emulator.account_id


def test_its_clients_need_no_environment_and_no_profile(
    emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nonesuch")
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert emulator.client("sts").get_caller_identity()["Account"] == emulator.account_id
    assert emulator.client("sqs").meta.region_name == emulator.region


def test_functions_see_the_emulator_and_nothing_of_the_developers_environment(emulator: RunningEmulator) -> None:
    code = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    name, _ = function(emulator, Role.make(emulator), code, environment={"QUEUE_URL": "q"})
    answer = emulator.client("lambda").invoke(FunctionName=name)
    seen = json.loads(answer["Payload"].read())
    assert (seen["AWS_ENDPOINT_URL"], seen["AWS_CA_BUNDLE"]) == (emulator.endpoint_url, str(emulator.ca_bundle))
    assert seen["QUEUE_URL"] == "q"
    assert "PYTEST_VERSION" in os.environ
    assert "PYTEST_VERSION" not in seen
    assert seen["HOME"] != os.environ["HOME"]


def test_without_tls_a_deny_of_plain_http_shuts_out_roles(tmp_path: Path) -> None:
    with start_emulator(tmp_path, tls=False, die_with_parent=True) as plain:
        (url, arn), bucket = queue(plain), make_bucket(plain)
        role = Role.make(plain, allow("sqs:*", "s3:*"))
        calls: list[Callable[[], Any]] = [
            lambda: role.client("sqs").send_message(QueueUrl=url, MessageBody="x"),
            lambda: role.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x"),
        ]
        for call in calls:
            call()
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = document(deny | {"Resource": arn})
        plain.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        policy = document(deny | {"Resource": f"arn:aws:s3:::{bucket}/*"})
        plain.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        for call in calls:
            with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
                call()


def test_an_emulator_that_keeps_its_state_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    echo = "def handler(event, context):\n    print([record['body'] for record in event['Records']])\n"
    with start_emulator(tmp_path, keep_state=True, die_with_parent=True) as first:
        url, arn = queue(first)
        role = Role.make(first, allow(*READING, on=arn), allow(*LOGGING, "logs:CreateLogGroup"))
        name, _ = function(first, role, echo)
        first.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=name)
        bucket, (table, _) = make_bucket(first), make_table(first)
        versions = [
            first.client("s3").put_object(Bucket=bucket, Key="März 1.csv", Body=body)["VersionId"]
            for body in (b"old", b"new")
        ]
        first.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "kept"}})
        sleeping, _ = queue(first)
        first.client("sqs").send_message(QueueUrl=sleeping, MessageBody="asleep")
    with start_emulator(tmp_path, keep_state=True, die_with_parent=True) as second:
        s3 = second.client("s3")
        contents = [s3.get_object(Bucket=bucket, Key="März 1.csv", VersionId=version) for version in versions]
        assert [answer["Body"].read() for answer in contents] == [b"old", b"new"]
        assert second.client("dynamodb").get_item(TableName=table, Key={"id": {"S": "kept"}})["Item"]
        assert bodies(second, sleeping) == ["asleep"]
        second.client("sqs").send_message(QueueUrl=url, MessageBody="after")
        wait_for(lambda: "['after']" in logged(second, f"/aws/lambda/{name}"), "the mapping's next invocation")
