"""What a property of a resource type is, and what may be given for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from local.aws_provider.documents import as_json_text
from local.aws_provider.values import ARCHIVE, UNKNOWN, Properties, Value, signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Kind(Enum):
    """The shape of a property's value, and so how two values are compared."""

    STRING = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    JSON = auto()  # text that holds a JSON document
    POLICY = auto()  # text that holds a policy document
    MAP = auto()  # of strings
    LIST = auto()
    SET = auto()  # a list whose order means nothing
    OBJECT = auto()
    ARCHIVE = auto()


@dataclass(frozen=True, kw_only=True)
class Property:
    """A property of a resource type, or of an object inside one.

    Attributes:
        kind: the shape of its value.
        required: has to be given.
        default: taken when it is not given; shows among the inputs, as with the official provider.
        computed: AWS chooses a value when it is not given, so that its absence asks for no change.
        output: can't be given at all.
        immutable: AWS can't change it: a new value replaces the resource.
        kept: AWS doesn't return it (or returns it in another form): what was given stays in the state.
        choices: the values it may have, if they are few.
        within: the least and greatest number it may be.
        element: what a list or set holds.
        members: what an object holds.
        aws: its name in the AWS API; by default its own with a capital.
        same: compares two values that are equal in another way than their kind says.
    """

    kind: Kind
    required: bool = False
    default: Value = None
    computed: bool = False
    output: bool = False
    immutable: bool = False
    kept: bool = False
    choices: tuple[str, ...] = ()
    within: tuple[int, int] | None = None
    element: Property | None = None
    members: Mapping[str, Property] = field(default_factory=dict)
    aws: str = ""
    same: Callable[[Value, Value], bool] | None = None

    def aws_name(self, name: str) -> str:
        """Return the property's name in the AWS API, given its name in Pulumi."""
        return self.aws or name[0].upper() + name[1:]


string = partial(Property, kind=Kind.STRING)
number = partial(Property, kind=Kind.NUMBER)
boolean = partial(Property, kind=Kind.BOOLEAN)
json_document = partial(Property, kind=Kind.JSON)
policy_document = partial(Property, kind=Kind.POLICY)
string_map = partial(Property, kind=Kind.MAP)
string_list = partial(Property, kind=Kind.LIST, element=string())
string_set = partial(Property, kind=Kind.SET, element=string())
an_object = partial(Property, kind=Kind.OBJECT)
archive = partial(Property, kind=Kind.ARCHIVE)


def list_of(members: Mapping[str, Property], **given: Value) -> Property:
    """Return a property that is a list of objects."""
    return Property(kind=Kind.LIST, element=an_object(members=members), **given)


def set_of(members: Mapping[str, Property], **given: Value) -> Property:
    """Return a property that is a list of objects whose order means nothing."""
    return Property(kind=Kind.SET, element=an_object(members=members), **given)


@dataclass(frozen=True)
class Fault:
    """Something wrong with the given inputs: where (a property path) and what."""

    path: str
    reason: str


def checked(
    carried: Mapping[str, Property], given: Properties, where: str, path: str = ""
) -> tuple[Properties, list[Fault]]:
    """Return the given properties in the form their kinds ask for, and what is wrong with them.

    Args:
        carried: the properties that there are.
        given: the values, by property name.
        where: what the properties belong to, for messages, such as ``aws:sqs/queue:Queue``.
        path: the property path of the object, empty for a resource.
    """
    values: Properties = {}
    faults: list[Fault] = []
    for name, value in given.items():
        place = f"{path}.{name}" if path else name
        known = carried.get(name)
        if name.startswith("__") or value is None:
            continue
        if known is None or known.output:
            names = ", ".join(sorted(name for name, each in carried.items() if not each.output))
            faults.append(
                Fault(
                    place,
                    f"the local stand-in provider does not carry the property {place!r} of {where}; it carries {names}",
                )
            )
            continue
        try:
            values[name] = _formed(known, value)
        except (TypeError, ValueError) as error:
            faults.append(Fault(place, f"{place!r} of {where} {error}"))
            continue
        faults.extend(_faults_inside(known, values[name], where, place))
        faults.extend(_faults_of_value(known, values[name], where, place))
    for name, known in carried.items():
        if known.required and values.get(name) is None and given.get(name) is None:
            place = f"{path}.{name}" if path else name
            faults.append(Fault(place, f"{place!r} of {where} is required"))
    return values, faults


def _faults_inside(known: Property, value: Value, where: str, place: str) -> Iterator[Fault]:
    if known.kind is Kind.OBJECT and isinstance(value, dict):
        inner, faults = checked(known.members, value, where, place)
        value.clear()
        value.update(inner)
        yield from faults
    elif known.element is not None and isinstance(value, list):
        for index, item in enumerate(value):
            value[index] = item if item is UNKNOWN else _formed(known.element, item)
            yield from _faults_inside(known.element, value[index], where, f"{place}[{index}]")
            yield from _faults_of_value(known.element, value[index], where, f"{place}[{index}]")


def _faults_of_value(known: Property, value: Value, where: str, place: str) -> Iterator[Fault]:
    if value is UNKNOWN:
        return
    if known.choices and value not in known.choices:
        yield Fault(place, f"{place!r} of {where} is {value!r}; it can be {', '.join(known.choices)}")
    if known.within and not known.within[0] <= value <= known.within[1]:
        yield Fault(place, f"{place!r} of {where} is {value}; it can be {known.within[0]} to {known.within[1]}")
    if known.kind in {Kind.JSON, Kind.POLICY} and value:
        try:
            json.loads(value)
        except ValueError as error:
            yield Fault(place, f"{place!r} of {where} is not valid JSON: {error}")


def _formed(known: Property, value: Value) -> Value:
    """Return the value as its kind has it; text, numbers and booleans pass for one another as far as they can."""
    return value if value is UNKNOWN else _FORMERS[known.kind](value)


def _text(value: Value) -> Value:
    if value is UNKNOWN or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"is {value!r}, which is no string")


def _number(value: Value) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else float(value)
    except (TypeError, ValueError):
        raise TypeError(f"is {value!r}, which is no number") from None


def _boolean(value: Value) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise TypeError(f"is {value!r}, which is no boolean")
    return text == "true"


def _map_of_texts(value: Value) -> Properties:
    return {key: _text(item) for key, item in _expect(dict, value, "map").items() if item is not None}


def _archive(value: Value) -> Value:
    if signature_of(value) != ARCHIVE:
        raise TypeError("is not an archive, such as a FileArchive or an AssetArchive")
    return value


def _expect(kind: type, value: Value, name: str) -> Value:
    if not isinstance(value, kind):
        raise TypeError(f"is {value!r}, which is no {name}")
    return value


_FORMERS: Mapping[Kind, Callable[[Value], Value]] = {
    Kind.STRING: _text,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.JSON: lambda value: _text(as_json_text(value)),
    Kind.POLICY: lambda value: _text(as_json_text(value)),
    Kind.MAP: _map_of_texts,
    Kind.LIST: lambda value: list(_expect(list, value, "list")),
    Kind.SET: lambda value: list(_expect(list, value, "list")),
    Kind.OBJECT: lambda value: dict(_expect(dict, value, "object")),
    Kind.ARCHIVE: _archive,
}
