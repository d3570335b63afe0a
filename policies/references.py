"""Finds the resource that a property means: by ARN, URL, id or name where known, by dependency while it is not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crossguard.resources import Resource

# Attributes that identify a resource, over all types that are referred to.
IDENTITIES = ("arn", "url", "id", "name", "bucket", "functionName", "keyId", "qualifiedArn", "invokeArn")
ARN_FIELDS = 6


@dataclass(frozen=True)
class Arn:
    """``arn:partition:service:region:account:resource``; fields other than the service may be empty."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @staticmethod
    def parse(text: Any) -> Arn | None:
        """The ARN, or None if the text is none."""
        fields = text.split(":", ARN_FIELDS - 1) if isinstance(text, str) else []
        if len(fields) != ARN_FIELDS or fields[0] != "arn":
            return None
        return Arn(*fields[1:])


@dataclass(frozen=True)
class Reference:
    """What a property points to.

    Attributes:
        value: the property's value; None if it isn't set, `UNKNOWN` if not known yet.
        resource: the resource of this stack that is meant, if that is certain.
        candidates: the resources that may be meant while the value is unknown and hangs on several.
    """

    value: Any
    resource: Resource | None = None
    candidates: tuple[Resource, ...] = ()

    @property
    def undecided(self) -> bool:
        """Something is meant, but it can't be said yet what."""
        return self.value is UNKNOWN and self.resource is None

    @property
    def outside(self) -> bool:
        """Something is meant that this stack does not have."""
        return self.value is not UNKNOWN and self.value is not None and self.resource is None


class References:
    """An index of a stack's resources by all that identifies them; built once, in one pass."""

    def __init__(self, resources: Iterable[Resource], by_urn: Mapping[str, Resource]) -> None:
        self._by_urn = by_urn
        self._by_identity: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            attributes = map(resource.attribute, IDENTITIES)
            for identity in {attribute for attribute in attributes if isinstance(attribute, str)}:
                self._by_identity[identity].append(resource)

    def resolve(self, holder: Resource, types: frozenset[str], name: str, value: Any) -> Reference:
        """What ``value``, inside property ``name`` of ``holder``, means among resources of ``types``."""
        if value is None or value == "":
            return Reference(None)
        if value is UNKNOWN:
            return self._by_dependency(holder, types, name)
        if not isinstance(value, str):
            return Reference(value)
        return Reference(value, self.find(value, types))

    def find(self, text: str, types: frozenset[str]) -> Resource | None:
        """The one resource of ``types`` that an ARN, URL, id or name names."""
        for identity in (text, *_names_in(text)):
            found = [
                resource
                for resource in self._by_identity.get(identity, ())
                if resource.type in types and _may_be(resource, text)
            ]
            if len(found) == 1:
                return found[0]
        return None

    def _by_dependency(self, holder: Resource, types: frozenset[str], name: str) -> Reference:
        dependencies = (self._by_urn.get(urn) for urn in holder.property_dependencies.get(name, ()))
        candidates = tuple(each for each in dependencies if each is not None and each.type in types)
        return Reference(UNKNOWN, candidates[0] if len(candidates) == 1 else None, candidates)


def _names_in(text: str) -> list[str]:
    """What may be a resource's name inside an ARN or URL, the likeliest first."""
    arn = Arn.parse(text)
    if arn:
        resource = arn.resource.removesuffix(":*")
        kind, _, rest = resource.partition(":")
        names = [rest, rest.split(":")[0]] if kind in {"function", "log-group"} else []
        return [*names, resource, resource.rpartition("/")[2], resource.split("/")[0]]
    if text.startswith("https://"):
        return [text.rpartition("/")[2]]
    return [text.partition(":")[0]] if ":" in text else []


def _may_be(resource: Resource, text: str) -> bool:
    """Whether the reference's account and region don't contradict what is known of the resource's own."""
    meant, own = Arn.parse(text), Arn.parse(resource.attribute("arn"))
    if meant is None:
        return True
    if own is None:
        return not meant.region or resource.region in {None, meant.region}
    return (meant.service, meant.account or own.account, meant.region or own.region) == (
        own.service,
        own.account,
        own.region,
    )
