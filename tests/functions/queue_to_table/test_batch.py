"""Batches of messages become items of the table, whatever is delivered twice, late or in any order."""

# ruff: noqa: S311 - random, but repeatable

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_updates.message import FORMAT, Message, decode, encode
from inventory_updates.row import Row

from tests.functions.fakes import client_error
from tests.functions.files import inventory_csv
from tests.functions.world import Clock, KilledError, World, adds_up

KEY = "uploads/a.csv"
UPLOAD = "2026-11-23T10:00:00.000Z#v000"


def row(product_id: str, quantity: int | str, update_date: str = "2026-01-01T00:00:00Z", line: int = 2) -> Row:
    return Row(product_id, "London", str(quantity), update_date, line)


def body(*rows: Row, message: str = "00000-00000000", upload: str = UPLOAD) -> str:
    return encode(Message(FORMAT, KEY, upload, message, list(rows))).decode()


def deliver(world: World, *bodies: str, receives: int = 1) -> list[str]:
    """Apply a batch; return the failures' reasons, an empty one for a message that is done."""
    records = [
        {"messageId": str(number), "body": text, "attributes": {"ApproximateReceiveCount": str(receives)}}
        for number, text in enumerate(bodies)
    ]
    deliveries = world.applier.apply(records, Clock(30_000, 0))
    return [deliveries[str(number)].failure for number in range(len(bodies))]


def test_a_row_is_written_once_however_often_it_is_delivered() -> None:
    world = World()
    for _ in range(3):
        assert deliver(world, body(row("P1", 5))) == [""]
    assert world.inventory() == {("P1", "London"): (5, "2026-01-01T00:00:00Z")}


def test_only_the_newest_row_of_a_key_in_a_batch_is_written() -> None:
    world = World()
    rows = [row("P1", number, f"2026-01-0{number}T00:00:00Z", number + 1) for number in (3, 1, 5, 2)]
    deliver(world, body(*rows[:2]), body(*rows[2:], message="00000-00000001"))
    assert world.calls.counts["UpdateItem inventory"] == 1
    assert world.inventory() == {("P1", "London"): (5, "2026-01-05T00:00:00Z")}
    items = world.dynamodb.tables["receipts"]
    counts = [(item["applied"]["N"], item["superseded"]["N"]) for item in items.values()]
    assert counts == [("0", "2"), ("1", "1")]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(0, 2), st.integers(2, 9)), min_size=1, max_size=12
    ),
    st.integers(0, 10**6),
)
def test_any_order_and_any_repetition_leave_the_same_table(found: list[tuple[int, int, int, int]], seed: int) -> None:
    """The newest date wins, then the later upload, then the later line."""
    rng = random.Random(seed)
    uploads = [f"2026-11-23T10:00:0{number}.000Z#v{number}" for number in range(3)]
    rows = {(key, day, upload, line): rng.randrange(100) for key, day, upload, line in found}
    messages = [
        body(row(f"P{key}", quantity, f"2026-01-0{day}T00:00:00Z", line), message=f"{number}", upload=uploads[upload])
        for number, ((key, day, upload, line), quantity) in enumerate(rows.items())
    ]
    world = World()
    deliveries = messages + rng.choices(messages, k=len(messages))
    rng.shuffle(deliveries)
    while deliveries:
        batch, deliveries = deliveries[:3], deliveries[3:]
        assert set(deliver(world, *batch)) == {""}
    newest = {key: max(spot for spot in rows if spot[0] == key) for key, *_ in rows}
    assert world.inventory() == {
        (f"P{key}", "London"): (rows[spot], f"2026-01-0{spot[1]}T00:00:00Z") for key, spot in newest.items()
    }


def test_a_fraction_of_a_second_is_newer_than_its_whole_second() -> None:
    world = World()
    deliver(world, body(row("P1", 2, "2026-01-01T10:00:00.500000Z", line=2)))
    deliver(world, body(row("P1", 1, "2026-01-01T10:00:00Z", line=3), message="00000-00000001"))
    assert world.inventory()["P1", "London"][0] == 2


def test_a_throttled_row_brings_its_message_back_and_no_other() -> None:
    world = World()
    bodies = [body(row(f"P{number}", 1), message=f"00000-0000000{number}") for number in range(3)]

    def throttle(operation: str, moment: str) -> None:
        if operation == "UpdateItem inventory" and moment == "before" and world.calls.counts[operation] == 2:
            raise client_error("ProvisionedThroughputExceededException")

    world.inject(throttle)
    failures = deliver(world, *bodies)
    assert sorted(failures) == ["", "", "ProvisionedThroughputExceededException"]
    world.heal()
    assert deliver(world, *bodies) == ["", "", ""]
    assert len(world.inventory()) == 3


def test_an_older_row_is_not_called_superseded_while_the_newer_one_is_not_safe() -> None:
    world = World()
    older, newer = body(row("P1", 1)), body(row("P1", 2, "2026-01-02T00:00:00Z"), message="00000-00000001")
    world.inject(lambda operation, _: _raise(operation == "UpdateItem inventory", "InternalServerError"))
    assert deliver(world, older, newer) == ["InternalServerError", "InternalServerError"]
    assert world.dynamodb.tables["receipts"] == {}


def test_a_row_that_can_never_be_applied_leaves_alone_with_its_reason() -> None:
    world = World()
    assert deliver(world, body(row("P1", 1), row("P2", "many", line=3), row("P3", 3, line=4))) == [""]
    (dead,) = world.sqs.dead
    assert decode(dead["MessageBody"]).rows == [row("P2", "many", line=3)]
    attributes = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert attributes == {"reason": "quantity is not valid", "file": KEY, "line": "3"}
    assert set(world.inventory()) == {("P1", "London"), ("P3", "London")}


@pytest.mark.parametrize("bad", [Row("", "L", "1", "2026-01-01T00:00:00Z", 2), Row("P", "L", "-1", "2026-01-01T00:00:00Z", 2),
                                 Row("P", "L", "1", "2026-01-01", 2), Row("P", "L" * 1025, "1", "2026-01-01T00:00:00Z", 2)])  # fmt: skip
def test_a_row_that_another_producer_got_wrong_is_set_aside(bad: Row) -> None:
    world = World()
    assert deliver(world, body(bad)) == [""]
    assert len(world.sqs.dead) == 1
    assert world.inventory() == {}


def test_a_row_that_dynamodb_refuses_makes_way_for_an_older_one_of_its_key() -> None:
    world = World()
    refused = [0]

    def refuse_first(operation: str, moment: str) -> None:
        if operation == "UpdateItem inventory" and moment == "before" and not refused[0]:
            refused[0] = 1
            raise client_error("ValidationException")

    world.inject(refuse_first)
    assert deliver(world, body(row("P1", 1), row("P1", 2, "2026-01-02T00:00:00Z", line=3))) == [""]
    assert world.inventory() == {("P1", "London"): (1, "2026-01-01T00:00:00Z")}
    assert [decode(dead["MessageBody"]).rows[0].quantity for dead in world.sqs.dead] == ["2"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "not json",
        '{"format":2}',
        '{"format":1,"file":"f","upload":"u","message":"m","rows":[[1,2]]}',
        "[" * 5000,
    ],
)
def test_a_malformed_message_comes_back_until_sqs_takes_it_away(text: str) -> None:
    world = World()
    failures = deliver(world, text, body(row("P1", 1)))
    assert failures[0].startswith("malformed message")
    assert failures[1] == ""


def test_an_invocation_out_of_time_returns_what_it_has_not_written() -> None:
    world = World()
    records = [{"messageId": "0", "body": body(row("P1", 1)), "attributes": {"ApproximateReceiveCount": "1"}}]
    deliveries = world.applier.apply(records, Clock(3_000, 900))
    assert deliveries["0"].failure == "out of time"


def test_a_receipt_that_cannot_be_written_brings_the_message_back() -> None:
    world = World()
    world.inject(lambda operation, _: _raise(operation == "PutItem receipts", "AccessDeniedException"))
    assert deliver(world, body(row("P1", 1))) == ["AccessDeniedException"]


class TestReceipts:
    """The receipt adds up whatever happens on the way."""

    DATA = inventory_csv(["P1,London,1,2026-01-01", "P2,London,2,2026-01-01", "P3,London,x,2026-01-01"])

    def world(self) -> World:
        world = World()
        world.run_csv_to_queue(world.upload(KEY, self.DATA))
        return world

    def test_it_is_complete_once_every_row_has_its_outcome(self) -> None:
        world = self.world()
        assert not world.receipt(KEY).complete
        assert world.receipt(KEY).rows_in_flight == 2
        world.deliver_all()
        receipt = world.receipt(KEY)
        assert adds_up(receipt)
        assert (receipt.rows_read, receipt.rows_rejected, receipt.rows_applied) == (3, 1, 2)

    def test_a_message_that_fails_for_good_is_dead_lettered_and_applied_after_a_redrive(self) -> None:
        world = self.world()
        world.inject(lambda operation, _: _raise(operation == "UpdateItem inventory", "AccessDeniedException"))
        world.deliver_all()
        assert world.receipt(KEY).rows_dead_lettered == 2
        assert adds_up(world.receipt(KEY))
        world.heal()
        world.redrive()
        world.deliver_all()
        receipt = world.receipt(KEY)
        assert adds_up(receipt)
        assert (receipt.rows_applied, receipt.rows_dead_lettered) == (2, 0)

    def test_a_message_whose_every_attempt_is_killed_is_accounted_for(self) -> None:
        world = self.world()

        def kill(operation: str, moment: str) -> None:
            if (operation, moment) == ("UpdateItem inventory", "before"):
                raise KilledError

        world.inject(kill)
        world.deliver_all()
        assert len(world.dead_letter_queue) == 1
        receipt = world.receipt(KEY)
        assert receipt.rows_dead_lettered == 2
        assert not receipt.complete  # the last attempt may still be running, as far as the receipt knows

    def test_a_row_set_aside_is_dead_lettered_until_a_redrive_applies_it(self) -> None:
        world = self.world()

        def refuse(operation: str, moment: str) -> None:
            if operation == "UpdateItem inventory" and moment == "before" and world.calls.counts[operation] == 1:
                raise client_error("ValidationException")

        world.inject(refuse)
        world.deliver_all()
        receipt = world.receipt(KEY)
        assert adds_up(receipt)
        assert (receipt.rows_applied, receipt.rows_dead_lettered) == (1, 1)
        assert [(found.line, found.reason) for found in receipt.dead_lettered_rows] == [(2, "ValidationException")]
        world.heal()
        world.redrive()
        world.deliver_all()
        receipt = world.receipt(KEY)
        assert adds_up(receipt)
        assert (receipt.rows_applied, receipt.rows_dead_lettered) == (2, 0)

    def test_a_copy_that_fails_does_not_unsay_what_another_copy_did(self) -> None:
        world = self.world()
        (message,) = world.queue
        world._arrive(world.queue, message.body)
        world.deliver_once(batch=1)
        world.inject(lambda operation, _: _raise(operation == "UpdateItem inventory", "ThrottlingException"))
        world.deliver_all()
        receipt = world.receipt(KEY)
        assert adds_up(receipt)
        assert receipt.rows_applied == 2

    def test_two_uploads_of_a_key_have_a_receipt_each(self) -> None:
        world = self.world()
        world.deliver_all()
        world.run_csv_to_queue(world.upload(KEY, inventory_csv(["P1,London,7,2026-01-01"])))
        world.deliver_all()
        assert world.receipt(KEY).rows_read == 1
        assert world.receipt(KEY, "2026-11-23T10:00:00.000Z").rows_read == 3
        assert world.inventory()["P1", "London"][0] == 7


def _raise(when: Any, code: str) -> None:
    if when:
        raise client_error(code)
