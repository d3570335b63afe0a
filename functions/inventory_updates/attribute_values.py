"""DynamoDB's attribute values to Python's and back, for the few types that receipts use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` as DynamoDB writes them. Raises `TypeError` for a type that receipts don't use."""
    return {name: _to_attribute_value(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's values: text, whole numbers, booleans and lists of these."""
    return {name: _from_attribute_value(value) for name, value in item.items()}


def _to_attribute_value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list() | tuple():
            return {"L": [_to_attribute_value(element) for element in value]}
        case _:
            raise TypeError(f"a receipt holds no {type(value).__name__}")


def _from_attribute_value(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "L":
            return [_from_attribute_value(element) for element in content]
        case _:
            return content
