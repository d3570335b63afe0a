"""Many whole journeys under random faults: throttling, lost answers, kills, repetition, any order, poison, overwriting.

Each run's seed is its test's name. `INVENTORY_FAULT_SEED` chooses the first seed, `python -m tests.functions.fault_run`
runs as many as wanted.
"""

from __future__ import annotations

import os
import time

import pytest

from tests.functions import fault_run

RUNS = 240
FIRST_SEED = int(os.environ.get("INVENTORY_FAULT_SEED", time.strftime("%Y%j")))


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + RUNS))
def test_table_and_receipts_are_right_after_any_faults(seed: int) -> None:
    world = fault_run.run(seed)
    assert not world.queue
    assert not world.events


def test_the_faults_really_happen() -> None:
    """Over the seeds of one day, every kind of trouble was seen at least once, so the runs above prove something."""
    counts: dict[str, int] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + 40):
        for name, count in fault_run.run(seed).troubles.items():
            counts[name] = counts.get(name, 0) + count
    assert {name for name, count in counts.items() if count} == {
        "error", "kill", "lost answer", "refused message", "broken connection", "poison", "hand-over", "dead letter",
    }, counts  # fmt: skip
