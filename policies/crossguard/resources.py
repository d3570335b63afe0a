"""A resource as a rule sees it: what the program said, what the provider answered, what it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crossguard.values import UNKNOWN, at_path, from_struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.struct_pb2 import Struct


@dataclass(frozen=True)
class Resource:
    """One resource; its properties are converted when a rule first asks for them, and once.

    Attributes:
        urn, type, name: as in the program; ``type`` is a token such as ``aws:sqs/queue:Queue``.
        input_struct: the inputs after the provider's check; None if this run did not register the resource.
        output_struct: the provider's answer (at preview its forecast); None while resources are judged one by one.
        provider_struct: the inputs of its provider, where default tags are.
        parent: the URN of the parent, or "".
        dependencies: URNs of all that it depends on.
        property_dependencies: URNs by input property; they connect resources while ids are unknown.
    """

    urn: str
    type: str
    name: str
    input_struct: Struct | None
    output_struct: Struct | None = None
    provider_struct: Struct | None = None
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """What the program asked for; the outputs, if this run did not register the resource."""
        if self.input_struct is None:
            return self.outputs
        inputs: dict[str, Any] = from_struct(self.input_struct)
        return inputs

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """What the provider answered, or an empty dict before it was asked."""
        outputs: dict[str, Any] = from_struct(self.output_struct) if self.output_struct is not None else {}
        return outputs

    @cached_property
    def provider(self) -> dict[str, Any]:
        """The inputs of the provider; objects in them are JSON text, as providers take their configuration."""
        inputs: dict[str, Any] = from_struct(self.provider_struct) if self.provider_struct is not None else {}
        return inputs

    @property
    def region(self) -> str | None:
        """The AWS region, by its own property or its provider's; None if neither is known."""
        for region in (self.setting("region"), self.provider.get("region")):
            if isinstance(region, str) and region:
                return region
        return None

    def setting(self, name: str, *inner: str) -> Any:
        """What the program asked for: None if nothing, `UNKNOWN` if not known yet.

        Computed defaults of the provider (a queue's ``policy``, unknown at preview though nobody sets one) don't count.
        """
        value = at_path(self.inputs.get(name), *inner)
        if value is UNKNOWN and self.output_struct is not None:
            return at_path(self.outputs.get(name, UNKNOWN), *inner)
        return value

    def attribute(self, name: str) -> Any:
        """What the resource has, such as ``arn``, ``url`` or ``id``: known from the program or the provider.

        `UNKNOWN` if neither knows it yet.
        """
        value = self.outputs.get(name)
        if value is None or value is UNKNOWN:
            asked = self.inputs.get(name)
            value = value if asked is None else asked
        return UNKNOWN if value is None else value

    def __str__(self) -> str:
        return f"{self.type} '{self.name}'"

    def __hash__(self) -> int:
        return hash(self.urn)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and other.urn == self.urn
