"""Every way to break the project's own stack is caught by the right rule; the untouched stack by none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local.stack_fixture import StackOnEmulator
from tests.policies.mutation.mutants import Mutant, mutants
from tests.policies.mutation.own_stack import OwnStack

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

MUTANTS = mutants()


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


def test_the_untouched_stack_is_caught_by_no_rule(pack: Analyzer, own_stack: OwnStack) -> None:
    assert len(own_stack.resources) > 35
    assert [found.message for found in pack.judge(own_stack.declared())] == []


def test_there_are_many_mutants_and_no_two_are_called_the_same() -> None:
    assert len(MUTANTS) >= 80
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mutant_is_caught_by_the_right_rule(pack: Analyzer, own_stack: OwnStack, mutant: Mutant) -> None:
    broken = own_stack.copy()
    mutant.break_(broken)
    found = pack.judge(broken.declared())
    assert not [each.message for each in found if "The rule itself failed" in each.message]
    caught_by = {each.rule for each in found if not each.undecided}
    assert mutant.rule in caught_by, f"caught by {sorted(caught_by)}"
