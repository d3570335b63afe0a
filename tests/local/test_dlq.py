"""``inventory dlq`` and ``inventory watch`` on a deployed stack, with the function that would empty the queue held back."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.emulator_fixture import unique, wait_for
from tests.local.stack_fixture import StackOnEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)

REASON = "quantity is not valid"
UPLOAD = "2026-11-01T00:00:00.000Z#v"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackOnEmulator]:
    on_emulator = StackOnEmulator.start(tmp_path_factory.mktemp("dlq"))
    with on_emulator.stack.emulator:
        up = on_emulator.up()
        assert up.code == 0, up.said
        yield on_emulator
        on_emulator.stack.stop()


@pytest.fixture
def elsewhere(stack: StackOnEmulator) -> str:
    """The name of a queue that nobody reads."""
    name = unique("elsewhere")
    stack.deployed.client("sqs").create_queue(QueueName=name)
    return name


def put(stack: StackOnEmulator, file: str, *quantities: str, line: int = 2) -> None:
    """Set rows aside as the consumer does, each in a message of its own."""
    for number, quantity in enumerate(quantities, line):
        row = [f"{file}-{number}", "Bonn", quantity, "2026-11-01T00:00:00Z", number]
        key = f"uploads/{file}.csv"
        document = {"format": 1, "file": key, "upload": UPLOAD, "message": "00000-00000001", "rows": [row]}
        stack.deployed.client("sqs").send_message(
            QueueUrl=stack.deployed.outputs["deadLetterQueueUrl"],
            MessageBody=json.dumps(document | {"set_aside": True}),
            MessageAttributes={
                "reason": {"DataType": "String", "StringValue": REASON},
                "file": {"DataType": "String", "StringValue": key},
                "line": {"DataType": "Number", "StringValue": str(number)},
            },
        )


def depth(stack: StackOnEmulator) -> int:
    return int(listed(stack)["depth"]["visible"])


def listed(stack: StackOnEmulator) -> dict[str, Any]:
    done = stack.inventory("dlq", "ls", "--json")
    assert done.code == 0, done.said
    found: dict[str, Any] = json.loads(done.out)
    assert found["depth"]["in_flight"] == 0
    return found


def shown(stack: StackOnEmulator, *arguments: str) -> list[dict[str, Any]]:
    done = stack.inventory("dlq", "show", "--json", *arguments)
    assert done.code == 0, done.said
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def received(stack: StackOnEmulator, queue: str) -> list[dict[str, Any]]:
    sqs = stack.deployed.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: list[dict[str, Any]] = []
    while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
        "Messages"
    ):
        found += page
    return found


def quantity(stack: StackOnEmulator, product_id: str) -> int | None:
    table = stack.deployed.resource("dynamodb").Table(stack.deployed.outputs["inventoryTableName"])
    item = table.get_item(Key={"product_id": product_id, "location": "Bonn"}, ConsistentRead=True).get("Item")
    return int(item["quantity"]) if item else None


@pytest.fixture(autouse=True)
def empty(stack: StackOnEmulator, tmp_path: Path) -> None:
    """Begin each test with an empty queue."""
    done = stack.inventory("dlq", "drop", "--where", "`true`", "--archive", str(tmp_path / "before.jsonl"), "--yes")
    assert done.code == 0, done.said
    assert depth(stack) == 0


def test_ls_and_show_say_what_is_there_and_consume_nothing(stack: StackOnEmulator) -> None:
    put(stack, "a", *["-1"] * 12)
    put(stack, "b", "-2", "-3")
    summary = listed(stack)
    assert (summary["looked_at"], summary["reasons"]) == (14, {REASON: 14})
    assert summary["files"] == {"uploads/a.csv": 12, "uploads/b.csv": 2}
    assert 0 <= summary["oldest_age_seconds"] < 300
    found = shown(stack, "--limit", "100", "--where", "file=='uploads/b.csv' && row.quantity=='-3'")
    assert [(letter["line"], letter["reason"]) for letter in found] == [(3, REASON)]
    assert len(shown(stack, "--limit", "3")) == 3
    assert depth(stack) == 14
    table = stack.inventory("dlq", "ls").out
    assert "14 visible, 0 in flight" in table
    assert "uploads/a.csv" in table
    assert (
        "line 2: b-2, Bonn, -2" in stack.inventory("dlq", "show", "--where", "line==`2` && file=='uploads/b.csv'").out
    )


def test_the_whole_queue_is_moved_by_a_move_task(stack: StackOnEmulator, elsewhere: str) -> None:
    put(stack, "c", *["-1"] * 5)
    dry = stack.inventory("dlq", "redrive", "--to", elsewhere, "--dry-run")
    assert dry.code == 0, dry.said
    assert "would move about 5 messages" in dry.err
    refused = stack.inventory("dlq", "redrive", "--to", elsewhere)
    assert refused.code == 1
    assert "--yes" in refused.err
    assert depth(stack) == 5
    done = stack.inventory("dlq", "redrive", "--to", elsewhere, "--rate", "100", "--yes")
    assert done.code == 0, done.said
    assert "5 messages of about 5 were moved; 0 are in the dead-letter queue" in done.err
    assert len(received(stack, elsewhere)) == 5


def test_rows_that_the_consumer_set_aside_are_redriven_to_the_source_and_applied(stack: StackOnEmulator) -> None:
    put(stack, "d", "41")
    done = stack.inventory("dlq", "redrive", "--yes")
    assert done.code == 0, done.said
    wait_for(lambda: quantity(stack, "d-2") == 41, "the row is applied")
    assert depth(stack) == 0


def test_a_selection_is_edited_sent_and_deleted(stack: StackOnEmulator) -> None:
    put(stack, "e", "-7")
    put(stack, "f", "-7")
    chosen = ("--where", "file=='uploads/e.csv'", "--edit", "quantity=7")
    dry = stack.inventory("dlq", "redrive", *chosen, "--dry-run")
    assert "would send 1 messages with 1 rows" in dry.err
    assert depth(stack) == 2
    done = stack.inventory("dlq", "redrive", *chosen, "--yes")
    assert done.code == 0, done.said
    assert "1 of 1 messages are redriven" in done.err
    wait_for(lambda: quantity(stack, "e-2") == 7, "the mended row is applied")
    assert [letter["file"] for letter in shown(stack)] == ["uploads/f.csv"]


def test_a_custom_destination_gets_all_attributes_and_the_original(stack: StackOnEmulator, elsewhere: str) -> None:
    put(stack, "g", "-7", "-8")
    before = shown(stack, "--where", "line==`3`")
    done = stack.inventory(
        "dlq",
        "redrive",
        "--to",
        elsewhere,
        "--where",
        "line==`3`",
        "--edit",
        "quantity=8",
        "--edit",
        "location=Ulm",
        "--yes",
    )
    assert done.code == 0, done.said
    (message,) = received(stack, elsewhere)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    original = json.loads(attributes.pop("original_body"))
    assert attributes == before[0]["attributes"]
    assert original["rows"][0][1:3] == ["Bonn", "-8"]
    assert json.loads(message["Body"])["rows"][0][1:3] == ["Ulm", "8"]
    assert depth(stack) == 1


def test_messages_are_dropped_into_an_archive_and_exported_as_csv(stack: StackOnEmulator, tmp_path: Path) -> None:
    put(stack, "h", "-1", "-2", "-3")
    exported = tmp_path / "h.csv"
    done = stack.inventory("dlq", "export", str(exported))
    assert done.code == 0, done.said
    with exported.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["line"])
    assert rows[0] == {
        "product_id": "h-2",
        "location": "Bonn",
        "quantity": "-1",
        "update_date": "2026-11-01T00:00:00Z",
        "reason": REASON,
        "file": "uploads/h.csv",
        "line": "2",
    }
    again = stack.inventory("dlq", "export", str(exported))
    assert again.code == 1
    assert "exists already" in again.err
    archive = tmp_path / "dropped.jsonl"
    dropped = stack.inventory("dlq", "drop", "--where", "line>=`3`", "--archive", str(archive), "--yes")
    assert dropped.code == 0, dropped.said
    assert {json.loads(line)["message_attributes"]["line"]["StringValue"] for line in archive.open()} == {"3", "4"}
    assert [letter["line"] for letter in shown(stack)] == [2]


def test_what_is_wrong_is_said_without_a_traceback(stack: StackOnEmulator) -> None:
    put(stack, "i", "-1")
    for arguments, said in (
        (("show", "--where", "file=="), "not a JMESPath expression"),
        (("show", "--where", "file"), "a boolean is needed"),
        (("redrive", "--edit", "colour=red"), "FIELD=VALUE"),
        (("redrive", "--to", "no-such-queue", "--yes"), "NonExistentQueue"),
        (("redrive", "--to", str(stack.deployed.outputs["deadLetterQueueUrl"])), "is the dead-letter queue itself"),
    ):
        done = stack.inventory("dlq", *arguments)
        assert done.code == 1, (arguments, done.said)
        assert said in done.err
        assert "Traceback" not in done.said
    assert depth(stack) == 1


def test_watch_shows_the_queues_the_functions_and_the_last_file(stack: StackOnEmulator, tmp_path: Path) -> None:
    put(stack, "w", "-1")
    path = tmp_path / "watched.csv"
    path.write_text("product_id,location,quantity,update_date\nW-1,Bonn,3,2026-11-01\nW-2,Bonn,-3,2026-11-01\n")
    assert stack.inventory("ingest", str(path)).code == 0

    def counted() -> dict[str, Any] | None:
        done = stack.inventory("watch", "--once", "--json")
        assert done.code == 0, done.said
        found: dict[str, Any] = json.loads(done.out)
        return found if found["functions"]["queue to table"]["invocations"] else None

    found = wait_for(counted, "the function's metrics")
    assert found["queues"]["dead letters"]["visible"] == 1
    assert found["functions"]["csv to queue"]["errors"] == 0
    newest = found["files"][0]
    assert newest == newest | {
        "file": "uploads/watched.csv",
        "rows_read": 2,
        "rows_accounted_for": 2,
        "rows_rejected": 1,
        "complete": True,
    }
    once = stack.inventory("watch", "--once")
    assert once.code == 0, once.said
    assert "watched.csv" in once.out
    assert max(len(line) for line in once.out.splitlines()) <= 80
