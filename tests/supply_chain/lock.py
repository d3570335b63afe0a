"""What uv.lock pins."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[2]
PROJECT = "inventory-pipeline"


@dataclass(frozen=True)
class Locked:
    """One package of other people; ``hashes`` are those of its files."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked_packages() -> Iterator[Locked]:
    """All packages that the project is built, tested or run with, on any platform."""
    for package in tomllib.loads((CHECKOUT / "uv.lock").read_text())["package"]:
        if package["name"] != PROJECT:
            files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
            yield Locked(package["name"], package["version"], tuple(file.get("hash", "") for file in files))
