"""docs/practices.md names only files, rules and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs" / "practices.md"
PRACTICES = {
    *(f"SEC-{number}" for number in range(1, 6)),
    *(f"REL-{number}" for number in range(1, 6)),
    *(f"OPS-{number}" for number in range(1, 5)),
    *(f"PERF-{number}" for number in range(1, 4)),
    *(f"COST-{number}" for number in range(1, 3)),
    "SUS-1",
}


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [A-Z]+-\d \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_practice_has_a_row() -> None:
    assert {row[0] for row in rows()} == PRACTICES


def test_every_file_exists() -> None:
    for link in re.findall(r"\]\(((?:\.\./)?[\w./-]+)\)", PAGE.read_text()):
        assert (PAGE.parent / link).exists(), link


def test_every_rule_is_in_the_pack() -> None:
    rules = set(re.findall(r"^### (\S+)$", (CHECKOUT / "docs" / "policies.md").read_text(), re.MULTILINE))
    named = {rule for row in rows() for rule in re.findall(r"`([a-z0-9-]+)`", row[3])}
    assert named
    assert named <= rules


def test_every_test_exists() -> None:
    source = "\n".join(path.read_text() for path in (CHECKOUT / "tests").rglob("test_*.py"))
    for row in rows():
        for name in re.findall(r"`(test_\w+)`", row[4]):
            assert f"def {name}(" in source, name
