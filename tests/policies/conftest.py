"""One process of the pack for the whole session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.policies.analyzer import Analyzer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def pack() -> Iterator[Analyzer]:
    """The policy pack, running."""
    analyzer = Analyzer()
    yield analyzer
    analyzer.stop()
