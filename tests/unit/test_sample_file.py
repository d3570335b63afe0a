from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from inventory.sample_file import write_sample_file
from tests.functions.oracle import expect

if TYPE_CHECKING:
    from pathlib import Path


def test_the_expected_outcome_agrees_with_an_independent_reading_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    outcome = write_sample_file(path, 10_000)
    oracle = expect(path.read_bytes())
    assert outcome.rows_read == oracle.read == 10_000
    assert outcome.rows_rejected == len(oracle.rejected) > 100
    assert outcome.quantities == {key: quantity for key, (quantity, _) in oracle.table().items()}


def test_the_file_has_the_faults_of_real_files(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    outcome = write_sample_file(path, 10_000)
    data = path.read_bytes()
    lines = data.decode("utf-8-sig").split("\r\n")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert '"Hamburg, Hafen"' in data.decode()
    assert "東京" in data.decode()
    assert any(first == second for first, second in itertools.pairwise(lines))
    assert len(outcome.quantities) < outcome.rows_read - outcome.rows_rejected


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_sample_file(tmp_path / name, 500)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
