"""Names for resources that are given none: the logical name and seven random hexadecimal digits.

https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws_provider.values import Properties, Value

RANDOM_DIGITS = 7


def _unchanged(name: str, _: Properties) -> str:
    return name


@dataclass(frozen=True, kw_only=True)
class AutoName:
    """How a type names a resource that is given no name.

    Attributes:
        property: the property that holds the name.
        longest: the most characters that AWS allows.
        prefix_property: the property that asks for a name from this prefix instead, made on creation.
        shape: turns the name into what the type allows, given the inputs.
    """

    property: str = "name"
    longest: int
    prefix_property: str | None = None
    shape: Callable[[str, Properties], str] = _unchanged


@dataclass(frozen=True)
class EngineNaming:
    """What the engine says of a resource's name: the logical one, a random seed, and what the project configures."""

    logical_name: str
    seed: bytes
    proposed: str = ""
    enforced: bool = False
    disabled: bool = False


def auto_name(rule: AutoName, inputs: Properties, naming: EngineNaming) -> str:
    """Return a name for a new resource; the same seed gives the same name.

    Raises:
        ValueError: the name would be longer than AWS allows, or the project switches auto-naming off.
    """
    if naming.disabled:
        raise ValueError(f"{rule.property!r} is required: the project switches auto-naming off")
    if naming.proposed and naming.enforced:
        return naming.proposed
    name = rule.shape(naming.proposed or f"{naming.logical_name}-{_digits(naming.seed)}", inputs)
    if len(name) > rule.longest:
        raise ValueError(
            f"name {naming.logical_name!r} plus {RANDOM_DIGITS} random characters is longer than the {rule.longest} "
            f"characters that {rule.property!r} may have"
        )
    return name


def prefixed_name(inputs: Properties, rule: AutoName) -> Value:
    """Return the name given, or a unique one from the prefix given."""
    prefix = inputs.get(rule.prefix_property) if rule.prefix_property else None
    return inputs.get(rule.property) or rule.shape(f"{prefix or 'pulumi-'}{secrets.token_hex(10)}", inputs)


def _digits(seed: bytes) -> str:
    return (hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(RANDOM_DIGITS))[:RANDOM_DIGITS]
