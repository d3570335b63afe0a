"""The provider's schema, written from the tables: what is carried and no more.

https://www.pulumi.com/docs/iac/packages-and-automation/pulumi-packages/schema/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws_provider.properties import Kind, Property

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws_provider.invokes import Invoke
    from local.aws_provider.resource import ResourceType

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.STRING: {"type": "string"},
    Kind.JSON: {"type": "string"},
    Kind.POLICY: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.MAP: {"type": "object", "additionalProperties": {"type": "string"}},
    Kind.ARCHIVE: {"$ref": "pulumi.json#/Archive"},
}


def schema(version: str, kinds: Mapping[str, ResourceType], invokes: Mapping[str, Invoke]) -> str:
    """Return the schema as JSON text."""
    types: dict[str, Any] = {}
    resources = {token: _resource(kind, types) for token, kind in kinds.items()}
    functions = {
        token: {
            "inputs": {"type": "object", "properties": dict.fromkeys(invoke.arguments, _TYPES[Kind.STRING])},
            "outputs": {"type": "object", "properties": dict.fromkeys(invoke.outputs, _TYPES[Kind.STRING])},
        }
        for token, invoke in invokes.items()
    }
    return json.dumps(
        {
            "name": "aws",
            "version": version,
            "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},  # `sqs/queue` is the module `sqs`
            "types": types,
            "resources": resources,
            "functions": functions,
        }
    )


def _resource(kind: ResourceType, types: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _type(known, kind.token, name, types) for name, known in kind.carried.items()}
    return {
        "properties": properties,
        "inputProperties": {name: properties[name] for name, known in kind.carried.items() if not known.output},
        "requiredInputs": [name for name, known in kind.carried.items() if known.required],
    }


def _type(known: Property, token: str, path: str, types: dict[str, Any]) -> dict[str, Any]:
    if known.element is not None:
        return {"type": "array", "items": _type(known.element, token, path, types)}
    if known.kind is not Kind.OBJECT:
        return _TYPES[known.kind]
    name = f"{token}{path[0].upper()}{path[1:]}"
    types[name] = {
        "type": "object",
        "properties": {
            member: _type(inner, token, f"{path}{member[0].upper()}{member[1:]}", types)
            for member, inner in known.members.items()
        },
        "required": [member for member, inner in known.members.items() if inner.required],
    }
    return {"$ref": f"#/types/{name}"}
