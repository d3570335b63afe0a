"""No policy allows every action of a service or every resource, and no role trusts everybody.

``"*"`` as the resource passes for actions that know no resources, such as ``xray:PutTraceSegments``, and where a
condition on tags narrows it.

Why: what a wildcard allows grows with every action that AWS adds and every resource that anybody makes.

Mend: name the actions and resources::

    {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queue_arn}

https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from iam_documents import ANONYMOUS, STRANGER, Answer, Question, find_allowed, matches
from references import Reference
from rules.documents import readable
from stack_graph import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from iam_documents import Document, Statement
    from stack_graph import StackGraph

HANGS_ON_IT = "whether a wildcard allows too much"
TRUST = "assumeRolePolicy"
ASSUMING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
NARROWING = ("aws:resourcetag/", "aws:requesttag/", "kms:resourcealiases", "aws:resourceaccount")

# Actions that can't name a resource, by the service authorization reference.
WITHOUT_RESOURCES = (
    "xray:put*",
    "xray:getsampling*",
    "cloudwatch:putmetricdata",
    "cloudwatch:getmetricdata",
    "cloudwatch:getmetricstatistics",
    "cloudwatch:listmetrics",
    "ec2:describe*",
    "ec2:createnetworkinterface",
    "ec2:deletenetworkinterface",
    "kms:listkeys",
    "kms:listaliases",
    "lambda:listfunctions",
    "lambda:listeventsourcemappings",
    "logs:describeloggroups",
    "s3:listallmybuckets",
    "sns:listtopics",
    "sqs:listqueues",
    "sts:getcalleridentity",
    "dynamodb:listtables",
    "tag:get*",
)


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield every statement that allows too much, and every role that anybody can assume."""
    for policy in graph.identity_policies:
        document = yield from readable(policy, HANGS_ON_IT)
        for statement in document.allows if document else ():
            yield from _actions(policy, statement)
            yield from _resources(policy, statement)
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
        elif str(pattern).rpartition(":")[2].strip("*") == "":
            yield Violation(policy.holder, f"{place}.Action", f"{statement} allows {pattern}: every action")


def _resources(policy: Attachment, statement: Statement) -> Iterator[Finding]:
    place = f"{policy.property}.{statement.place}"
    if statement.resources is None:
        return
    if statement.resources.negated:
        yield Violation(policy.holder, f"{place}.NotResource", f"{statement} allows every resource but some")
    elif "*" in statement.resources.patterns and not _is_narrowed(statement):
        actions = [str(pattern) for pattern in statement.actions.patterns if pattern is not UNKNOWN]
        named = [action for action in actions if not any(matches(free, action) for free in WITHOUT_RESOURCES)]
        if named:
            yield Violation(policy.holder, f"{place}.Resource", f"{statement} allows {named[0]} on every resource")
    elif UNKNOWN in statement.resources.patterns:
        yield Undecided(policy.holder, f"{place}.Resource", HANGS_ON_IT)


def _is_narrowed(statement: Statement) -> bool:
    return any(condition.key.startswith(NARROWING) for condition in statement.conditions)


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
