"""Whatever an input of the project's own stack is, no rule fails; while it is not known, none blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.policies.analyzer import UNKNOWN

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer
    from tests.policies.mutation.own_stack import OwnStack

IDENTITIES = ("name", "bucket")
PARTLY_KNOWN: tuple[Any, ...] = ([UNKNOWN], {"a": UNKNOWN}, {"Statement": [UNKNOWN]}, {"Statement": UNKNOWN})
WRONG: tuple[Any, ...] = (
    "",
    "x",
    "{",
    "[]",
    '{"Statement": null}',
    0,
    -1,
    1e300,
    True,
    [],
    {},
    [None],
    [[]],
    {"a": [1]},
)


def inputs_of(stack: OwnStack) -> list[tuple[str, str]]:
    return [(label, name) for label, resource in stack.resources.items() for name in resource.inputs]


def forget(stack: OwnStack, label: str, name: str) -> None:
    """Make an input unknown, and what is built from it: the engine knows neither."""
    stack.inputs(label)[name] = UNKNOWN
    for other, resource in stack.resources.items():
        for dependent in [each for each, labels in resource.depends.items() if label in labels]:
            if name in IDENTITIES:
                stack.inputs(other)[dependent] = UNKNOWN


def test_an_input_that_is_not_known_never_blocks(pack: Analyzer, own_stack: OwnStack) -> None:
    blocked = []
    for label, name in inputs_of(own_stack):
        stack = own_stack.copy()
        forget(stack, label, name)
        found = pack.judge(stack.declared())
        blocked += [(label, name, each.rule, each.message) for each in found if each.level == "mandatory"]
    assert blocked == []


@pytest.mark.parametrize("value", [*PARTLY_KNOWN, *WRONG], ids=repr)
def test_no_input_makes_a_rule_fail(pack: Analyzer, own_stack: OwnStack, value: Any) -> None:
    """Every input of one type of resource at a time, so that what depends on it meets the value too."""
    failed = []
    for type_ in {resource.type for resource in own_stack.resources.values()}:
        stack = own_stack.copy()
        for resource in (each for each in stack.declared() if each.type == type_):
            for name in resource.inputs:
                stack.set(resource.name, name, value)
        found = pack.judge(stack.declared())
        failed += [(type_, each.rule, each.message) for each in found if "The rule itself failed" in each.message]
    assert failed == []
