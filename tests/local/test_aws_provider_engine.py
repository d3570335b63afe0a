"""The real engine with the stand-in provider: a program with every carried type, from its preview to its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from pulumi import automation
from pulumi.automation import OpType

from local.aws_provider.services import RESOURCE_TYPES
from local.engine.finder import find_engine
from tests.local.aws_provider_fixture import BIN
from tests.local.aws_provider_program import Variation, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.launcher import RunningEmulator

TAGS = '{"tags": {"project": "stand-in"}}'
CHANGED = Variation(visibility_timeout_seconds=60, memory_size_mebibytes=256, team="stock", alarm_threshold=900)
OTHER_CODE = "def handler(event, context):\n    return 2\n"


@pytest.fixture(scope="module")
def make_stack(
    emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, Callable[[], None]], automation.Stack]]:
    """Returns stacks by project name and program, with a state in a folder of their own."""
    folder = tmp_path_factory.mktemp("engine")
    (folder / "state").mkdir()
    path = find_engine().environment()["PATH"]
    environment = {
        **emulator.environment(),
        "PATH": os.pathsep.join([str(BIN), path]),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def make(project: str, inline: Callable[[], None]) -> automation.Stack:
        options = automation.LocalWorkspaceOptions(env_vars=environment, pulumi_home=str(folder / "home"))
        return automation.create_stack("test", project, inline, opts=options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", environment["PATH"])  # where the Automation API looks for `pulumi` itself
        yield make


def resources(stack: automation.Stack) -> dict[str, dict[str, object]]:
    """The resources in the stack's state, by type and name."""
    deployment = stack.export_stack().deployment
    assert deployment is not None
    return {each["urn"].split("::", 2)[2]: each for each in deployment.get("resources", [])}


def test_the_life_of_a_stack(
    make_stack: Callable[[str, Callable[[], None]], automation.Stack], emulator: RunningEmulator
) -> None:
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
