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


@pytest.fixture(scope="session")
def bare_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """The emulator as it is upstream, to see what still needs mending."""
    folder = tmp_path_factory.mktemp("bare-emulator")
    with start_emulator(folder, die_with_parent=True, mended=False) as running:
        yield running
