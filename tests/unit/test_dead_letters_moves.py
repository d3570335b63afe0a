from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from inventory.dead_letter_moves import Edit, MoveTask, WholeQueue, copy_of, drop, move, run_move_task
from inventory.dead_letters import DeadLetter, DeadLetterQueue
from inventory.terminal import UserError
from tests.unit.dead_letter_fakes import DEAD, SOURCE, FakeSqs, body, text

if TYPE_CHECKING:
    from pathlib import Path

NO_EDIT = Edit({})
ATTRIBUTES = {
    "reason": text("quantity is not valid"),
    "line": {"DataType": "Number", "StringValue": "2"},
    "mark": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


def moved(sqs: Any, *chosen: str, edit: Edit = NO_EDIT, rate: int | None = None) -> list[str]:
    return [settled.why_kept for settled in move(DeadLetterQueue(sqs, DEAD), frozenset(chosen), SOURCE, edit, rate)]


def letter(**more: Any) -> DeadLetter:
    system = {"SentTimestamp": "1767225600000", "ApproximateReceiveCount": "1"} | more.pop("system", {})
    return DeadLetter({"MessageId": "m", "Body": body(), "Attributes": system, **more})


def test_only_chosen_messages_are_moved_and_the_others_are_visible_at_once() -> None:
    sqs = FakeSqs()
    identities = [sqs.put(body(file=f"uploads/{number}.csv")) for number in range(25)]
    assert moved(sqs, identities[3], identities[21]) == ["", ""]
    assert [json.loads(sent["MessageBody"])["file"] for sent in sqs.sent()] == ["uploads/3.csv", "uploads/21.csv"]
    assert set(sqs.queues[DEAD]) == set(identities) - {identities[3], identities[21]}
    assert not sqs.hidden & set(sqs.queues[DEAD])


def test_each_message_is_sent_before_it_is_deleted() -> None:
    sqs = FakeSqs()
    identities = [sqs.put(body(file=f"uploads/{number}.csv")) for number in range(3)]
    moved(sqs, *identities)
    assert [call for call, _ in sqs.calls] == ["send", "delete"] * 3


@pytest.mark.parametrize("moment", range(6))
def test_an_interruption_at_any_moment_loses_nothing(moment: int) -> None:
    class Interrupted(FakeSqs):
        def _maybe(self) -> None:
            if len(self.calls) == moment:
                raise KeyboardInterrupt

        def send_message(self, **sent: Any) -> dict[str, Any]:
            self._maybe()
            return super().send_message(**sent)

        def delete_message(self, **asked: Any) -> dict[str, Any]:
            self._maybe()
            return super().delete_message(**asked)

    sqs = Interrupted()
    bodies = {body(file=f"uploads/{number}.csv") for number in range(3)}
    identities = [sqs.put(content) for content in bodies]
    with pytest.raises(KeyboardInterrupt):
        moved(sqs, *identities)
    left = {message["Body"] for message in sqs.queues[DEAD].values()}
    assert left | {sent["MessageBody"] for sent in sqs.sent()} == bodies
    assert not sqs.hidden & set(sqs.queues[DEAD])


def test_all_message_attributes_and_the_trace_are_kept() -> None:
    sent = copy_of(letter(MessageAttributes=ATTRIBUTES, system={"AWSTraceHeader": "Root=1-2-3"}), SOURCE, NO_EDIT)
    assert sent == {
        "QueueUrl": SOURCE,
        "MessageBody": body(),
        "MessageAttributes": ATTRIBUTES,
        "MessageSystemAttributes": {"AWSTraceHeader": text("Root=1-2-3")},
    }


def test_a_copy_for_a_fifo_queue_stays_in_its_group_and_is_not_taken_for_the_original() -> None:
    original = letter(system={"MessageGroupId": "g", "MessageDeduplicationId": "d"})
    once, again = (copy_of(original, SOURCE + ".fifo", NO_EDIT) for _ in range(2))
    assert once["MessageGroupId"] == "g"
    assert once["MessageDeduplicationId"] == again["MessageDeduplicationId"] != "d"
    assert copy_of(original, SOURCE + ".fifo", Edit({"quantity": "9"}))["MessageDeduplicationId"] not in {
        "d",
        once["MessageDeduplicationId"],
    }


def test_a_copy_for_a_standard_queue_has_a_group_only_if_it_had_one() -> None:
    assert "MessageGroupId" not in copy_of(letter(), SOURCE, NO_EDIT)
    fair = copy_of(letter(system={"MessageGroupId": "g"}), SOURCE, NO_EDIT)
    assert fair["MessageGroupId"] == "g"
    assert "MessageDeduplicationId" not in fair


def test_an_edit_changes_every_row_and_keeps_the_first_original() -> None:
    rows = [("P1", "Bonn", "-5", "2026-11-01T00:00:00Z", line) for line in (2, 3)]
    first = body(*rows)
    sent = copy_of(letter(Body=first, MessageAttributes=ATTRIBUTES), SOURCE, Edit.parsed(["quantity=007"]))
    document = json.loads(sent["MessageBody"])
    assert document["rows"] == [["P1", "Bonn", "7", "2026-11-01T00:00:00Z", line] for line in (2, 3)]
    assert document == json.loads(first) | {"rows": document["rows"]}
    assert sent["MessageAttributes"] == ATTRIBUTES | {"original_body": text(first)}
    second = copy_of(
        letter(Body=sent["MessageBody"], MessageAttributes=sent["MessageAttributes"]),
        SOURCE,
        Edit.parsed(["location=Köln", "update_date=2026-12-01"]),
    )
    assert second["MessageAttributes"]["original_body"]["StringValue"] == first
    assert json.loads(second["MessageBody"])["rows"][0] == ["P1", "Köln", "7", "2026-12-01T00:00:00Z", 2]


def test_a_row_set_aside_stays_one_when_it_is_edited() -> None:
    alone = json.dumps(json.loads(body()) | {"set_aside": True})
    assert json.loads(Edit({"quantity": "9"}).applied(letter(Body=alone)))["set_aside"] is True


@pytest.mark.parametrize(
    "assignment", ["quantity", "colour=red", "quantity=-1", "update_date=soon", "location=", "line=3"]
)
def test_an_edit_that_no_row_may_have_is_refused(assignment: str) -> None:
    with pytest.raises(UserError, match="--edit"):
        Edit.parsed([assignment])


def test_what_cannot_be_moved_stays_and_does_not_hold_up_the_rest() -> None:
    sqs = FakeSqs()
    full = {f"a{number}": text("x") for number in range(10)}
    identities = [sqs.put("hello"), sqs.put(body(), full), sqs.put(body())]
    malformed, crowded, fine = moved(sqs, *identities, edit=Edit({"quantity": "9"}))
    assert "malformed" in malformed
    assert "10 attributes" in crowded
    assert fine == ""
    assert set(sqs.queues[DEAD]) == set(identities[:2])


def test_a_message_that_the_service_refuses_stays() -> None:
    sqs = FakeSqs(refused_bodies={body()})
    identity = sqs.put(body())
    assert "InvalidParameterValue" in moved(sqs, identity)[0]
    assert set(sqs.queues[DEAD]) == {identity}


def test_an_error_that_is_not_about_one_message_ends_the_move() -> None:
    sqs = FakeSqs(refused_bodies={body()}, refusal="AccessDenied")
    identity = sqs.put(body())
    with pytest.raises(ClientError, match="AccessDenied"):
        moved(sqs, identity)
    assert set(sqs.queues[DEAD]) == {identity}
    assert sqs.hidden == set()


def test_a_rate_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("inventory.dead_letter_moves.time.monotonic", lambda: now[0])
    monkeypatch.setattr("inventory.dead_letter_moves.time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    sqs = FakeSqs()
    moved(sqs, *(sqs.put(body()) for _ in range(11)), rate=5)
    assert now[0] == pytest.approx(102.0)


def test_messages_are_dropped_only_once_they_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "dropped.jsonl"
    archive.write_text('{"earlier": true}\n')
    synced: list[str] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(archive.read_text())

    monkeypatch.setattr("inventory.dead_letter_moves.os.fsync", spy)

    class Watching(FakeSqs):
        def delete_message(self, **asked: Any) -> dict[str, Any]:
            assert f'"{asked["ReceiptHandle"].partition("/")[0]}"' in synced[-1]
            return super().delete_message(**asked)

    sqs = Watching()
    identities = [sqs.put(body(), ATTRIBUTES) for _ in range(12)]
    settled = list(drop(DeadLetterQueue(sqs, DEAD), frozenset(identities[1:]), archive))
    assert len(settled) == 11
    assert set(sqs.queues[DEAD]) == {identities[0]}
    assert sqs.hidden & set(sqs.queues[DEAD]) == set()
    earlier, *lines = [json.loads(line) for line in archive.read_text().splitlines()]
    assert earlier == {"earlier": True}
    assert [line["message_id"] for line in lines] == identities[1:]
    assert lines[0]["body"] == body()
    assert lines[0]["message_attributes"]["mark"] == {"DataType": "Binary", "BinaryValue": "AP8="}


def test_a_disk_that_fails_drops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = FakeSqs()
    identity = sqs.put(body())
    with pytest.raises(UserError, match="cannot be written"):
        list(drop(DeadLetterQueue(sqs, DEAD), frozenset({identity}), tmp_path / "none" / "a.jsonl"))

    archive = tmp_path / "a.jsonl"

    def full(descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), archive.stat()):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("inventory.dead_letter_moves.os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        list(drop(DeadLetterQueue(sqs, DEAD), frozenset({identity}), archive))
    assert set(sqs.queues[DEAD]) == {identity}
    assert sqs.hidden == set()


class FakeMoves:
    """Plays the states of one move task."""

    def __init__(self, *states: tuple[str, int], interrupt_at: int = -1, ended: bool = False) -> None:
        self._states = list(states)
        self._interrupt_at = interrupt_at
        self._ended = ended
        self._asked = 0
        self.started: dict[str, Any] = {}
        self.cancelled: list[str] = []

    def start_message_move_task(self, **order: Any) -> dict[str, Any]:
        self.started = order
        return {"TaskHandle": "handle"}

    def list_message_move_tasks(self, **asked: Any) -> dict[str, Any]:
        assert asked["SourceArn"] == "dead"
        self._asked += 1
        if self._asked - 1 == self._interrupt_at:
            raise KeyboardInterrupt
        status, count = self._states.pop(0)
        failure = {"FailureReason": "AccessDenied"} if status == "FAILED" else {}
        return {
            "Results": [
                {
                    "Status": status,
                    "ApproximateNumberOfMessagesMoved": count,
                    "ApproximateNumberOfMessagesToMove": 9,
                    **failure,
                }
            ]
        }

    def cancel_message_move_task(self, *, TaskHandle: str) -> dict[str, Any]:  # noqa: N803 - AWS's own name
        self.cancelled.append(TaskHandle)
        if self._ended:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "CancelMessageMoveTask")
        return {}


def test_a_move_task_is_followed_to_its_end() -> None:
    sqs, seen = FakeMoves(("RUNNING", 1), ("RUNNING", 5), ("COMPLETED", 9)), list[MoveTask]()
    assert run_move_task(sqs, WholeQueue("dead", "source", 50), seen.append, 0) == MoveTask("COMPLETED", 9, 9)
    assert sqs.started == {"SourceArn": "dead", "DestinationArn": "source", "MaxNumberOfMessagesPerSecond": 50}
    assert [task.moved for task in seen] == [1, 5, 9]


def test_a_move_task_that_fails_says_why() -> None:
    task = run_move_task(FakeMoves(("FAILED", 2)), WholeQueue("dead", "source"), lambda _: None, 0)
    assert (task.status, task.moved, task.failure) == ("FAILED", 2, "AccessDenied")


@pytest.mark.parametrize("ended", [False, True])
def test_an_interruption_cancels_the_task_and_waits_for_the_final_counts(ended: bool) -> None:  # noqa: FBT001
    last = "COMPLETED" if ended else "CANCELLED"
    sqs = FakeMoves(("RUNNING", 1), ("CANCELLING", 4), (last, 5), interrupt_at=1, ended=ended)
    task = run_move_task(sqs, WholeQueue("dead", "source"), lambda _: None, 0)
    assert (task.status, task.moved, sqs.cancelled) == (last, 5, ["handle"])
