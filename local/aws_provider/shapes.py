"""Values between Pulumi's names (`kmsMasterKeyId`) and the AWS API's (`KMSMasterKeyID`), by the property tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.properties import Kind, Property

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws_provider.values import Properties, Value


def to_aws(carried: Mapping[str, Property], values: Properties) -> Properties:
    """Return the values under their AWS names; those that are not given are left out."""
    return {
        known.aws_name(name): _value_to_aws(known, values[name])
        for name, known in carried.items()
        if values.get(name) is not None
    }


def from_aws(carried: Mapping[str, Property], answer: Properties) -> Properties:
    """Return what is in an AWS answer under Pulumi's names; what it doesn't hold is left out."""
    return {
        name: _value_from_aws(known, answer[known.aws_name(name)])
        for name, known in carried.items()
        if answer.get(known.aws_name(name)) is not None
    }


def texts_to_aws(carried: Mapping[str, Property], values: Properties) -> dict[str, str]:
    """Return the values as the text attributes that SQS and SNS take."""
    return {name: _as_text(value) for name, value in to_aws(carried, values).items()}


def texts_from_aws(carried: Mapping[str, Property], attributes: Mapping[str, str]) -> Properties:
    """Return text attributes as the values that they stand for."""
    found: Properties = {}
    for name, known in carried.items():
        text = attributes.get(known.aws_name(name))
        if text is None:
            continue
        if known.kind is Kind.NUMBER:
            found[name] = int(text)
        elif known.kind is Kind.BOOLEAN:
            found[name] = text.lower() == "true"
        else:
            found[name] = text
    return found


def _value_to_aws(known: Property, value: Value) -> Value:
    if known.kind is Kind.OBJECT:
        return to_aws(known.members, value)
    if known.element is not None and known.element.kind is Kind.OBJECT:
        return [to_aws(known.element.members, item) for item in value]
    return value


def _value_from_aws(known: Property, value: Value) -> Value:
    if known.kind is Kind.OBJECT:
        return from_aws(known.members, value)
    if known.element is not None:
        if known.element.kind is Kind.OBJECT:
            return [from_aws(known.element.members, item) for item in value]
        return list(value)
    return value


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
