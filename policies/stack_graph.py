"""A stack's resources and how they belong together: the one index that all stack rules share.

Resources are connected by what their properties say where that is known (ARN, URL, name), and by Pulumi's property
dependencies while it is not, so that relations can be judged at the first preview.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import aws_types as types
from crossguard.values import UNKNOWN, at_path
from iam_documents import MalformedDocumentError, parse_document
from json_values import parse_json
from references import Reference, References

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crossguard.resources import Resource
    from iam_documents import Document

T = TypeVar("T")

# Where functions, subscriptions, rules and schedules name the queue that takes what they could not deliver.
FAILURE_DESTINATIONS: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (types.FUNCTION, ("deadLetterConfig", "targetArn")),
    (types.EVENT_INVOKE_CONFIG, ("destinationConfig", "onFailure", "destination")),
    (types.EVENT_SOURCE_MAPPING, ("destinationConfig", "onFailure", "destinationArn")),
    (types.EVENT_TARGET, ("deadLetterConfig", "arn")),
    (types.SCHEDULE, ("target", "deadLetterConfig", "arn")),
)


@dataclass(frozen=True)
class Attachment:
    """A document that is put on a resource, inline or by a resource of its own.

    Attributes:
        holder: the resource whose property holds the document.
        property: the property's name.
        value: the document as given: JSON text, an object, or `UNKNOWN`.
        target: the resource that it is put on.
    """

    holder: Resource
    property: str
    value: Any
    target: Reference

    @cached_property
    def document(self) -> Document | MalformedDocumentError | None:
        """The policy document, or what is wrong with it; None while it is not known. Read once for all rules."""
        try:
            return parse_document(self.value)
        except MalformedDocumentError as error:
            return error


@dataclass(frozen=True)
class Redrive:
    """A redrive policy: messages of ``source`` go to ``target`` after ``max_receive_count`` receives.

    Attributes:
        attachment: where the policy is written.
        source: the queue that it is on.
        target: the dead-letter queue.
        max_receive_count: as given; None if missing, `UNKNOWN` if not known yet.
        fault: what is wrong with the document itself, or None.
    """

    attachment: Attachment
    source: Reference
    target: Reference
    max_receive_count: Any
    fault: str | None = None


@dataclass(frozen=True)
class Consumption:
    """An event source mapping from a queue to a function."""

    mapping: Resource
    queue: Reference
    function: Reference


class StackGraph:
    """Everything is computed when first asked for, once, in time proportional to the stack."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources
        self.by_urn: Mapping[str, Resource] = {resource.urn: resource for resource in resources}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            self._by_type[resource.type].append(resource)

    def of_type(self, wanted: frozenset[str]) -> list[Resource]:
        """All resources of these types."""
        return [resource for each in sorted(wanted) for resource in self._by_type.get(each, ())]

    def resolve(self, holder: Resource, wanted: frozenset[str], name: str, *inner: str) -> Reference:
        """The resource of type ``wanted`` that ``holder``'s property ``name`` (or what is ``inner`` to it) means."""
        return self.resolve_value(holder, wanted, name, holder.setting(name, *inner))

    def resolve_value(self, holder: Resource, wanted: frozenset[str], name: str, value: Any) -> Reference:
        """The same for a value that was taken out of the property ``name``."""
        return self._references.resolve(holder, wanted, name, value)

    def function_of(self, holder: Resource, name: str, *inner: str) -> Reference:
        """The function that ``holder``'s property ``name`` (or what is ``inner`` to it) means, through an alias too."""
        function = self.resolve(holder, types.FUNCTION, name, *inner)
        if not function.undecided:
            return function
        alias = self.resolve(holder, types.FUNCTION_ALIAS, name, *inner).resource
        return self.resolve(alias, types.FUNCTION, "functionName") if alias else function

    def find(self, text: str, wanted: frozenset[str]) -> Resource | None:
        """The one resource that an ARN, URL, id or name names."""
        return self._references.find(text, wanted)

    @cached_property
    def queues(self) -> list[Resource]:
        return self.of_type(types.QUEUE)

    @cached_property
    def queue_policies(self) -> list[Attachment]:
        """Policies on queues, inline and by `QueuePolicy`."""
        return self.attachments(types.QUEUE, "policy", types.QUEUE_POLICY, "queueUrl")

    @cached_property
    def queue_policies_by_queue(self) -> Mapping[Resource, list[Attachment]]:
        return by_target(self.queue_policies)

    @cached_property
    def redrives_by_source(self) -> Mapping[Resource, list[Redrive]]:
        return _grouped((redrive.source, redrive) for redrive in self.redrives)

    @cached_property
    def redrives_by_target(self) -> Mapping[Resource, list[Redrive]]:
        return _grouped((redrive.target, redrive) for redrive in self.redrives)

    @cached_property
    def consumptions_by_queue(self) -> Mapping[Resource, list[Consumption]]:
        return _grouped((consumption.queue, consumption) for consumption in self.consumptions)

    @cached_property
    def identity_policies(self) -> list[Attachment]:
        """Policies of roles, users, groups and permission sets: what their holders may do."""
        found = [
            Attachment(holder, name, holder.setting(name), Reference(None))
            for wanted, name in ((types.IDENTITY_POLICY, "policy"), (types.PERMISSION_SET_POLICY, "inlinePolicy"))
            for holder in self.of_type(wanted)
        ]
        for role in self.of_type(types.ROLE):
            inline = role.setting("inlinePolicies")
            if inline is UNKNOWN:
                found.append(Attachment(role, "inlinePolicies", UNKNOWN, Reference(role.urn, role)))
            for index, each in enumerate(inline if isinstance(inline, list) else []):
                place = f"inlinePolicies[{index}].policy"
                found.append(Attachment(role, place, at_path(each, "policy"), Reference(role.urn, role)))
        return [attachment for attachment in found if attachment.value not in (None, "")]

    @cached_property
    def redrives(self) -> list[Redrive]:
        """Redrive policies, inline and by `RedrivePolicy`."""
        attachments = self.attachments(types.QUEUE, "redrivePolicy", types.REDRIVE_POLICY, "queueUrl")
        return [self._redrive(attachment) for attachment in attachments]

    @cached_property
    def redrive_allowances(self) -> list[Attachment]:
        """Redrive-allow policies, inline and by `RedriveAllowPolicy`."""
        return self.attachments(types.QUEUE, "redriveAllowPolicy", types.REDRIVE_ALLOW_POLICY, "queueUrl")

    @cached_property
    def consumptions(self) -> list[Consumption]:
        """Event source mappings whose source is, or may be, a queue."""
        found = [
            Consumption(
                mapping,
                self.resolve(mapping, types.QUEUE, "eventSourceArn"),
                self.function_of(mapping, "functionName"),
            )
            for mapping in self.of_type(types.EVENT_SOURCE_MAPPING)
        ]
        return [each for each in found if _may_be_queue(each.queue)]

    @cached_property
    def failure_destinations(self) -> list[Reference]:
        """What functions, subscriptions, rules and schedules send to when they fail."""
        direct = (
            self.resolve(resource, types.QUEUE, *path)
            for wanted, path in FAILURE_DESTINATIONS
            for resource in self.of_type(wanted)
        )
        subscriptions = (
            self._redrive_target(resource, "redrivePolicy", resource.setting("redrivePolicy"))
            for resource in self.of_type(types.TOPIC_SUBSCRIPTION)
        )
        return [each for each in chain(direct, subscriptions) if each.value is not None]

    @cached_property
    def dead_letter_queues(self) -> frozenset[Resource]:
        """Queues of this stack that something makes a dead-letter queue; a name makes none."""
        targets = chain((redrive.target for redrive in self.redrives), self.failure_destinations)
        found = {target.resource for target in targets if target.resource}
        for allowance in self.redrive_allowances:
            document, fault = parse_json(allowance.value)
            permission = document.get("redrivePermission") if fault is None and isinstance(document, dict) else None
            if allowance.target.resource and permission in {"byQueue", "allowAll", UNKNOWN}:
                found.add(allowance.target.resource)
        return frozenset(found)

    @cached_property
    def possible_dead_letter_queues(self) -> frozenset[Resource]:
        """Queues that may turn out to be dead-letter queues once unknown values are known."""
        targets = chain((redrive.target for redrive in self.redrives), self.failure_destinations)
        return frozenset(candidate for target in targets if target.undecided for candidate in target.candidates)

    def attachments(
        self, targets: frozenset[str], inline: str, holders: frozenset[str], pointer: str, document: str | None = None
    ) -> list[Attachment]:
        """Documents on resources of type ``targets``: inline, or held by another resource that points to its target.

        Args:
            targets: types that documents are put on.
            inline: the property of the target that may hold the document.
            holders: types of the resources that hold a document for a target.
            pointer: the holder's property that names the target.
            document: the holder's property with the document, if it is called differently than ``inline``.
        """
        found = [
            Attachment(target, inline, value, Reference(target.urn, target))
            for target in self.of_type(targets)
            if (value := target.setting(inline)) not in (None, "")
        ]
        name = document or inline
        found += [
            Attachment(holder, name, holder.setting(name), self.resolve(holder, targets, pointer))
            for holder in self.of_type(holders)
        ]
        return found

    @cached_property
    def _references(self) -> References:
        return References(self.resources, self.by_urn)

    def _redrive(self, attachment: Attachment) -> Redrive:
        document, fault = parse_json(attachment.value)
        target = self._redrive_target(attachment.holder, attachment.property, attachment.value)
        count = UNKNOWN if document is UNKNOWN else None
        if fault is None and isinstance(document, dict):
            count = document.get("maxReceiveCount")
        elif fault is None and document is not UNKNOWN:
            fault = "it is not an object"
        return Redrive(attachment, attachment.target, target, count, fault)

    def _redrive_target(self, holder: Resource, name: str, value: Any) -> Reference:
        document, _ = parse_json(value)
        arn = document.get("deadLetterTargetArn") if isinstance(document, dict) else document
        if document is not UNKNOWN and not isinstance(document, dict):
            arn = None
        reference = self.resolve_value(holder, types.QUEUE, name, arn)
        if reference.resource is holder and arn is UNKNOWN:
            return Reference(UNKNOWN)
        return reference


def _may_be_queue(source: Reference) -> bool:
    if source.resource or source.candidates:
        return True
    return isinstance(source.value, str) and ":sqs:" in source.value


def by_target(attachments: Iterable[Attachment]) -> Mapping[Resource, list[Attachment]]:
    """Attachments by the resource that they are, or may turn out to be, put on."""
    return _grouped((attachment.target, attachment) for attachment in attachments)


def _grouped(pairs: Iterable[tuple[Reference, T]]) -> Mapping[Resource, list[T]]:
    groups: dict[Resource, list[T]] = defaultdict(list)
    for reference, item in pairs:
        for resource in (reference.resource,) if reference.resource else reference.candidates:
            groups[resource].append(item)
    return groups
