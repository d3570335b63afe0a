"""The real engine, the stand-in provider and the emulator with the project's own program."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from local.engine.finder import CHECKOUT
from tests.local.stack_fixture import StackOnEmulator
from tests.supply_chain.secrets import GUESSING, UNUSED, findings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
DOCUMENTS = ("policy", "assumeRolePolicy", "redrivePolicy", "redriveAllowPolicy")
GOOD = "product_id,location,quantity,update_date\nA-1,Berlin,{quantity},{date}\nA-2,Köln,9,2026-11-02T10:00:00+01:00\n"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def first_preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StackOnEmulator, list[dict[str, Any]]]]:
    """The stack before anything exists, and the steps that its first preview plans."""
    on_emulator = StackOnEmulator.start(tmp_path_factory.mktemp("local-stack"))
    with on_emulator.stack.emulator:
        preview = on_emulator.preview("--json")
        assert preview.code == 0, preview.said
        yield on_emulator, json.loads(preview.out)["steps"]
        on_emulator.stack.stop()


@pytest.fixture(scope="module")
def stack(first_preview: tuple[StackOnEmulator, list[dict[str, Any]]]) -> StackOnEmulator:
    on_emulator, _ = first_preview
    up = on_emulator.up()
    assert up.code == 0, up.said
    return on_emulator


def test_no_policy_document_contains_an_unknown_at_the_first_preview(
    first_preview: tuple[StackOnEmulator, list[dict[str, Any]]],
) -> None:
    seen = 0
    for step in first_preview[1]:
        inputs = step["newState"].get("inputs", {})
        for name in DOCUMENTS:
            if name in inputs:
                assert UNKNOWN not in inputs[name], (step["urn"], name)
                assert isinstance(json.loads(inputs[name]), dict)
                seen += 1
    assert seen >= 12


def test_the_pack_finds_nothing_to_say_about_the_projects_own_stack(
    first_preview: tuple[StackOnEmulator, list[dict[str, Any]]], stack: StackOnEmulator
) -> None:
    assert first_preview[1]
    said = stack.preview().said
    assert not re.search(r"\[(mandatory|advisory)\]", said), said


def test_a_second_preview_shows_no_change(stack: StackOnEmulator) -> None:
    preview = stack.preview("--expect-no-changes")
    assert preview.code == 0, preview.said


def test_refresh_finds_no_drift_and_then_the_drift_that_somebody_made(stack: StackOnEmulator) -> None:
    clean = stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert clean.code == 0, clean.said
    url = stack.deployed.outputs["queueUrl"]
    stack.deployed.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    drifted = stack.preview("--refresh", "--diff")
    assert "visibilityTimeoutSeconds" in drifted.said, drifted.said
    mended = stack.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert mended.code == 0, mended.said
    attributes = stack.deployed.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "30"


def test_an_attribute_of_the_queue_is_updated_in_place(stack: StackOnEmulator) -> None:
    url = stack.deployed.outputs["queueUrl"]
    up = stack.up(messageRetentionDays=5)
    assert up.code == 0, up.said
    assert re.search(r"~ .*sqs:Queue.* inventory-updates", up.out), up.out
    assert "replaced" not in up.out
    attributes = stack.deployed.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert attributes["Attributes"]["MessageRetentionPeriod"] == str(5 * 86_400)
    assert stack.up().code == 0


def test_exported_state_names_every_resource(stack: StackOnEmulator) -> None:
    exported = stack.pulumi("stack", "export")
    assert exported.code == 0, exported.said
    types = {resource["type"] for resource in json.loads(exported.out)["deployment"]["resources"]}
    assert {"inventory:index:InventoryPipeline", "aws:sqs/queue:Queue", "aws:lambda/function:Function"} <= types


def test_exported_state_holds_no_credential(stack: StackOnEmulator, tmp_path: Path) -> None:
    exported = stack.pulumi("stack", "export", "--show-secrets")
    assert exported.code == 0, exported.said
    state = tmp_path / "state.json"
    state.write_text(exported.out)
    assert list(findings([state], without=UNUSED | GUESSING)) == []
    keys = {
        name for resource in json.loads(exported.out)["deployment"]["resources"] for name in resource.get("inputs", {})
    }
    assert keys.isdisjoint({"accessKey", "secretKey", "token", "password"})


def ingest(stack: StackOnEmulator, path: Path) -> tuple[int, dict[str, Any]]:
    done = stack.inventory("ingest", str(path), "--timeout", "120", "--json")
    assert done.out, done.err
    return done.code, json.loads(done.out)[0]


def quantity(stack: StackOnEmulator, product_id: str, location: str) -> int:
    table = stack.deployed.resource("dynamodb").Table(stack.deployed.outputs["inventoryTableName"])
    return int(table.get_item(Key={"product_id": product_id, "location": location})["Item"]["quantity"])


def test_rows_of_a_file_reach_the_table_and_the_newest_wins(stack: StackOnEmulator, tmp_path: Path) -> None:
    path = tmp_path / "Lieferung März 1.csv"
    path.write_text(GOOD.format(quantity=5, date="2026-11-03"), encoding="utf-8")
    code, record = ingest(stack, path)
    assert code == 0
    assert record == record | {
        "file": "uploads/Lieferung März 1.csv",
        "rows_read": 2,
        "rows_rejected": 0,
        "rows_applied": 2,
        "rows_superseded": 0,
        "rows_dead_lettered": 0,
        "complete": True,
        "rejects": [],
    }
    assert quantity(stack, "A-1", "Berlin") == 5
    path.write_text(GOOD.format(quantity=99, date="2026-11-01"), encoding="utf-8")
    code, record = ingest(stack, path)
    assert (code, record["rows_applied"], record["rows_superseded"]) == (0, 1, 1)
    assert quantity(stack, "A-1", "Berlin") == 5


@pytest.mark.parametrize(
    ("content", "said", "applied"),
    [
        (b"", "empty", 0),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "", 0),
        (b"product_id,location,quantity\nB-1,Bonn,3\n", "update_date", 0),
        (b"product_id,location,quantity,update_date\n", "", 0),
        (
            "product_id,location,quantity,update_date\nB-2,Köln,3,2026-11-01\nB-3,Bonn,4,2026-11-01\n".encode(
                "latin-1"
            ),
            "",
            1,
        ),
        (
            b"product_id,location,quantity,update_date,note\nB-4,Bonn,5,2026-11-01,"
            + b"x" * 1_100_000
            + b"\nB-5,Bonn,6,2026-11-01,\n",
            "",
            1,
        ),
    ],
    ids=["empty", "not CSV", "no update_date column", "header only", "not UTF-8", "row too long"],
)
def test_bad_files_end_in_a_receipt_that_adds_up(
    stack: StackOnEmulator, tmp_path: Path, content: bytes, said: str, applied: int
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    code, record = ingest(stack, path)
    assert record["complete"] is True
    assert record["rows_read"] == record["rows_rejected"] + record["rows_applied"]
    assert record["rows_applied"] >= applied
    if said:
        assert said in record["error"]
        assert code == 4


def test_rejected_rows_can_be_fetched_with_line_and_reason(stack: StackOnEmulator, tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("product_id,location,quantity,update_date\nC-1,Bonn,-3,2026-11-01\nC-2,Bonn,3,2026-11-01\n")
    _, record = ingest(stack, path)
    (reject,) = record["rejects"]
    bucket, _, key = reject.removeprefix("s3://").partition("/")
    assert key.startswith("rejects/")
    body = stack.deployed.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert "C-1" in body
    assert "quantity" in body
    assert "C-2" not in body


def test_the_command_shows_outputs_receipts_and_variables(stack: StackOnEmulator) -> None:
    outputs = json.loads(stack.inventory("outputs", "--json").out)
    assert outputs["queueUrl"] == stack.deployed.outputs["queueUrl"]
    assert outputs["environment"]["AWS_ENDPOINT_URL"] == stack.stack.emulator.endpoint_url
    shown = stack.inventory("receipt", "Lieferung März 1.csv")
    assert shown.code == 0, shown.err
    assert "rows applied" in shown.out
    missing = stack.inventory("receipt", "never-uploaded.csv")
    assert missing.code == 1
    assert "there is no receipt of never-uploaded.csv" in missing.err
    variables = stack.inventory("local", "env").out
    assert "export PULUMI_BACKEND_URL=" in variables
    status = json.loads(stack.inventory("local", "status", "--json").out)
    assert status["running"] is True
    assert status["deployed"] is True


def test_an_audit_of_the_deployed_stack_finds_nothing_until_somebody_tightens_a_rule(
    stack: StackOnEmulator, tmp_path: Path
) -> None:
    clean = stack.inventory("audit", "local", "--format", "json")
    assert (clean.code, json.loads(clean.out)) == (0, []), clean.err
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"sqs-customer-managed-key": "mandatory"}))
    tightened = stack.inventory("audit", "local", "--format", "sarif", "--policy-pack-config", str(config))
    assert tightened.code == 5, tightened.err
    (run,) = json.loads(tightened.out)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["sqs-customer-managed-key"]
    assert len(run["results"]) == 3
    for result in run["results"]:
        assert result["level"] == "error"
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "components/encrypted_queue.py"
        assert (CHECKOUT / place["artifactLocation"]["uri"]).is_file()
        assert place["region"]["startLine"] > 1
    table = stack.inventory("audit", "local", "--policy-pack-config", str(config))
    assert (table.code, table.out.count("sqs-customer-managed-key")) == (5, 3)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_every_shipped_configuration_passes_the_pack_at_a_first_preview(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = StackOnEmulator.start(tmp_path_factory.mktemp(name))
    copied = empty.stack.folder / f"Pulumi.{name}.yaml"  # pulumi writes the passphrase's salt into it
    shutil.copy(CHECKOUT / copied.name, copied)
    with empty.stack.emulator:
        preview = empty.preview("--config-file", str(copied))
    assert preview.code == 0, preview.said
    assert "to create" in preview.said
    assert not re.search(r"\[(mandatory|advisory)\]", preview.said), preview.said


@pytest.mark.parametrize("rule", ["sqs-encrypted-at-rest", "sqs-https-only", "abac-required-tags"])
def test_the_unsafe_example_is_refused_by_each_rule_of_the_mission(stack: StackOnEmulator, rule: str) -> None:
    preview = stack.preview(project=CHECKOUT / "examples" / "unsafe-queue")
    assert preview.code != 0
    assert re.search(rf"\[mandatory\].*\s{rule}\s", preview.said), preview.said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"maxReceiveCount": 1}, "maxReceiveCount is 1"),
        ({"encryption": "none"}, "encryption is 'none'"),
        ({"visibilityTimeoutSeconds": 10}, "visibilityTimeoutSeconds is 10"),
    ],
)
def test_wrong_configuration_stops_the_program_at_once(
    stack: StackOnEmulator, config: dict[str, Any], said: str
) -> None:
    preview = stack.preview(*stack.configured(**config))
    assert preview.code != 0
    assert said in preview.said
    assert "Traceback" not in preview.said


def test_destroy_leaves_nothing(stack: StackOnEmulator) -> None:
    destroyed = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.said
    emulator = stack.stack.emulator
    assert (
        "QueueUrls" not in emulator.client("sqs").list_queues() or not emulator.client("sqs").list_queues()["QueueUrls"]
    )
    assert emulator.client("lambda").list_functions()["Functions"] == []
    assert emulator.client("dynamodb").list_tables()["TableNames"] == []
    assert emulator.client("s3").list_buckets()["Buckets"] == []
    assert emulator.client("iam").list_roles()["Roles"] == []
