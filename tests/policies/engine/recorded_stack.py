"""A stack as a real first preview showed it to the pack, to be judged again with one thing broken."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.policies.analyzer import Declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Change: TypeAlias = Callable[[Any], Any]

PROVIDER = {"region": "eu-central-1"}


def recorded(steps: Sequence[Mapping[str, Any]]) -> dict[str, Declared]:
    """The resources of ``pulumi preview --json``, by short type and name, such as ``Queue/orders``."""
    states = [step["newState"] for step in steps if "newState" in step]
    names = {state["urn"]: f"{state['type'].rpartition(':')[2]}/{state['urn'].rpartition('::')[2]}" for state in states}
    return {
        names[state["urn"]]: Declared(
            state["type"],
            names[state["urn"]],
            state.get("inputs", {}),
            {
                name: [names[urn] for urn in urns if urn in names]
                for name, urns in state.get("propertyDependencies", {}).items()
            },
            {name: value for name, value in state.get("outputs", {}).items() if name not in state.get("inputs", {})},
            PROVIDER if state["type"].startswith("aws:") else {},
        )
        for state in states
    }


@dataclass(frozen=True)
class Mutant:
    """One thing broken.

    Attributes:
        name: what was done.
        rule: the rule that must notice.
        resource: whose property is changed; without ``changes``, the resource is removed.
        changes: new values by property; None removes one, a function changes what is there.
        more: resources that are added.
    """

    name: str
    rule: str
    resource: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    more: Sequence[Declared] = ()

    def applied(self, stack: Mapping[str, Declared]) -> list[Declared]:
        """The stack with the thing broken.

        Raises:
            KeyError: the stack has no such resource.
        """
        original = stack[self.resource]
        if not self.changes and not self.more:
            kept = [each for each in stack.values() if each is not original]
            names = {each.name for each in kept}
            return [
                replace(
                    each, depends={k: [name for name in names_ if name in names] for k, names_ in each.depends.items()}
                )
                for each in kept
            ]
        inputs = {**original.inputs}
        for name, change in self.changes.items():
            value = change(inputs.get(name)) if callable(change) else change
            inputs.pop(name, None)
            if value is not None:
                inputs[name] = value
        changed = replace(original, inputs=inputs)
        return [changed if each is original else each for each in stack.values()] + list(self.more)


def statement(number: int, **changes: Any) -> Change:
    """Change parts of one statement of a policy document; None removes a part."""

    def change(text: str) -> str:
        document = json.loads(text)
        edited = {**document["Statement"][number], **changes}
        document["Statement"][number] = {name: value for name, value in edited.items() if value is not None}
        return json.dumps(document)

    return change


def added(**new: Any) -> Change:
    """Add a statement."""

    def change(text: str) -> str:
        document = json.loads(text)
        document["Statement"].append(new)
        return json.dumps(document)

    return change


def removed(number: int) -> Change:
    """Remove a statement."""

    def change(text: str) -> str:
        document = json.loads(text)
        del document["Statement"][number]
        return json.dumps(document)

    return change


def fields(**changes: Any) -> Change:
    """Change fields of a JSON text or an object; None removes one."""

    def change(value: Any) -> Any:
        known = json.loads(value) if isinstance(value, str) else value or {}
        edited = {name: each for name, each in {**known, **changes}.items() if each is not None}
        return json.dumps(edited) if isinstance(value, str) else edited

    return change
