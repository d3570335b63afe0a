"""Property values as the Pulumi engine sends them, as plain Python.

Objects become dicts, lists become lists, numbers floats; secrets are unwrapped, because a rule judges what a secret
contains and never prints it. A value that the engine does not know before the update becomes `UNKNOWN`.

https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from pulumi_policy import proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.struct_pb2 import ListValue, Struct, Value


class Unknown(Enum):
    """The type of `UNKNOWN`, which has no truth value: a rule that forgets to ask must fail, not pass."""

    UNKNOWN = "unknown until the update"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false; ask `value is UNKNOWN` first")


UNKNOWN: Final = Unknown.UNKNOWN

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a secret, is none
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

_UNKNOWN_SENTINELS = frozenset(
    {
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
    }
)


def from_struct(struct: Struct) -> Any:
    """The struct as a dict; what stands for a secret or an output as the value inside."""
    fields = struct.fields
    if SIGNATURE_KEY in fields and fields[SIGNATURE_KEY].string_value in (SECRET_SIGNATURE, OUTPUT_SIGNATURE):
        return from_value(fields["value"]) if "value" in fields else UNKNOWN
    return {key: from_value(value) for key, value in fields.items()}


def from_value(value: Value) -> Any:
    """One protobuf value as Python."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWN_SENTINELS else text
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return _from_list(value.list_value)
    if kind == "number_value":
        return value.number_value
    if kind == "bool_value":
        return value.bool_value
    return None


def contains_unknown(value: Any) -> bool:
    """Whether the value, or anything inside it, is unknown."""
    return next(unknown_paths(value), None) is not None


def unknown_paths(value: Any, path: str = "") -> Iterator[str]:
    """Where the unknown values are, such as ``destinationConfig.onFailure.destination``; "" for the value itself."""
    if value is UNKNOWN:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from unknown_paths(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from unknown_paths(inner, f"{path}[{index}]")


def at_path(value: Any, *keys: str) -> Any:
    """``value[keys[0]][keys[1]]…``: None where something is missing, `UNKNOWN` where something is unknown.

    The provider represents a block that may occur once as an object or as a list of one; both are walked through.
    """
    for key in keys:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def with_defaults(schema: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's configuration: what was given, over the defaults of its schema."""
    return {name: given.get(name, definition.get("default")) for name, definition in schema.items()}


def _from_list(values: ListValue) -> list[Any]:
    return [from_value(value) for value in values.values]
