"""Every dependency is pinned with hashes, under a licence that is allowed, and listed."""

from __future__ import annotations

import re

import pytest

from tests.supply_chain.licences import allowed, licence_of, rows
from tests.supply_chain.lock import CHECKOUT, locked_packages

PAGE = CHECKOUT / "docs" / "licences.md"
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def test_every_file_of_every_package_is_pinned_by_its_hash() -> None:
    packages = list(locked_packages())
    assert len(packages) > 50
    for package in packages:
        assert package.hashes, package.name
        assert all(map(SHA256.fullmatch, package.hashes)), package.name


def test_every_licence_is_allowed() -> None:
    found = {package.name: licence_of(package.name) for package in locked_packages()}
    refused = {name: licence for name, licence in found.items() if licence is not None and not allowed(licence)}
    assert refused == {}


def test_the_page_lists_every_installed_package_as_it_is() -> None:
    listed = {line.split("|")[1].strip(): line for line in PAGE.read_text().splitlines() if line.startswith("| ")}
    for name, row in rows():
        assert listed.get(name) == row, "run `make docs`"
    assert listed.keys() - {"package", "---"} <= {package.name for package in locked_packages()}, "run `make docs`"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("MIT AND (Apache-2.0 OR BSD-2-Clause)", True),
        ("GPL-3.0-only OR MIT", True),
        ("AGPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("", False),
    ],
)
def test_what_is_allowed(expression: str, expected: bool) -> None:  # noqa: FBT001
    assert allowed(expression) is expected
