"""SECURITY.md names only practices, rules and tests that exist, and every threat has all of them."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "SECURITY.md"
PRACTICE, RULE, TEST = re.compile(r"[A-Z]+-\d"), re.compile(r"`([a-z0-9-]+)`"), re.compile(r"`(test_\w+)`")


def threats() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| T-\d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_threats_are_numbered_and_complete() -> None:
    assert [row[0] for row in threats()] == [f"T-{number}" for number in range(1, len(threats()) + 1)]
    assert len(threats()) > 10
    for row in threats():
        assert all(row), row[0]


def test_every_practice_exists() -> None:
    known = set(re.findall(r"^\| ([A-Z]+-\d) \|", (CHECKOUT / "docs" / "practices.md").read_text(), re.MULTILINE))
    for row in threats():
        named = set(PRACTICE.findall(row[3]))
        assert named, row[0]
        assert named <= known, row[0]


def test_every_rule_is_in_the_pack() -> None:
    known = set(re.findall(r"^### (\S+)$", (CHECKOUT / "docs" / "policies.md").read_text(), re.MULTILINE))
    for row in threats():
        named = set(RULE.findall(row[4]))
        assert named, row[0]
        assert named <= known, (row[0], named - known)


def test_every_test_exists() -> None:
    source = "\n".join(path.read_text() for path in (CHECKOUT / "tests").rglob("test_*.py"))
    for row in threats():
        named = TEST.findall(row[5])
        assert named, row[0]
        for name in named:
            assert f"def {name}(" in source, name


def test_every_file_exists() -> None:
    for link in re.findall(r"\]\(([\w./-]+)\)", PAGE.read_text()):
        assert (CHECKOUT / link).exists(), link
