"""One run of the whole journey under random faults; the seed decides which. More runs: see `--help`."""

# ruff: noqa: S311 - random, but repeatable

from __future__ import annotations

import argparse
import csv
import io
import random
import secrets
import time
from datetime import datetime  # noqa: TC003
from typing import TYPE_CHECKING

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError, ResponseStreamingError
from inventory_updates.message import decode

from tests.functions.fakes import client_error
from tests.functions.files import HEADER
from tests.functions.oracle import Expected, expect
from tests.functions.world import KilledError, World, adds_up

if TYPE_CHECKING:
    from inventory_updates.receipt_reader import Receipt


URL = "https://endpoint"
KEYS = ("uploads/a.csv", "uploads/täglich b.csv")
ERRORS = (
    lambda: client_error("ProvisionedThroughputExceededException"),
    lambda: client_error("ThrottlingException"),
    lambda: client_error("InternalServerError", status=500),
    lambda: client_error("AccessDeniedException", status=403),
    lambda: EndpointConnectionError(endpoint_url=URL),
    lambda: ConnectionClosedError(endpoint_url=URL),
    lambda: ReadTimeoutError(endpoint_url=URL),
    KilledError,
)


def run(seed: int) -> World:
    """Take some uploads through the pipeline with faults, mend them, and check that all is as it should be."""
    rng = random.Random(seed)
    world = World(
        rng,
        patience=rng.choice([1, 2, 5, 10**9]),
        statements=rng.random() < 0.5,
        block_bytes=rng.choice([40, 200, 2000]),
        range_bytes=rng.choice([100, 500, 10**6]),
        rows_per_message=rng.choice([1, 3, 10]),
        maximum_parallel_ranges=rng.choice([1, 3]),
    )
    uploads = _uploads(rng)
    notifications = [world.upload(key, data) for key, data in uploads]
    world.events += notifications
    chances = {name: rng.choice([0, 0, 0.1, 0.4]) for name in ("refuse", "break", "twice", "poison")}
    _inject(world, chances)
    keys = {key for _, data in uploads for key in expect(data).valid}
    world.dynamodb.poison = {key for key in sorted(keys) if rng.random() < chances["poison"]}
    for _ in range(rng.randrange(80)):
        if world.events and rng.random() < 0.5:
            world.run_csv_to_queue_once(chances["twice"])
        else:
            world.deliver_once(rng.randint(1, 10), chances["twice"])
        if rng.random() < 0.05:
            world.redrive()
    world.troubles["poison"] += len(world.dynamodb.poison)
    world.heal()
    world.run_csv_to_queue()
    world.deliver_all()
    _check_receipts(world, uploads, rows_may_be_dead=True)
    world.troubles["dead letter"] += len(world.dead_letter_queue)
    world.troubles["hand-over"] += world.calls.counts.get("Invoke", 0)
    world.redrive()
    world.deliver_all()
    assert not world.dead_letter_queue
    _check_receipts(world, uploads, rows_may_be_dead=False)
    _check_table(world, uploads)
    return world


def _inject(world: World, chances: dict[str, float]) -> None:
    """Let every AWS call fail now and then, before or after it took effect; count what happens."""
    rng, troubles = world.rng, world.troubles
    chance = rng.choice([0, 0.01, 0.05, 0.2])

    def fault(_: str, moment: str) -> None:
        if rng.random() < chance:
            error = rng.choice(ERRORS)()
            troubles["kill" if isinstance(error, KilledError) else "error"] += 1
            troubles["lost answer"] += moment == "after"
            raise error

    def refuse(_: str) -> str | None:
        refused = rng.random() < chances["refuse"]
        troubles["refused message"] += refused
        return "ThrottlingException" if refused else None

    def broken(length: int) -> tuple[int, Exception] | None:
        if rng.random() >= chances["break"]:
            return None
        troubles["broken connection"] += 1
        return rng.randrange(length), ResponseStreamingError(error="reset")

    def statement_fault() -> str | None:
        return rng.choice(["ThrottlingError", "InternalServerError"]) if rng.random() < chance else None

    world.inject(fault)
    world.dynamodb.statement_fault = statement_fault
    world.sqs.refuse = refuse
    world.s3.breaks = broken


def _uploads(rng: random.Random) -> list[tuple[str, bytes]]:
    """Return one to three files: new ones, the same again, or another content for the same key."""
    uploads: list[tuple[str, bytes]] = []
    for _ in range(rng.randint(1, 3)):
        if uploads and rng.random() < 0.2:
            uploads.append(rng.choice(uploads))
        else:
            uploads.append((rng.choice(KEYS), _file(rng)))
    return uploads


def _file(rng: random.Random) -> bytes:
    lines = [HEADER]
    for _ in range(rng.choice([1, 10, 60])):
        place = rng.choice(["London", '"Paris, FR"', "Zürich", '"two\nlines"'])
        quantity = rng.choice(["-1", "many"]) if rng.random() < 0.1 else str(rng.randrange(1000))
        lines.append(f"P{rng.randrange(12)},{place},{quantity},2026-01-{rng.randint(1, 9):02d}")
        if rng.random() < 0.05:
            lines.append(rng.choice(["", '"open,London,1,2026-01-01', "too,few", 'P1,"x"y,1,2026-01-01']))
    return (rng.choice(["\n", "\r\n"]).join(lines)).encode()


def _check_receipts(world: World, uploads: list[tuple[str, bytes]], *, rows_may_be_dead: bool) -> None:
    later = time.time() + 3600  # when no attempt can still be running
    for number, (key, data) in enumerate(uploads):
        expected = expect(data)
        receipt = world.receipt(key, f"2026-11-23T10:00:0{number}.000Z", later)
        unseen = _rows_dead_lettered_unseen(world, receipt)
        assert adds_up(receipt) or (rows_may_be_dead and receipt.rows_in_flight == unseen > 0), receipt
        assert (receipt.rows_read, receipt.rows_rejected) == (expected.read, len(expected.rejected))
        assert rows_may_be_dead or receipt.rows_dead_lettered == 0
        assert _rejected_lines(world, receipt.rejects) == sorted(expected.rejected)


def _rows_dead_lettered_unseen(world: World, receipt: Receipt) -> int:
    """Count the rows of messages that are dead-lettered because not even their receipt could be written."""
    messages = [decode(message.body) for message in world.dead_letter_queue]
    known = world.dynamodb.tables["receipts"]
    unseen = {
        message.message: len(message.rows)
        for message in messages
        if (message.file, message.upload) == (receipt.file, receipt.upload) and not message.set_aside
        if (message.file, f"{message.upload}#message#{message.message}") not in known
    }
    return sum(unseen.values())


def _rejected_lines(world: World, keys: tuple[str, ...]) -> list[int]:
    lines: list[int] = []
    for key in keys:
        reader = csv.DictReader(io.StringIO(world.s3.rejects[key].decode(), newline=""))
        lines += [int(row["rejected_line"]) for row in reader]
    return sorted(lines)


def _check_table(world: World, uploads: list[tuple[str, bytes]]) -> None:
    newest: dict[tuple[str, str], tuple[datetime, int, int, int]] = {}
    for number, (_, data) in enumerate(uploads):
        expected: Expected = expect(data)
        for key, rows in expected.valid.items():
            best = max((moment, number, line, quantity) for moment, line, quantity in rows)
            newest[key] = max(newest.get(key, best), best)
    assert {key: quantity for key, (quantity, _) in world.inventory().items()} == {
        key: quantity for key, (_, _, _, quantity) in newest.items()
    }


def main() -> None:
    """Run many seeds and print each that fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.functions.fault_run", description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the first seed")
    options = parser.parse_args()
    print(f"seeds {options.seed} to {options.seed + options.runs - 1}")  # noqa: T201 - a command
    for seed in range(options.seed, options.seed + options.runs):
        try:
            run(seed)
        except BaseException:
            print(f"seed {seed} failed")  # noqa: T201
            raise
    print(f"{options.runs} runs, none failed")  # noqa: T201


if __name__ == "__main__":
    main()
