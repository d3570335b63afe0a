"""Every way to break the project's own stack is caught by the right rule; the stack as it is, or written otherwise, by none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from rules import RULES

from tests.local.stack_fixture import StackOnEmulator
from tests.policies.mutation.mutants import Mutant, mutants
from tests.policies.mutation.own_stack import OwnStack
from tests.policies.mutation.safe_variants import Variant, safe_variants
from tests.policies.mutation.subtle_pipeline_mutants import subtle_pipeline_mutants
from tests.policies.mutation.subtle_queue_mutants import subtle_queue_mutants

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

MUTANTS = [*mutants(), *subtle_queue_mutants(), *subtle_pipeline_mutants()]
VARIANTS = safe_variants()


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


def test_no_two_mutants_or_variants_are_called_the_same() -> None:
    for named in (MUTANTS, VARIANTS):
        assert len({each.name for each in named}) == len(named)


def test_every_rule_that_is_on_has_its_mutants() -> None:
    on = {rule.id for rule in RULES if rule.level.value != "disabled"}
    assert {mutant.rule for mutant in MUTANTS} == on


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mutant_is_caught_by_the_right_rule(pack: Analyzer, own_stack: OwnStack, mutant: Mutant) -> None:
    broken = own_stack.copy()
    mutant.break_(broken)
    found = pack.judge(broken.declared())
    assert not [each.message for each in found if "The rule itself failed" in each.message]
    caught_by = {each.rule for each in found if not each.undecided}
    assert mutant.rule in caught_by, f"caught by {sorted(caught_by)}"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_stack_no_less_safe_is_caught_by_no_rule(pack: Analyzer, own_stack: OwnStack, variant: Variant) -> None:
    changed = own_stack.copy()
    variant.change(changed)
    assert changed != own_stack
    assert [found.message for found in pack.judge(changed.declared())] == []
