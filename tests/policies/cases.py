"""The form of a rule's table: resources, and what the rule must say to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.policies.analyzer import Analyzer, Declared


@dataclass(frozen=True)
class Case:
    """One line of a table.

    Attributes:
        name: the behaviour, as the test's id.
        resources: the stack.
        violations: logical names of the resources that the rule must reject.
        undecided: logical names of the resources about which it must say that it cannot decide yet.
        says: a text that one of the rule's messages must contain.
        config: the rule's configuration.
        preview: whether the engine says that this is a preview.
    """

    name: str
    resources: Sequence[Declared]
    violations: Sequence[str] = ()
    undecided: Sequence[str] = ()
    says: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    preview: bool = True


def table(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Parametrize a test named ``case`` over a table."""
    listed = list(cases)
    return pytest.mark.parametrize("case", listed, ids=[case.name for case in listed])


def check(pack: Analyzer, rule: str, case: Case) -> None:
    """Judge the case's stack and compare what the rule says; no rule may fail on it."""
    found = pack.judge(case.resources, {rule: case.config} if case.config else None, preview=case.preview)
    assert not [each.message for each in found if "The rule itself failed" in each.message]
    said = [each for each in found if each.rule == rule]
    texts = "\n\n".join(each.message for each in said)
    assert sorted({each.resource for each in said if not each.undecided}) == sorted(case.violations), texts
    assert sorted({each.resource for each in said if each.undecided}) == sorted(case.undecided), texts
    assert all(each.level == "advisory" for each in said if each.undecided)
    assert case.says in texts, texts
