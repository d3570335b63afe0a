from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pytest

from local.emulator.launcher import ROOT, Credentials, RunningEmulator, start_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class SharedEmulator(RunningEmulator):
    """Makes each client once: many tests want the same few, and making one takes 50 ms."""

    @staticmethod
    def of(running: RunningEmulator) -> SharedEmulator:
        return SharedEmulator(**{field.name: getattr(running, field.name) for field in fields(running)})

    def client(self, service: Any, credentials: Credentials = ROOT) -> Any:
        return _client(self, service, credentials)


@functools.cache
def _client(emulator: SharedEmulator, service: Any, credentials: Credentials) -> Any:
    return RunningEmulator.client(emulator, service, credentials)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """An emulator with TLS and IAM enforcement on, shared by the tests of this folder."""
    with start_emulator(tmp_path_factory.mktemp("emulator"), die_with_parent=True) as running:
        yield SharedEmulator.of(running)


@pytest.fixture(scope="session")
def bare_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """The emulator as it is upstream, to see what still needs mending."""
    folder = tmp_path_factory.mktemp("bare-emulator")
    with start_emulator(folder, die_with_parent=True, mended=False) as running:
        yield SharedEmulator.of(running)
