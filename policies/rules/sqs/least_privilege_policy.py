"""Queue policies allow single actions on this queue, and AWS services only for a source that is named.

Why: a wildcard also allows what nobody thought of (``sqs:SetQueueAttributes`` replaces the policy itself), and a service
without a source condition acts for anybody's resource: the confused deputy.

Mend: name the actions and the queue; give service principals a source::

    {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
     "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}}}

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-least-privilege-policy.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from iam_documents import Answer, Question, Target, find_allowed, matches, someone_elses_resource_behind
from iam_documents.wildcards import ARN_FIELDS, has_wildcard
from rules.documents import queue_target, readable
from sqs_actions import MANAGEMENT_ACTIONS, QUEUE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from iam_documents import Document, Statement
    from stack_graph import Attachment, StackGraph

HANGS_ON_IT = "what the policy allows"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield every Allow that allows more than single actions on its queue to named callers."""
    for policy in graph.queue_policies:
        document = yield from readable(policy, HANGS_ON_IT)
        if document is None:
            continue
        target = queue_target(policy)
        for statement in document.allows:
            yield from _actions(policy, statement)
            yield from _resources(policy, statement, target)
        yield from _services(policy, document, target)


def _actions(policy: Attachment, statement: Statement) -> Iterator[Finding]:
    place = f"{policy.property}.{statement.place}"
    if statement.actions.negated:
        yield Violation(policy.holder, f"{place}.NotAction", f"{statement} allows every action but some")
        return
    for pattern in statement.actions.patterns:
        if isinstance(pattern, str) and has_wildcard(pattern):
            reached = [action for action in MANAGEMENT_ACTIONS if matches(pattern, action.lower())]
            if reached:
                yield Violation(policy.holder, f"{place}.Action", f"{statement}: {pattern} also allows {reached[0]}")


def _resources(policy: Attachment, statement: Statement, target: Target | None) -> Iterator[Finding]:
    place = f"{policy.property}.{statement.place}"
    if statement.resources is None:
        return
    if statement.resources.negated:
        yield Violation(policy.holder, f"{place}.NotResource", f"{statement} allows every resource but some")
        return
    for pattern in statement.resources.patterns:
        if not isinstance(pattern, str):
            yield Undecided(policy.holder, f"{place}.Resource", HANGS_ON_IT)
        elif target and target.named_by(pattern) is False:
            problem = f"{statement} is for {pattern}, not for the queue '{target.name}' that it is put on"
            yield Violation(policy.holder, f"{place}.Resource", problem)
        elif has_wildcard(pattern.split(":", ARN_FIELDS - 1)[-1]):
            yield Violation(policy.holder, f"{place}.Resource", f"{statement} is for {pattern}, more than this queue")
        elif target and not target.name:
            yield Undecided(policy.holder, f"{place}.Resource", HANGS_ON_IT)


def _services(policy: Attachment, document: Document, target: Target | None) -> Iterator[Finding]:
    members = (member for each in document.allows if each.principals for member in each.principals.members)
    services = dict.fromkeys(name for kind, name in members if kind == "Service" and isinstance(name, str))
    for service in services:
        question = Question([someone_elses_resource_behind(service)], QUEUE_ACTIONS, target)
        reply = find_allowed([document], question)
        if reply.answer is Answer.YES and reply.request:
            problem = (
                f"{service} may call {reply.request.action} for somebody else's resource: no condition on its source"
            )
            yield Violation(policy.holder, policy.property, problem)
        elif reply.answer is Answer.MAYBE:
            yield Undecided(policy.holder, policy.property, HANGS_ON_IT)


RULE = StackRule(
    id="sqs-least-privilege-policy",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC03-BP02",
    check=check,
)
