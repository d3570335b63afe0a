"""A resource type as a table, and what the engine's requests mean for any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.aws_provider.diff import Difference, differences, is_empty, same
from local.aws_provider.naming import AutoName, EngineNaming, auto_name
from local.aws_provider.properties import Fault, Property, checked, string, string_map
from local.aws_provider.values import UNKNOWN, Properties, Value, contains_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from local.aws_provider.aws import Aws

DEFAULTS_KEY = "__defaults"


@dataclass(frozen=True)
class Change:
    """An update in place: the resource, its state, what is asked for, and the properties that differ."""

    id: str
    old: Properties
    new: Properties
    changed: frozenset[str]

    def has(self, *names: str) -> bool:
        """Whether one of these properties differs."""
        return not self.changed.isdisjoint(names)


@dataclass(frozen=True)
class Tagging:
    """How a type's tags are read, set and removed, given the resource's id and state."""

    read: Callable[[Aws, str, Properties], dict[str, str]]
    add: Callable[[Aws, str, Properties, dict[str, str]], object]
    remove: Callable[[Aws, str, Properties, list[str]], object]


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A resource type: its properties and the calls that create, read, change and delete one.

    Attributes:
        token: its token, such as ``aws:sqs/queue:Queue``.
        properties: by name in Pulumi; `tags`, `tagsAll` and `region` come with `tagging` and `regional`.
        create: makes one from inputs and returns its id.
        finish: what else belongs to the making of one, once there is an id to keep in the state.
        read: returns the properties of the one with this id (and old state), None if there is none.
        update: changes one in place; None if every property is immutable.
        delete: deletes the one with this id and state; one that is gone already is no fault.
        name: how one without a name is named.
        tagging: how its tags are kept, None if it has none.
        regional: whether it belongs to a region, as everything but IAM does.
        recomputed: names the outputs that a change makes unknown until it is done.
    """

    token: str
    properties: Mapping[str, Property]
    create: Callable[[Aws, Properties], str]
    read: Callable[[Aws, str, Properties], Properties | None]
    delete: Callable[[Aws, str, Properties], object]
    finish: Callable[[Aws, str, Properties], object] | None = None
    update: Callable[[Aws, Change], object] | None = None
    name: AutoName | None = None
    tagging: Tagging | None = None
    regional: bool = True
    recomputed: Callable[[Change], Collection[str]] = lambda _: ()

    @property
    def carried(self) -> dict[str, Property]:
        """Every property, those that all types have among them."""
        common: dict[str, Property] = {}
        if self.tagging:
            common |= {"tags": string_map(), "tagsAll": string_map(output=True)}
        if self.regional:
            common |= {"region": string(computed=True, immutable=True)}
        return {**self.properties, **common}


class VanishedError(RuntimeError):
    """A resource is not there right after it was written."""


class InitFailedError(Exception):
    """A resource was made, but what belongs to its making failed: it has an id and has to be kept in the state."""

    def __init__(self, resource_id: str, state: Properties, inputs: Properties, reason: Exception) -> None:
        super().__init__(str(reason))
        self.id = resource_id
        self.state = state
        self.inputs = inputs


def check(
    aws: Aws, kind: ResourceType, old: Properties, given: Properties, naming: EngineNaming
) -> tuple[Properties, list[Fault]]:
    """Return the inputs with names, defaults and default tags filled in, and what is wrong with them."""
    inputs, faults = checked(kind.carried, given, kind.token)
    defaults = []
    for name, known in kind.carried.items():
        if name not in inputs and known.default is not None:
            inputs[name] = known.default
            defaults.append(name)
    if kind.tagging and (aws.default_tags or "tags" in inputs) and inputs.get("tags") is not UNKNOWN:
        inputs["tags"] = {**aws.default_tags, **inputs.get("tags", {})}
    if kind.regional and inputs.get("region") not in (None, UNKNOWN, aws.region):
        faults.append(
            Fault("region", f"'region' of {kind.token} is {inputs['region']}; the stand-in carries only its own region")
        )
    if kind.name and kind.name.property not in inputs and inputs.get(kind.name.prefix_property or "") is None:
        try:
            inputs[kind.name.property] = _old_auto_name(kind.name, old) or auto_name(kind.name, inputs, naming)
            defaults.append(kind.name.property)
        except ValueError as error:
            faults.append(Fault(kind.name.property, str(error)))
    return {**inputs, DEFAULTS_KEY: sorted(defaults)}, faults


def diff(kind: ResourceType, state: Properties, inputs: Properties, ignored: frozenset[str]) -> list[Difference]:
    """Return what has to change for the state to be what the inputs ask for."""
    return differences(kind.carried, state, inputs, ignored)


def has_given_name(kind: ResourceType, inputs: Properties) -> bool:
    """Whether a replacement would have the same name, so that the old resource has to go first."""
    return (
        kind.name is not None
        and kind.name.property in inputs
        and kind.name.property not in inputs.get(DEFAULTS_KEY, [])
    )


def preview_create(kind: ResourceType, inputs: Properties) -> Properties:
    """Return the state that creating from these inputs will give, as far as it can be known."""
    state = _plain(inputs)
    for name, known in kind.carried.items():
        if name not in state and (known.computed or known.output):
            state[name] = UNKNOWN
    return _with_all_tags(kind, state)


def create(aws: Aws, kind: ResourceType, inputs: Properties) -> tuple[str, Properties]:
    """Make the resource; return its id and state.

    Raises:
        InitFailedError: it was made but can't be read or finished.
    """
    given = _plain(inputs)
    resource_id = kind.create(aws, given)
    try:
        if kind.finish:
            kind.finish(aws, resource_id, given)
        return resource_id, _state_after(aws, kind, resource_id, inputs)
    except Exception as error:
        state = _state_as_far_as_made(aws, kind, resource_id, given)
        raise InitFailedError(resource_id, state, inputs, error) from error


def preview_update(kind: ResourceType, resource_id: str, old: Properties, inputs: Properties) -> Properties:
    """Return the state that updating to these inputs will give, as far as it can be known."""
    change = _change(kind, resource_id, old, inputs)
    recomputed = kind.recomputed(change)
    kept = {
        name: UNKNOWN if name in recomputed else old[name]
        for name, known in kind.carried.items()
        if (known.computed or known.output) and name in old
    }
    return _with_all_tags(kind, {**kept, **change.new})


def update(aws: Aws, kind: ResourceType, resource_id: str, old: Properties, inputs: Properties) -> Properties:
    """Change the resource in place; return its state."""
    change = _change(kind, resource_id, old, inputs)
    if kind.update and change.changed - {"tags"}:
        kind.update(aws, change)
    if kind.tagging and change.has("tags"):
        there, wanted = old.get("tags", {}), change.new.get("tags", {})
        if removed := sorted(there.keys() - wanted.keys()):
            kind.tagging.remove(aws, resource_id, old, removed)
        if added := {key: value for key, value in wanted.items() if there.get(key) != value}:
            kind.tagging.add(aws, resource_id, old, added)
    return _state_after(aws, kind, resource_id, inputs)


def read(
    aws: Aws, kind: ResourceType, resource_id: str, old: Properties, old_inputs: Properties
) -> tuple[Properties, Properties] | None:
    """Return the state and the inputs that would give it, None if the resource is gone.

    Without an old state this is an import: the inputs are what differs from the defaults.
    """
    state = _read(aws, kind, resource_id, old)
    if state is None:
        return None
    inputs: Properties = {key: value for key, value in old_inputs.items() if key == DEFAULTS_KEY}
    for name, known in kind.carried.items():
        if known.output:
            continue
        if name in old_inputs:
            kept = same(known, old_inputs[name], state.get(name))
            inputs[name] = old_inputs[name] if kept else state.get(name)
        elif old_inputs:
            drifted = not known.computed and not same(known, state.get(name), old.get(name, known.default))
            inputs[name] = state.get(name) if drifted else None
        elif (not known.computed or known.required) and not same(known, state.get(name), known.default):
            inputs[name] = state.get(name)
    if kind.name and not old_inputs:
        inputs[kind.name.property] = state.get(kind.name.property)
    return state, {name: value for name, value in inputs.items() if value is not None}


def _change(kind: ResourceType, resource_id: str, old: Properties, inputs: Properties) -> Change:
    changed = frozenset(difference.property for difference in diff(kind, old, inputs, frozenset()))
    return Change(resource_id, old, _plain(inputs), changed)


def _state_after(aws: Aws, kind: ResourceType, resource_id: str, inputs: Properties) -> Properties:
    state = _read(aws, kind, resource_id, _plain(inputs))
    if state is None:
        raise VanishedError(f"{kind.token} {resource_id} is not there right after it was written")
    return state


def _state_as_far_as_made(aws: Aws, kind: ResourceType, resource_id: str, given: Properties) -> Properties:
    """Return the state without what is kept from inputs, so that the next update writes that; the inputs at worst."""
    try:
        return _read(aws, kind, resource_id, {}) or given
    except Exception:  # noqa: BLE001 - the state only serves to go on from; the first fault is the one to tell
        return given


def _read(aws: Aws, kind: ResourceType, resource_id: str, old: Properties) -> Properties | None:
    """Return the state as AWS has it now, in the words of the old state where they mean the same."""
    found = kind.read(aws, resource_id, old)
    if found is None:
        return None
    if kind.tagging:
        tags = kind.tagging.read(aws, resource_id, {**old, **found})
        found["tags"] = {key: value for key, value in tags.items() if not key.startswith("aws:")}
    if kind.regional:
        found["region"] = aws.region
    state = {}
    for name, known in kind.carried.items():
        if known.kept:
            value = old.get(name, known.default)
        elif name in old and not known.output and same(known, old[name], found.get(name)):
            value = _completed(old[name], found.get(name))
        else:
            value = found.get(name)
        if value is not None:
            state[name] = value
    return _with_all_tags(kind, state)


def _completed(old: Value, found: Value) -> Value:
    """Return the old value, with what AWS adds to an object of it."""
    if isinstance(old, dict) and isinstance(found, dict):
        return {**found, **{key: _completed(value, found.get(key)) for key, value in old.items()}}
    return found if old is None or (is_empty(old) and not is_empty(found)) else old


def _with_all_tags(kind: ResourceType, state: Properties) -> Properties:
    return {**state, "tagsAll": state.get("tags", {})} if kind.tagging else state


def _plain(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if not name.startswith("__")}


def _old_auto_name(rule: AutoName, old: Properties) -> Value:
    name = old.get(rule.property) if rule.property in old.get(DEFAULTS_KEY, []) else None
    return None if contains_unknown(name) else name
