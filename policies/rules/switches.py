"""Rules that ask for a block of a resource to be switched on, such as ``{"pointInTimeRecovery": {"enabled": True}}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossguard.rule import Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

ENABLED = "enabled"


def must_be_enabled(name: str, otherwise: str, hangs_on_it: str) -> Callable[[Resource, Config], Iterator[Finding]]:
    """A check that the block ``name`` is enabled.

    Args:
        name: the property with the block.
        otherwise: what is so if it isn't, such as "lost rows cannot be restored".
        hangs_on_it: what cannot be said while it is unknown.
    """

    def check(resource: Resource, _config: Config) -> Iterator[Finding]:
        enabled = resource.setting(name, ENABLED)
        if enabled is UNKNOWN:
            yield Undecided(resource, name, hangs_on_it)
        elif enabled is not True:
            yield Violation(resource, name, f"is not enabled: {otherwise}")

    return check


def enable(name: str) -> Callable[[Resource, Config], Mapping[str, Any] | None]:
    """The remediation that enables the block ``name``."""

    def remediate(resource: Resource, _config: Config) -> Mapping[str, Any] | None:
        enabled = resource.setting(name, ENABLED)
        return None if enabled is UNKNOWN or enabled is True else {name: {ENABLED: True}}

    return remediate
