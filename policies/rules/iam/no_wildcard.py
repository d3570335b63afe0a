"""No policy allows every action of a service or every resource of a kind, and no role trusts everybody.

``"*"`` as the resource passes for actions that know no resources, such as ``xray:PutTraceSegments``, and where a
condition really narrows it to tagged resources. A pattern such as ``arn:aws:logs:*:*:*`` or ``…:table/*`` is every
resource too. AWS managed policies that allow everything of a service, such as ``AmazonSQSFullAccess``, count as what
they allow.

Why: what a wildcard allows grows with every action that AWS adds and every resource that anybody makes.

Mend: name the actions and resources::

    {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queue_arn}

https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from iam_documents import ANONYMOUS, STRANGER, Answer, Question, find_allowed
from references import Arn, Reference
from role_policies import attached_arns
from rules.documents import readable
from stack_graph import Attachment

from .wide_patterns import is_every_action, is_every_resource, is_narrowed, needs_every_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from iam_documents import Document, Statement
    from stack_graph import StackGraph

HANGS_ON_IT = "whether a wildcard allows too much"
TRUST = "assumeRolePolicy"
ASSUMING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
WIDE_MANAGED_POLICY = re.compile(r"policy/(?:.*/)?(AdministratorAccess|PowerUserAccess|\w*FullAccess(?:V\d+|_v\d+)?)")


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield every statement that allows too much, and every role that anybody can assume."""
    for policy in graph.identity_policies:
        document = yield from readable(policy, HANGS_ON_IT)
        for statement in document.allows if document else ():
            yield from _actions(policy, statement)
            yield from _resources(policy, statement)
    yield from _managed_policies(graph)
    for role in graph.of_type(types.ROLE):
        trust = Attachment(role, TRUST, role.setting(TRUST), Reference(role.urn, role))
        document = yield from readable(trust, "who may assume the role")
        if document is not None:
            yield from _trust(trust, document)


def _actions(policy: Attachment, statement: Statement) -> Iterator[Finding]:
    place = f"{policy.property}.{statement.place}"
    if statement.actions.negated:
        yield Violation(policy.holder, f"{place}.NotAction", f"{statement} allows every action but some")
        return
    for pattern in statement.actions.patterns:
        if pattern is UNKNOWN:
            yield Undecided(policy.holder, f"{place}.Action", HANGS_ON_IT)
        elif is_every_action(str(pattern)):
            yield Violation(policy.holder, f"{place}.Action", f"{statement} allows {pattern}: every action")


def _resources(policy: Attachment, statement: Statement) -> Iterator[Finding]:
    place = f"{policy.property}.{statement.place}"
    if statement.resources is None:
        return
    if statement.resources.negated:
        yield Violation(policy.holder, f"{place}.NotResource", f"{statement} allows every resource but some")
        return
    wide = [pattern for pattern in statement.resources.patterns if pattern is UNKNOWN or is_every_resource(pattern)]
    narrowed = is_narrowed(statement)
    if not wide or narrowed:
        return
    named = [action for action in statement.actions.patterns if action is UNKNOWN or not needs_every_resource(action)]
    for pattern in wide if named else ():
        if pattern is UNKNOWN or narrowed is None:
            yield Undecided(policy.holder, f"{place}.Resource", HANGS_ON_IT)
        else:
            what = "actions that are not known yet" if named[0] is UNKNOWN else named[0]
            yield Violation(policy.holder, f"{place}.Resource", f"{statement} allows {what} on {pattern}")


def _managed_policies(graph: StackGraph) -> Iterator[Finding]:
    for holder, name, given in attached_arns(graph):
        arn = Arn.parse(given)
        wide = WIDE_MANAGED_POLICY.fullmatch(arn.resource) if arn and arn.account == "aws" else None
        if wide:
            yield Violation(holder, name, f"attaches the AWS managed policy {wide[1]}, which allows every action")


def _trust(trust: Attachment, document: Document) -> Iterator[Finding]:
    reply = find_allowed([document], Question((ANONYMOUS, STRANGER), ASSUMING, None))
    if reply.answer is Answer.YES and reply.request:
        yield Violation(trust.holder, trust.property, f"{reply.request.caller} of any account may assume the role")
    elif reply.answer is Answer.MAYBE:
        yield Undecided(trust.holder, trust.property, "who may assume the role")


RULE = StackRule(
    id="iam-no-wildcard",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC03-BP02; Security Hub IAM.21",
    check=check,
)
