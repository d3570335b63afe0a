"""The project's own stack, as the real engine knows it at the first preview, to be broken one thing at a time."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import Declared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Inputs = dict[str, Any]


@dataclass
class OwnStack:
    """Resources by ``Type name``, such as ``Queue inventory-updates``; a copy of it may be changed at will."""

    resources: dict[str, Declared]

    @staticmethod
    def of_preview(steps: Sequence[dict[str, Any]]) -> OwnStack:
        """From the steps that ``pulumi preview --json`` prints."""
        states = [step["newState"] for step in steps if step["newState"]["type"].startswith("aws:")]
        labels = {state["urn"]: _label(state) for state in states}
        resources = {}
        for state in states:
            inputs = {name: value for name, value in state["inputs"].items() if name != "__defaults"}
            depends = {
                name: [labels[urn] for urn in urns if urn in labels]
                for name, urns in state.get("propertyDependencies", {}).items()
            }
            label = labels[state["urn"]]
            resources[label] = Declared(state["type"], label, inputs, depends)
        return OwnStack(resources)

    def copy(self) -> OwnStack:
        return copy.deepcopy(self)

    def declared(self) -> list[Declared]:
        return list(self.resources.values())

    def inputs(self, label: str) -> Inputs:
        """The inputs of a resource, to be changed."""
        inputs = self.resources[label].inputs
        assert isinstance(inputs, dict)
        return inputs

    def set(self, label: str, name: str, value: Any) -> None:
        """Set an input; None removes it."""
        self.inputs(label)[name] = value
        if value is None:
            del self.inputs(label)[name]

    def remove(self, label: str) -> None:
        """Take a resource away, and what depends on it no longer does."""
        del self.resources[label]
        for resource in self.resources.values():
            for dependencies in resource.depends.values():
                assert isinstance(dependencies, list)
                dependencies[:] = [each for each in dependencies if each != label]

    def add(self, resource: Declared) -> None:
        self.resources[resource.name] = resource

    def document(self, label: str, change: Callable[[Inputs], object], name: str = "policy") -> None:
        """Change the JSON document of an input."""
        document = json.loads(self.inputs(label)[name])
        change(document)
        self.inputs(label)[name] = json.dumps(document)

    def statement(self, label: str, sid: str, name: str = "policy", **changes: Any) -> None:
        """Change parts of one statement of a policy; None removes one."""

        def change(document: Inputs) -> None:
            (statement,) = [each for each in document["Statement"] if each["Sid"] == sid]
            statement.update(changes)
            for part in [part for part, value in changes.items() if value is None]:
                del statement[part]

        self.document(label, change, name)

    def without_statement(self, label: str, sid: str) -> None:
        def change(document: Inputs) -> None:
            document["Statement"] = [each for each in document["Statement"] if each["Sid"] != sid]

        self.document(label, change)

    def with_statement(self, label: str, **statement: Any) -> None:
        self.document(label, lambda document: document["Statement"].append(statement))


def _label(state: dict[str, Any]) -> str:
    return f"{state['type'].rpartition(':')[2]} {state['urn'].rpartition('::')[2]}"
