"""Every way to break the project's own stack is caught by the right rule; the stack as it is, or written otherwise, by none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rules import RULES

from tests.policies.mutation.mutants import Mutant, mutants
from tests.policies.mutation.safe_variants import Variant, safe_variants
from tests.policies.mutation.subtle_pipeline_mutants import subtle_pipeline_mutants
from tests.policies.mutation.subtle_queue_mutants import subtle_queue_mutants

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer
    from tests.policies.mutation.own_stack import OwnStack

MUTANTS = [*mutants(), *subtle_queue_mutants(), *subtle_pipeline_mutants()]
VARIANTS = safe_variants()


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
