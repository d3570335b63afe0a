"""What changes a resource: its state compared with the inputs asked for, by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.aws_provider.documents import same_json, same_policy
from local.aws_provider.properties import Kind, Property
from local.aws_provider.values import SIGNATURE_KEY, Properties, Value, contains_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Difference:
    """One property that differs: its path, and whether it is new, gone or another, and whether AWS can change it."""

    path: str
    added: bool
    removed: bool
    replaces: bool

    @property
    def property(self) -> str:
        """The property of the resource that the path is in."""
        return self.path.split(".", 1)[0].split("[", 1)[0]


def differences(
    carried: Mapping[str, Property], state: Properties, inputs: Properties, ignored: frozenset[str] = frozenset()
) -> list[Difference]:
    """Return what has to change in the resource for its state to be what the inputs ask for."""
    found: list[Difference] = []
    for name, known in carried.items():
        if known.output or name in ignored or (known.computed and name not in inputs):
            continue
        actual, desired = state.get(name), inputs.get(name, known.default)
        if not same(known, desired, actual):
            found.extend(_details(known, name, desired, actual))
    return found


def same(known: Property, desired: Value, actual: Value) -> bool:
    """Whether a value asked for is the one there is; an unknown value is never."""
    if contains_unknown(desired):
        return False
    if is_empty(desired) and is_empty(actual):
        return True
    if known.kind is Kind.OBJECT:
        return _same_members(known, desired or {}, actual or {})
    if is_empty(desired) or is_empty(actual):
        return False
    if known.same is not None:
        return known.same(desired, actual)
    return _COMPARED[known.kind](known, desired, actual) if known.kind in _COMPARED else bool(desired == actual)


def is_empty(value: Value) -> bool:
    """Whether a value says no more than its absence: nothing, false, zero, or an object of only such values."""
    if isinstance(value, dict):
        return SIGNATURE_KEY not in value and all(is_empty(item) for item in value.values())
    return not value


def _same_members(known: Property, desired: Properties, actual: Properties) -> bool:
    return all(
        same(member, desired.get(name, member.default), actual.get(name))
        for name, member in known.members.items()
        if name in desired or not member.computed
    )


def _same_list(known: Property, desired: list[Value], actual: list[Value]) -> bool:
    return len(desired) == len(actual) and all(
        same(_element(known), wanted, there) for wanted, there in zip(desired, actual, strict=True)
    )


def _same_set(known: Property, desired: list[Value], actual: list[Value]) -> bool:
    left = list(actual)
    for wanted in desired:
        match = next((there for there in left if same(_element(known), wanted, there)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


_COMPARED: Mapping[Kind, Callable[[Property, Value, Value], bool]] = {
    Kind.JSON: lambda _, desired, actual: same_json(desired, actual),
    Kind.POLICY: lambda _, desired, actual: same_policy(desired, actual),
    Kind.ARCHIVE: lambda _, desired, actual: bool(desired.get("hash") == actual.get("hash")),
    Kind.LIST: _same_list,
    Kind.SET: _same_set,
}


def _element(known: Property) -> Property:
    if known.element is None:
        raise TypeError("a list or set without an element")
    return known.element


def _details(known: Property, path: str, desired: Value, actual: Value) -> Iterator[Difference]:
    if isinstance(desired, dict) and isinstance(actual, dict) and SIGNATURE_KEY not in desired:
        if known.kind is Kind.MAP:
            for key in sorted({*desired, *actual}):
                if desired.get(key) != actual.get(key):
                    yield _difference(known, _child(path, key), desired.get(key), actual.get(key))
            return
        if known.kind is Kind.OBJECT:
            for name, member in known.members.items():
                wanted = desired.get(name, member.default)
                if (name in desired or not member.computed) and not same(member, wanted, actual.get(name)):
                    yield _difference(known, f"{path}.{name}", wanted, actual.get(name))
            return
    yield _difference(known, path, desired, actual)


def _difference(known: Property, path: str, desired: Value, actual: Value) -> Difference:
    nothing: tuple[Value, ...] = (None, "", [], {})
    return Difference(path, added=actual in nothing, removed=desired in nothing, replaces=known.immutable)


def _child(path: str, key: str) -> str:
    return f"{path}.{key}" if key.replace("_", "").replace("-", "").isalnum() else f'{path}["{key}"]'
