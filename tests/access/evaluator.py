"""Decides requests as AWS documents it: a witness that shares no code with the policy pack or the emulator.

Explicit Deny anywhere wins; a caller of the resource's account needs an Allow in its own policies or one by name in the
resource's policy, and its permissions boundary must allow as well; a caller of another account needs both; a service or
nobody in particular needs the resource's policy. A key's policy counts for everybody: the account's own policies count
only as far as it hands over to the account. An operator or element that is not handled is an error, never a guess.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from tests.access.conditions import Keys, holds, stands_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Document = dict[str, Any]
Statement = dict[str, Any]
ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


class CallerKind(Enum):
    """What a request is signed with, if at all."""

    ROLE = "role"
    SERVICE = "service"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        arn: of the role; for a service its name, such as ``s3.amazonaws.com``.
        account: that it belongs to; empty for services and nobody.
        policies: its identity policies.
        boundary: its permissions boundary, if it has one.
        keys: context keys that its requests bring, such as ``aws:SourceArn`` of a service.
    """

    kind: CallerKind
    arn: str = ""
    account: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: Sequence[Document] = ()
    boundary: Document | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """What is asked for; ``is_key`` for a KMS key, whose policy has the last word."""

    arn: str
    account: str
    tags: Mapping[str, str] = field(default_factory=dict)
    policy: Document | None = None
    is_key: bool = False


@dataclass(frozen=True)
class Request:
    """One call; ``keys`` are the context keys beyond those of caller and resource."""

    caller: Caller
    action: str
    resource: Resource
    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def context(self) -> Keys:
        """Every context key, in lower case, with its values."""
        found: dict[str, str | Sequence[str]] = {
            "aws:PrincipalIsAWSService": str(self.caller.kind is CallerKind.SERVICE).lower(),
            **{f"aws:PrincipalTag/{key}": value for key, value in self.caller.tags.items()},
            **{f"aws:ResourceTag/{key}": value for key, value in self.resource.tags.items()},
            **self.caller.keys,
            **self.keys,
        }
        if self.caller.kind is CallerKind.ROLE:
            found |= {"aws:PrincipalArn": self.caller.arn, "aws:PrincipalAccount": self.caller.account}
        return {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in found.items()}


def allowed(request: Request) -> bool:
    """Whether AWS lets the request through."""
    caller, resource = request.caller, request.resource
    identity = [statement for document in caller.policies for statement in _statements(document)]
    boundary = list(_statements(caller.boundary)) if caller.boundary else None
    by_resource = [each for each in _statements(resource.policy) if _names(each, caller)] if resource.policy else []
    if _says("Deny", [*identity, *(boundary or ()), *by_resource], request):
        return False
    resource_allows = _says("Allow", [each for each in by_resource if not _hands_over(each, caller)], request)
    if caller.kind is not CallerKind.ROLE:
        return resource_allows
    identity_allows = _says("Allow", identity, request)
    handed_over = _says("Allow", [each for each in by_resource if _hands_over(each, caller)], request)
    if caller.account != resource.account:
        return identity_allows and (resource_allows or handed_over) and _within(boundary, request)
    if resource.is_key:
        identity_allows = identity_allows and handed_over
    return (identity_allows or resource_allows) and _within(boundary, request)


def _within(boundary: list[Statement] | None, request: Request) -> bool:
    return boundary is None or _says("Allow", boundary, request)


def _statements(document: Document) -> Iterator[Statement]:
    for statement in document["Statement"]:
        if unhandled := set(statement) - ELEMENTS:
            raise NotImplementedError(f"elements {unhandled} of {statement}")
        yield statement


def _says(effect: str, statements: Sequence[Statement], request: Request) -> bool:
    context = request.context()
    return any(
        statement["Effect"] == effect
        and any(stands_for(each.lower(), request.action.lower(), {}) for each in listed(statement["Action"]))
        and any(stands_for(each, request.resource.arn, context) for each in listed(statement["Resource"]))
        and all(
            holds(operator, key, listed(values), context)
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        )
        for statement in statements
    )


def listed(value: Any) -> list[str]:
    """One or many, as policy documents have them."""
    return value if isinstance(value, list) else [value]


def _names(statement: Statement, caller: Caller) -> bool:
    """Whether the statement of a resource's policy speaks of the caller."""
    principal = statement["Principal"]
    if principal == "*":
        return True
    if unhandled := set(principal) - {"AWS", "Service"}:
        raise NotImplementedError(f"principals {unhandled}")
    if caller.kind is CallerKind.SERVICE:
        return caller.arn in listed(principal.get("Service", []))
    named = listed(principal.get("AWS", []))
    return "*" in named or (caller.kind is CallerKind.ROLE and (caller.arn in named or _account(caller) in named))


def _hands_over(statement: Statement, caller: Caller) -> bool:
    """Whether it names the caller's account alone, so that the account's own policies decide."""
    principal = statement["Principal"]
    return isinstance(principal, dict) and listed(principal.get("AWS", [])) == [_account(caller)]


def _account(caller: Caller) -> str:
    return f"arn:aws:iam::{caller.account}:root"
