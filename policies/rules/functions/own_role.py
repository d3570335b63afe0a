"""Every function has a role of its own.

Why: a shared role gives each function the rights of all the others, and nobody can say which of them needs what.

Mend: make a role for each function, with just what it does::

    aws.lambda_.Function("consumer", role=consumer_role.arn, ...)

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield every function but the first of those that share a role."""
    by_role: dict[str, list[Resource]] = defaultdict(list)
    for function in graph.of_type(types.FUNCTION):
        role = graph.resolve(function, types.ROLE, "role")
        if role.resource:
            by_role[role.resource.urn].append(function)
        elif role.undecided:
            yield Undecided(function, "role", "whether another function has the same role")
        elif isinstance(role.value, str):
            by_role[role.value].append(function)
    for first, *others in by_role.values():
        for function in others:
            yield Violation(function, "role", f"is the role of function '{first.name}' too")


RULE = StackRule(
    id="lambda-own-role",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC03-BP02",
    check=check,
)
