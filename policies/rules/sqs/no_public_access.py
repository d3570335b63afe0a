"""No queue policy lets in anonymous callers, strangers' accounts, or strangers' resources behind an AWS service.

A condition counts only if it really narrows to an account, an organisation, a source, a VPC endpoint or a principal:
addresses, tags of the caller, ``…IfExists``, ``ForAllValues`` and patterns that others can satisfy do not. Principals
of accounts listed in ``trustedAccounts`` are not strangers.

Why: whoever may send can fill the queue and feed its consumers; whoever may receive takes the messages away.

Mend: name the principal, or narrow the statement to what you own::

    {"Effect": "Allow", "Principal": {"AWS": role_arn}, "Action": "sqs:SendMessage", "Resource": queue_arn}
    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
     "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": bucket_arn},
                                          "StringEquals": {"aws:SourceAccount": account_id}}}

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from iam_documents import STRANGERS, Answer, Question, Requester, find_allowed, mentioned_callers, strangers_of
from iam_documents.wildcards import has_wildcard
from references import Arn
from rules.documents import queue_target, readable
from sqs_actions import QUEUE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from iam_documents import Document, Request
    from stack_graph import Attachment, StackGraph

HANGS_ON_IT = "whether the policy lets strangers in"


def check(graph: StackGraph, config: Config) -> Iterator[Finding]:
    """Yield every policy that lets a stranger in, with who gets in and what for."""
    trusted = frozenset(str(account) for account in config["trustedAccounts"])
    for policy in graph.queue_policies:
        document = yield from readable(policy, HANGS_ON_IT)
        if document is not None:
            yield from _wildcards_in_principals(policy, document)
            yield from _judge(policy, document, trusted)


def _wildcards_in_principals(policy: Attachment, document: Document) -> Iterator[Finding]:
    for statement in document.allows:
        for kind, identifier in statement.principals.members if statement.principals else ():
            if isinstance(identifier, str) and identifier != "*" and has_wildcard(identifier):
                problem = (
                    f"{statement} has the wildcard principal {kind} {identifier}; AWS takes none inside a principal"
                )
                mend = "name each principal, or use the condition key aws:PrincipalArn beside the account."
                yield Violation(policy.holder, f"{policy.property}.{statement.place}.Principal", problem, mend)


def _judge(policy: Attachment, document: Document, trusted: frozenset[str]) -> Iterator[Finding]:
    own = own_account(policy.target.resource, document)
    named = [caller for caller in mentioned_callers([document]) if caller.account and caller.account not in trusted]
    strangers = [strangers_of(caller) for caller in named if own is not None and caller.account != own]
    yield from _ask(policy, document, [*STRANGERS, *strangers])
    if own is None and len({caller.account for caller in named}) > 1:
        yield Undecided(policy.holder, policy.property, "which of the named accounts is the queue's own")


def _ask(policy: Attachment, document: Document, requesters: list[Requester]) -> Iterator[Finding]:
    reply = find_allowed([document], Question(requesters, QUEUE_ACTIONS, queue_target(policy)))
    if reply.answer is Answer.YES and reply.request:
        yield Violation(policy.holder, policy.property, _describe(reply.request))
    elif reply.answer is Answer.MAYBE:
        yield Undecided(policy.holder, policy.property, HANGS_ON_IT)


def _describe(request: Request) -> str:
    keys = ", ".join(f"{key} = {', '.join(values)}" for key, values in request.context.items())
    caller = str(request.caller)
    if request.caller.kind == "Service":
        caller = "an AWS service that acts for somebody else's resource"
    return f"{caller} may call {request.action}" + (f", for example with {keys}" if keys else "")


def own_account(queue: Resource | None, document: Document) -> str | None:
    """The account that the queue is in: from its ARN, else from the ARNs by which its policy names it."""
    arn = Arn.parse(queue.attribute("arn")) if queue else None
    if arn:
        return arn.account
    named = {
        found.account
        for statement in document.statements
        for pattern in (statement.resources.patterns if statement.resources else ())
        if (found := Arn.parse(pattern)) and found.account.isdigit()
    }
    return named.pop() if len(named) == 1 else None


RULE = StackRule(
    id="sqs-no-public-access",
    docstring=__doc__,
    severity=Severity.CRITICAL,
    framework="SEC03-BP07; Security Hub SQS.3",
    config={
        "trustedAccounts": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[0-9]{12}$"},
            "default": [],
            "description": "Accounts whose named principals may be let in",
        }
    },
    check=check,
)
