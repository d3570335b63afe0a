"""The stand-in provider as a process: its configuration, what it refuses to talk to, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from local.aws_provider.services import RESOURCE_TYPES
from local.aws_provider.values import UNKNOWN, to_struct
from tests.local.aws_provider_fixture import (
    BIN,
    BUCKET,
    OFFLINE,
    PREFIX,
    QUEUE,
    QUEUE_POLICY,
    ProviderClient,
    details,
    provider_process,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.launcher import RunningEmulator


@pytest.fixture(scope="module")
def offline() -> Iterator[ProviderClient]:
    """A provider whose emulator is not there: for what must not need it."""
    with provider_process(OFFLINE) as client:
        client.configure()
        yield client


@pytest.fixture(scope="module")
def unconfigured() -> Iterator[ProviderClient]:
    with provider_process(OFFLINE) as client:
        yield client


@pytest.mark.parametrize(
    "variables",
    [
        {"endpoints": json.dumps([{"sqs": "https://sqs.eu-west-1.amazonaws.com"}])},
        {"endpoints": json.dumps([{"ec2": "http://10.0.0.7:4566"}])},
        {"endpoints": json.dumps([{"s3": "http://localhost.example.com:4566"}])},
        {"endpoints": json.dumps([{"s3": "http://127.0.0.1@example.com"}])},
    ],
)
def test_an_endpoint_outside_this_machine_is_refused(unconfigured: ProviderClient, variables: dict[str, str]) -> None:
    with pytest.raises(grpc.RpcError) as error:
        unconfigured.configure(**variables)
    assert "talks to this machine only" in details(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "[::1]"])
def test_every_loopback_address_will_do(unconfigured: ProviderClient, host: str) -> None:
    unconfigured.configure(endpoints=json.dumps([{"sqs": f"http://{host}:4566"}]))


def test_without_an_endpoint_it_does_not_fall_back_to_aws() -> None:
    with provider_process({**OFFLINE, "AWS_ENDPOINT_URL": ""}) as client:
        with pytest.raises(grpc.RpcError) as error:
            client.configure(endpoints=json.dumps([{"sqs": "http://127.0.0.1:4566"}]))
        assert "no endpoint for cloudwatch, dynamodb, iam" in details(error)
        assert "sqs" not in details(error)


def test_endpoints_come_from_the_variables_of_each_service_too() -> None:
    names = (
        "CLOUDWATCH",
        "CLOUDWATCH_LOGS",
        "DYNAMODB",
        "IAM",
        "KMS",
        "LAMBDA",
        "S3",
        "SCHEDULER",
        "SNS",
        "SQS",
        "STS",
    )
    near = {f"AWS_ENDPOINT_URL_{name}": "http://127.0.0.1:9" for name in names}
    with provider_process({**OFFLINE, "AWS_ENDPOINT_URL": "", **near}) as client:
        client.configure()
        assert client.invoke("aws:index/getRegion:getRegion")["region"] == "eu-west-1"
    with provider_process({**OFFLINE, "AWS_ENDPOINT_URL_SQS": "https://sqs.eu-west-1.amazonaws.com"}) as client:
        with pytest.raises(grpc.RpcError) as error:
            client.configure()
        assert "the endpoint of sqs is" in details(error)


def test_without_credentials_it_looks_for_none() -> None:
    with provider_process({**OFFLINE, "AWS_ACCESS_KEY_ID": ""}) as client:
        with pytest.raises(grpc.RpcError) as error:
            client.configure()
        assert "no credentials" in details(error)


def test_keys_that_are_not_carried_are_named(unconfigured: ProviderClient) -> None:
    with pytest.raises(grpc.RpcError) as error:
        unconfigured.configure(assumeRole="{}")
    assert "assumeRole" in details(error)


def test_a_provider_of_a_program_is_refused_before_any_resource_asks_for_it(unconfigured: ProviderClient) -> None:
    far = json.dumps([{"sqs": "https://sqs.eu-central-1.amazonaws.com"}])
    for news, said in (({"profile": "mine"}, "does not carry the configuration profile"), ({"endpoints": far}, "only")):
        with pytest.raises(grpc.RpcError) as error:
            unconfigured.stub.CheckConfig(provider_pb2.CheckRequest(news=to_struct(news)))
        assert said in details(error)
    unknown = to_struct({"endpoints": UNKNOWN, "region": "eu-central-1", "version": "7.51.1"})
    assert unconfigured.stub.CheckConfig(provider_pb2.CheckRequest(news=unknown)).inputs == unknown


def test_the_configuration_of_the_official_provider_for_emulators_is_accepted(emulator: RunningEmulator) -> None:
    services = ("cloudwatch", "cloudwatchlogs", "dynamodb", "iam", "kms", "lambda", "s3", "scheduler", "sns", "sqs")
    environment = emulator.environment()
    with provider_process({}) as client:
        client.configure(
            region="us-east-1",
            accessKey=environment["AWS_ACCESS_KEY_ID"],
            secretKey=environment["AWS_SECRET_ACCESS_KEY"],
            endpoints=json.dumps([dict.fromkeys((*services, "sts"), emulator.endpoint_url)]),
            customCaBundle=str(emulator.ca_bundle),
            skipCredentialsValidation="true",
            skipMetadataApiCheck="true",
            skipRequestingAccountId="true",
            s3UsePathStyle="true",
        )
        assert client.invoke("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == emulator.account_id
        bucket, state = client.checked_and_created(BUCKET, {}, name="path-style")
        client.delete(BUCKET, bucket, state)


def test_another_region_replaces_the_provider_and_another_port_does_not(offline: ProviderClient) -> None:
    old = {"region": "eu-west-1", "endpoints": "[1]"}
    request = provider_pb2.DiffRequest(urn=f"{PREFIX}pulumi:providers:aws::default")
    for new, replaces in ({**old, "endpoints": "[2]"}, []), ({**old, "region": "eu-west-2"}, ["region"]):
        request.old_inputs.update(old)
        request.news.update(new)
        assert list(offline.stub.DiffConfig(request).replaces) == replaces


def test_its_schema_has_every_type_and_function(offline: ProviderClient) -> None:
    schema = json.loads(offline.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert set(schema["resources"]) == set(RESOURCE_TYPES)
    assert len(schema["resources"]) == 30
    assert len(schema["functions"]) == 3
    assert "queueUrl" in schema["resources"][QUEUE_POLICY]["requiredInputs"]
    assert "arn" not in schema["resources"][QUEUE]["inputProperties"]


def test_it_names_the_version_that_it_stands_in_for(offline: ProviderClient) -> None:
    assert offline.stub.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_when_it_is_told_to(number: signal.Signals) -> None:
    with provider_process(OFFLINE) as client:
        client.process.send_signal(number)
        assert client.process.wait(timeout=2) == 0  # the engine waits five seconds for those that don't


def test_it_ends_when_the_engine_was_killed() -> None:
    starter = f"import subprocess, time; subprocess.Popen([{str(BIN / 'pulumi-resource-aws')!r}]); time.sleep(60)"
    engine = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    assert int(engine.stdout.readline()) > 0
    (child,) = children_of(engine.pid)
    engine.kill()
    engine.wait(timeout=10)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_alive(child):
        time.sleep(0.1)
    assert not is_alive(child)
    engine.stdout.close()


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
    return [int(line) for line in found.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(stat) and not stat.startswith("Z")
