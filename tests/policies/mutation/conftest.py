"""The project's own stack, previewed once for the whole session."""

from __future__ import annotations

import json

import pytest

from tests.local.stack_fixture import StackOnEmulator
from tests.policies.mutation.own_stack import OwnStack


@pytest.fixture(scope="session")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> OwnStack:
    """What the first preview of stack ``local`` registers, unknown values included."""
    on_emulator = StackOnEmulator.start(tmp_path_factory.mktemp("own-stack"))
    try:
        preview = on_emulator.preview("--json")
        assert preview.code == 0, preview.said
        return OwnStack.of_preview(json.loads(preview.out)["steps"])
    finally:
        on_emulator.stack.stop()
