"""Every cell of the access matrix is decided as required, by every witness; docs/access.md shows the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.emulator.launcher import start_emulator
from local.engine.finder import CHECKOUT
from tests.access.cells import EVERYTHING, TRANSPORTS, cells, sqs_actions
from tests.access.emulated import EmulatedPrograms, can_be_emulated
from tests.access.evaluator import Request, Resource, allowed, listed
from tests.access.expectations import REQUIREMENT, expected
from tests.access.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.access.cells import Cell
    from tests.access.evaluator import Document, Statement
    from tests.access.programs import Programs

pytestmark = pytest.mark.timeout(600)


def test_every_cell_is_decided_as_required(programs: Programs) -> None:
    everything = list(cells(programs))
    assert len(everything) > 3000
    wrong = [cell.name for cell in everything if allowed(cell.request) != expected(cell)]
    assert not wrong


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_emulator_decides_the_same_by_making_the_calls(programs: Programs, transport: str, tmp_path: Path) -> None:
    asked = [cell for cell in cells(programs) if cell.transport == transport and can_be_emulated(cell)]
    assert len(asked) > 800
    with start_emulator(tmp_path, tls=transport == "https", die_with_parent=True) as emulator:
        emulated = EmulatedPrograms.of(emulator, programs)
        wrong = [cell.name for cell in asked if emulated.lets_through(cell) != expected(cell)]
    assert not wrong


def test_every_action_of_sqs_is_asked_for_by_every_caller(programs: Programs) -> None:
    asked = {(cell.caller, cell.ask.partition(" ")[0]) for cell in cells(programs)}
    callers = {cell.caller for cell in cells(programs)}
    assert asked == {(caller, action) for caller in callers for action in sqs_actions()}


def test_every_line_of_the_requirement_lets_something_through(programs: Programs) -> None:
    everything = list(cells(programs))
    assert [line.why for line in REQUIREMENT if not any(map(line.covers, everything))] == []


def test_a_freshly_generated_page_is_the_one_in_the_repository(programs: Programs) -> None:
    assert page(programs) == (CHECKOUT / "docs" / "access.md").read_text(), "run `make docs`"


def test_no_statement_about_queues_is_superfluous(programs: Programs) -> None:
    """Take the statements of each name away in turn, wherever they are: some cell is then decided otherwise."""
    everything = list(cells(programs))
    names = {_name(statement) for cell in everything for statement in _statements(cell) if _about_queues(statement)}
    assert len(names) > 8
    superfluous = [
        name for name in names if all(allowed(_without(cell.request, name)) == expected(cell) for cell in everything)
    ]
    assert superfluous == []


def _name(statement: Statement) -> str:
    """The Sid; statements that differ by a number do the same for several tags."""
    return str(statement["Sid"]).rstrip("0123456789")


def _statements(cell: Cell) -> Iterator[Statement]:
    caller, resource = cell.request.caller, cell.request.resource
    for document in (*caller.policies, caller.boundary, resource.policy):
        yield from document["Statement"] if document else ()


def _about_queues(statement: Statement) -> bool:
    return any(action.startswith("sqs:") for action in listed(statement["Action"]))


def _without(request: Request, name: str) -> Request:
    caller, resource = request.caller, request.resource
    policies = [_cut(document, name) for document in caller.policies]
    return replace(
        request,
        caller=replace(caller, policies=policies, boundary=caller.boundary and _cut(caller.boundary, name)),
        resource=replace(resource, policy=resource.policy and _cut(resource.policy, name)),
    )


def _cut(document: Document, name: str) -> Document:
    return {**document, "Statement": [each for each in document["Statement"] if _name(each) != name]}


@pytest.mark.parametrize(("key", "let_through"), [("department", False), ("Environment", False), ("colour", True)])
@pytest.mark.parametrize("action", ["iam:TagRole", "iam:UntagRole", "iam:TagUser", "iam:UntagUser", "sts:TagSession"])
def test_no_holder_can_change_its_own_deciding_tags(
    programs: Programs, action: str, key: str, *, let_through: bool
) -> None:
    operator = programs.operator("shipping-dev")
    for policy in operator.policies:
        mighty = replace(operator, policies=[policy, EVERYTHING], boundary=None)
        request = Request(mighty, action, Resource(operator.arn, operator.account), {"aws:TagKeys": [key]})
        assert allowed(request) is let_through
        assert not allowed(replace(request, caller=replace(mighty, boundary=operator.boundary)))
