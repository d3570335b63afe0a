"""Whether a statement applies to a request; three-valued, because documents may have parts that are not known yet.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from crossguard.values import UNKNOWN

from .wildcards import ARN_FIELDS, common_example, has_wildcard, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .document import Patterns, Principals, Statement, Text
    from .operators import Condition, Context

ACCOUNT_DIGITS: Final = 12


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    Attributes:
        kind: ``Anonymous``, ``AWS``, ``Service`` or ``Federated``.
        identifier: the ARN, service or provider; "" for an anonymous caller.
        account: the account that an AWS caller belongs to.
    """

    kind: str
    identifier: str = ""
    account: str = ""

    def __str__(self) -> str:
        if self.kind == "Anonymous":
            return "an anonymous caller"
        return f"the service {self.identifier}" if self.kind == "Service" else self.identifier


@dataclass(frozen=True)
class Target:
    """The resource of a request.

    Attributes:
        service: such as ``sqs``.
        name: the last part of the ARN, such as ``orders`` or ``bucket/key``; "" while it is not known either.
        arn: the whole ARN, once it is known; while it isn't, partition and account of patterns are believed.
        region: compared while the ARN is not known; None believes any.
    """

    service: str
    name: str
    arn: str | None = None
    region: str | None = None

    def named_by(self, pattern: Text) -> bool | None:
        """Whether a resource pattern stands for it."""
        if pattern is UNKNOWN:
            return None
        text = str(pattern)
        if self.arn is not None:
            return matches(text, self.arn)
        parts = text.split(":", ARN_FIELDS - 1)
        if len(parts) == ARN_FIELDS:
            here = self.region is None or matches(parts[3], self.region)
            possible = here and parts[0] in {"arn", "*"} and matches(parts[2], self.service)
            if possible and not self.name:
                return True if parts[5] == "*" else None
            return possible and matches(parts[5], self.name)
        if text == "*":
            return True
        possible = has_wildcard(text) and common_example(text, f"arn:*:{self.service}:*:*:{self.name}") is not None
        return None if possible else False

    def __str__(self) -> str:
        return self.arn or self.name


@dataclass(frozen=True)
class Request:
    """A request: who, what, on which resource, with which context (values by key in lower case)."""

    caller: Caller
    action: str
    target: Target | None
    context: Context = field(default_factory=dict)


def applies(statement: Statement, request: Request) -> bool | None:
    """Whether the statement applies; None if that hangs on something not known yet."""
    answer: bool | None = True
    for part in (_caller_matches, _action_matches, _target_matches):
        matched = part(statement, request)
        if matched is False:
            return False
        answer = answer and matched
    for condition in statement.conditions:
        held = condition.holds(request.context)
        if held is False:
            return False
        answer = None if held is None else answer
    return answer


def may_concern(statement: Statement, caller: Caller, target: Target | None) -> bool:
    """Whether the statement may apply to a request of this caller on this target, for some action."""
    request = Request(caller, "", target)
    return _caller_matches(statement, request) is not False and _target_matches(statement, request) is not False


@lru_cache(maxsize=1024)
def possible_actions(patterns: Patterns, actions: tuple[str, ...]) -> frozenset[str]:
    """The actions that a statement with these patterns may apply to; documents share few of them, so they are kept."""
    return frozenset(action for action in actions if _pattern_matches(patterns, action.lower()) is not False)


def why_not(statement: Statement, request: Request) -> str:
    """Why the statement does not apply to the request, in a few words."""
    if _caller_matches(statement, request) is False:
        return "is not for this caller"
    if _action_matches(statement, request) is False:
        return "is not for this action"
    if _target_matches(statement, request) is False:
        named = statement.resources.patterns if statement.resources else ()
        return f"is for another resource ({', '.join(str(each) for each in named)})"
    failing = next((each for each in statement.conditions if each.holds(request.context) is False), None)
    return f"holds only under a further condition ({_words(failing)})" if failing else "may apply"


def any_applies(statements: Iterable[Statement], request: Request) -> bool | None:
    """Whether at least one of the statements applies."""
    answer: bool | None = False
    for statement in statements:
        applied = applies(statement, request)
        if applied:
            return True
        answer = None if applied is None else answer
    return answer


def caller_is(kind: str, identifier: Text, caller: Caller, *, generous: bool = False) -> bool | None:
    """Whether a member of ``Principal`` stands for the caller.

    AWS takes no wildcard inside a principal; ``generous`` lets one match nevertheless.
    """
    if identifier is UNKNOWN:
        return None if kind in {caller.kind, "AWS"} else False
    text = str(identifier)
    if kind == "AWS" and text == "*":
        return True
    if kind != caller.kind:
        return False
    if kind == "AWS" and account_of(text) is not None:
        return account_of(text) == caller.account
    if has_wildcard(text):
        return text == "*" or (generous and common_example(text, caller.identifier) is not None)
    return text == caller.identifier


def account_of(principal: str) -> str | None:
    """The account that a principal such as ``111122223333`` or ``arn:aws:iam::111122223333:root`` means, or None."""
    if len(principal) == ACCOUNT_DIGITS and principal.isdigit():
        return principal
    parts = principal.split(":")
    return parts[4] if len(parts) == ARN_FIELDS and parts[2] == "iam" and parts[5] == "root" else None


def _caller_matches(statement: Statement, request: Request) -> bool | None:
    return statement.principals is None or _is_among(statement.principals, request.caller, generous=statement.allow)


def _is_among(principals: Principals, caller: Caller, *, generous: bool) -> bool | None:
    # In a NotPrincipal, a wildcard that AWS would not honour must not exempt anybody from an Allow.
    generous = generous and not principals.negated
    answers = [caller_is(kind, each, caller, generous=generous) for kind, each in principals.members]
    return _negate_if(principals.negated, _any(answers))


def _action_matches(statement: Statement, request: Request) -> bool | None:
    return _pattern_matches(statement.actions, request.action.lower())


def _pattern_matches(patterns: Patterns, text: str) -> bool | None:
    answers = [None if pattern is UNKNOWN else matches(str(pattern), text) for pattern in patterns.patterns]
    return _negate_if(patterns.negated, _any(answers))


def _target_matches(statement: Statement, request: Request) -> bool | None:
    if statement.resources is None or request.target is None:
        return True
    answers = [request.target.named_by(pattern) for pattern in statement.resources.patterns]
    return _negate_if(statement.resources.negated, _any(answers))


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


def _negate_if(negated: bool, answer: bool | None) -> bool | None:  # noqa: FBT001 - two logical values
    return answer if answer is None or not negated else not answer


def _words(condition: Condition) -> str:
    values: Mapping[int, str] = {index: str(value) for index, value in enumerate(condition.values)}
    return f"{condition.place}: {', '.join(values.values())}"
