"""Property values between the engine's protocol and Python.

A value is what JSON has, or `UNKNOWN`, or the engine's object for an asset or archive (a dict with a signature).

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

from typing import Any, TypeAlias

from google.protobuf import struct_pb2

Value: TypeAlias = Any  # None, bool, int, float, str, list[Value], dict[str, Value] or UNKNOWN
Properties: TypeAlias = dict[str, Value]

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's marker of a secret, not one
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """The type of `UNKNOWN`, a value that is known only after the update."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Return the struct as Python values; whole numbers as int, secrets and outputs as what they hold."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def to_struct(properties: Properties) -> struct_pb2.Struct:
    """Return Python values as a struct; properties that are None are left out."""
    return struct_pb2.Struct(
        fields={key: _to_value(value) for key, value in properties.items() if value is not None},
    )


def contains_unknown(value: Value) -> bool:
    """Whether the value is unknown or holds one that is."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def signature_of(value: Value) -> str | None:
    """Return `ASSET`, `ARCHIVE` … of the engine's special objects, None for other values."""
    return value.get(SIGNATURE_KEY) if isinstance(value, dict) else None


def _from_value(value: struct_pb2.Value) -> Value:  # noqa: PLR0911 - one for each kind of value
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == _UNKNOWN_STRING else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        found = from_struct(value.struct_value)
        if found.get(SIGNATURE_KEY) == SECRET:
            return found["value"]
        if found.get(SIGNATURE_KEY) == OUTPUT:
            return found.get("value", UNKNOWN)
        return found
    return None


def _to_value(value: Value) -> struct_pb2.Value:  # noqa: PLR0911 - one for each kind of value
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value]))
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=to_struct(value))
    raise TypeError(f"{value!r} is no property value")
