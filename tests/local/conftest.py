from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.emulator.launcher import RunningEmulator, start_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """An emulator with TLS and IAM enforcement on, shared by the tests of this folder."""
    with start_emulator(tmp_path_factory.mktemp("emulator"), die_with_parent=True) as running:
        yield running
