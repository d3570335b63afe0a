"""The real engine with the stand-in provider: a program with every carried type, from its preview to its end."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation
from pulumi.automation import OpType

from local.aws_provider.services import RESOURCE_TYPES
from local.engine.finder import CHECKOUT, find_engine
from tests.local.aws_provider_fixture import BIN
from tests.local.aws_provider_program import Variation, program, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local.emulator.launcher import RunningEmulator

    MakeStack: TypeAlias = Callable[[str, Callable[[], None]], automation.Stack]

TAGS = '{"tags": {"project": "stand-in"}}'
CHANGED = Variation(visibility_timeout_seconds=60, memory_size_mebibytes=256, team="stock", alarm_threshold=900)
OTHER_CODE = "def handler(event, context):\n    return 2\n"


@pytest.fixture(scope="module")
def engine_environment(emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of an engine with a state of its own, the stand-in on its PATH."""
    folder = tmp_path_factory.mktemp("engine")
    (folder / "state").mkdir()
    return {
        **emulator.environment(),
        "PATH": os.pathsep.join([str(BIN), find_engine().environment()["PATH"]]),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PYTHONPATH": str(CHECKOUT),
    }


@pytest.fixture(scope="module")
def make_stack(engine_environment: dict[str, str]) -> Iterator[MakeStack]:
    """Returns a stack, given the project's name and an inline program."""

    def make(project: str, inline: Callable[[], None]) -> automation.Stack:
        options = automation.LocalWorkspaceOptions(env_vars=engine_environment)
        return automation.create_stack("test", project, inline, opts=options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", engine_environment["PATH"])  # where the Automation API looks for `pulumi` itself
        yield make


def resources(stack: automation.Stack) -> dict[str, dict[str, object]]:
    """The resources in the stack's state, by type and name."""
    deployment = stack.export_stack().deployment
    assert deployment is not None
    return {each["urn"].split("::", 2)[2]: each for each in deployment.get("resources", [])}


def test_the_life_of_a_stack(make_stack: MakeStack, emulator: RunningEmulator) -> None:
    stack = make_stack("life", lambda: program(Variation()))
    stack.set_config("aws:defaultTags", automation.ConfigValue(TAGS))
    sqs = emulator.client("sqs")

    up = stack.up(log_to_std_err=False)
    outputs = {name: output.value for name, output in up.outputs.items()}
    assert outputs["account"] == emulator.account_id
    assert outputs["id"] == outputs["url"]
    assert outputs["tags"] == {"project": "stand-in", "team": "orders"}
    made = resources(stack)
    assert set(RESOURCE_TYPES) == {name.split("::")[0] for name in made if name.startswith("aws:")}
    assert all(inputs_are_carried(each) for each in made.values())

    again = stack.preview()
    assert set(again.change_summary) == {OpType.SAME}

    stack.workspace.program = lambda: program(CHANGED)
    changed = stack.up()
    assert changed.summary.resource_changes is not None
    assert not {OpType.CREATE, OpType.REPLACE} & changed.summary.resource_changes.keys()
    assert {name: output.value for name, output in changed.outputs.items()} == {
        **outputs,
        "tags": {"project": "stand-in", "team": "stock"},
    }
    attributes = sqs.get_queue_attributes(QueueUrl=outputs["url"], AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "60"
    function = emulator.client("lambda").get_function(FunctionName=outputs["function"])
    assert function["Configuration"]["MemorySize"] == 256
    assert function["Tags"] == {"project": "stand-in", "team": "stock"}

    replacing = Variation(**{**vars(CHANGED), "fifo": False, "hash_key": "location", "code": OTHER_CODE})
    stack.workspace.program = lambda: program(replacing)
    replaced = stack.up()
    assert replaced.summary.resource_changes is not None
    assert replaced.summary.resource_changes[OpType.REPLACE] == 2
    assert replaced.summary.resource_changes[OpType.UPDATE] == 1
    assert replaced.outputs["replaced"].value != outputs["replaced"]
    code = emulator.client("lambda").get_function(FunctionName=outputs["function"])["Configuration"]["CodeSha256"]
    assert code != function["Configuration"]["CodeSha256"]

    sqs.set_queue_attributes(QueueUrl=outputs["url"], Attributes={"VisibilityTimeout": "77"})
    emulator.client("sns").delete_topic(TopicArn=outputs["topic"])
    stack.refresh()
    drifted = resources(stack)
    assert drifted["aws:sqs/queue:Queue::orders"]["inputs"]["visibilityTimeoutSeconds"] == 77  # type: ignore[index]
    assert "aws:sns/topic:Topic::alarms" not in drifted

    stack.destroy()
    assert resources(stack) == {}
    assert not sqs.list_queues(QueueNamePrefix=outputs["queue"]).get("QueueUrls")
    assert outputs["bucket"] not in {bucket["Name"] for bucket in emulator.client("s3").list_buckets()["Buckets"]}


def inputs_are_carried(state: dict[str, object]) -> bool:
    """Whether every input is among the outputs, as programs read it from there."""
    inputs, outputs = state.get("inputs"), state.get("outputs")
    if not isinstance(inputs, dict) or not isinstance(outputs, dict) or not str(state["type"]).startswith("aws:"):
        return True
    return inputs.keys() - {"__defaults"} <= outputs.keys()


def test_names_are_known_at_the_first_preview_and_what_aws_decides_is_not(make_stack: MakeStack) -> None:
    known: dict[str, object] = {}

    def declare() -> None:
        queue = aws.sqs.Queue("orders", tags={"team": "a"})
        bucket = aws.s3.Bucket("uploads")
        role = aws.iam.Role("consumer", assume_role_policy=trust("lambda.amazonaws.com"))
        values = {
            "queue.name": queue.name,
            "queue.arn": queue.arn,
            "queue.url": queue.url,
            "queue.id": queue.id,
            "queue.tags_all": queue.tags_all,
            "bucket.bucket": bucket.bucket,
            "bucket.arn": bucket.arn,
            "role.name": role.name,
            "role.arn": role.arn,
            "account": aws.get_caller_identity_output().account_id,
        }
        for name, output in values.items():
            pulumi.Output.all(name, output).apply(lambda pair: known.update({pair[0]: pair[1]}))

    make_stack("first-preview", declare).preview()
    assert set(known) == {"queue.name", "queue.tags_all", "bucket.bucket", "role.name", "account"}
    assert known["queue.tags_all"] == {"team": "a"}


NOT_CARRIED = {
    "property": (
        'aws.s3.Bucket("uploads", acceleration_status="Enabled")',
        "does not carry the property 'accelerationStatus' of aws:s3/bucket:Bucket",
    ),
    "type": (
        'pulumi.CustomResource("aws:ec2/vpc:Vpc", "network", {"cidrBlock": "10.0.0.0/16"})',
        "does not carry aws:ec2/vpc:Vpc; it carries",
    ),
    "endpoint": (
        'aws.Provider("far", endpoints=[{"sqs": "https://sqs.eu-central-1.amazonaws.com"}])',
        "talks to this machine only, and the endpoint of sqs is https://sqs",
    ),
}


@pytest.mark.parametrize("what", NOT_CARRIED)
def test_what_is_not_carried_is_an_error_that_names_it(
    engine_environment: dict[str, str], tmp_path: Path, what: str
) -> None:
    declaration, said = NOT_CARRIED[what]
    (tmp_path / "Pulumi.yaml").write_text(f"name: not-carried-{what}\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n\n{declaration}\n")
    for command in (["stack", "init", "test"], ["preview"]):
        done = subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=tmp_path,
            env=os.environ | engine_environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode != 0
    assert said in done.stdout


def test_the_engine_understands_its_schema(engine_environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["pulumi", "package", "get-schema", str(BIN / "pulumi-resource-aws")],
        env=os.environ | engine_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "error" not in done.stderr
    assert set(json.loads(done.stdout)["resources"]) == set(RESOURCE_TYPES)


def test_an_explicit_provider_an_import_and_a_secret_work_as_with_the_official_one(
    make_stack: MakeStack, emulator: RunningEmulator
) -> None:
    by_hand = emulator.client("sqs").create_queue(QueueName="made-by-hand", Attributes={"VisibilityTimeout": "45"})
    services = ("cloudwatch", "dynamodb", "iam", "kms", "lambda_", "logs", "s3", "scheduler", "sns", "sqs", "sts")

    def declare() -> None:
        environment = emulator.environment()
        endpoint: Any = dict.fromkeys(services, emulator.endpoint_url)
        provider = aws.Provider(
            "emulator",
            region="eu-central-1",
            access_key=environment["AWS_ACCESS_KEY_ID"],
            secret_key=pulumi.Output.secret(environment["AWS_SECRET_ACCESS_KEY"]),
            endpoints=[aws.ProviderEndpointArgs(**endpoint)],
            custom_ca_bundle=str(emulator.ca_bundle),
            default_tags={"tags": {"project": "explicit"}},
            s3_use_path_style=True,
            skip_credentials_validation=True,
            skip_requesting_account_id=True,
        )
        imported = aws.sqs.Queue(
            "imported",
            name="made-by-hand",
            visibility_timeout_seconds=45,
            max_message_size=1_048_576,
            opts=pulumi.ResourceOptions(provider=provider, import_=by_hand["QueueUrl"]),
        )
        described = aws.kms.Key(
            "key", description=pulumi.Output.secret("hidden"), opts=pulumi.ResourceOptions(provider=provider)
        )
        pulumi.export("imported", imported.visibility_timeout_seconds)
        pulumi.export("description", described.description)

    stack = make_stack("explicit", declare)
    outputs = stack.up().outputs
    assert outputs["imported"].value == 45
    assert outputs["description"].secret
    assert outputs["description"].value == "hidden"
    stack.destroy()
