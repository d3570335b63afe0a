"""The form of a rule and of what it finds.

A rule is a generator. It yields a `Violation` for each fault, an `Undecided` for each thing that it cannot know before
the update, and nothing when the requirement holds or does not apply: satisfied, violated, undecided yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_policy import EnforcementLevel, Severity

from crossguard.documentation import Documentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crossguard.resources import Resource
    from stack_graph import StackGraph

__all__ = ["EnforcementLevel", "Finding", "ResourceRule", "Rule", "Severity", "StackRule", "Undecided", "Violation"]


@dataclass(frozen=True)
class Violation:
    """Something is wrong.

    Attributes:
        resource: where.
        property: the property at fault, such as ``policy.Statement[0].Condition``.
        problem: what is wrong, in a sentence that a person can act on, with the offending value.
        mend: the mend for this very case, if the rule's own does not fit.
    """

    resource: Resource
    property: str
    problem: str
    mend: str | None = None


@dataclass(frozen=True)
class Undecided:
    """Something cannot be known before the update; reported as an advisory, never passed over and never blocking.

    Attributes:
        resource: where.
        property: the property that is not known yet.
        reason: what hangs on it, such as "whether the policy denies plain HTTP".
        at_update: the update will know it; otherwise it is out of the stack's sight and a person has to look.
    """

    resource: Resource
    property: str
    reason: str
    at_update: bool = True


Finding: TypeAlias = "Violation | Undecided"
Config: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What both kinds of rule have.

    Attributes:
        id: stable, kebab-case; what configuration and messages call it.
        docstring: the module's, in the form that `Documentation.of` reads.
        severity: how bad a violation is.
        framework: where the practice comes from, such as "AWS Well-Architected SEC08-BP02" or "Security Hub SQS.1".
        level: what a violation does unless the configuration says otherwise.
        config: JSON schemas by property name; each with a default and a description.
    """

    id: str
    docstring: str | None
    severity: Severity
    framework: str
    level: EnforcementLevel = EnforcementLevel.MANDATORY
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def documentation(self) -> Documentation:
        return Documentation.of(self.docstring)


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """Judges each resource alone, by its inputs, before it is created or changed.

    Attributes:
        resource_types: what it judges; other resources are not shown to it and cost nothing.
        check: yields what it finds.
        remediate: properties to set for a resource (None removes one), or None when there is nothing to mend; used
            when the rule's level is ``remediate``.
    """

    resource_types: frozenset[str]
    check: Callable[[Resource, Config], Iterable[Finding]]
    remediate: Callable[[Resource, Config], Mapping[str, Any] | None] | None = None


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """Judges how the stack's resources belong together, at the end of a preview or update."""

    check: Callable[[StackGraph, Config], Iterable[Finding]]
