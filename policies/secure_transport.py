"""Whether a resource's policy lets anybody come over plain HTTP, for every service that has resource policies.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iam_documents import Domain, Question, everybody, find_not_denied, why_not

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iam_documents import Document, Reply, Request, Target

SECURE_TRANSPORT: Final = "aws:securetransport"
PLAIN_HTTP: Final[Mapping[str, Domain]] = {SECURE_TRANSPORT: Domain(("false",), may_be_absent=False)}


def plain_http_gap(document: Document, target: Target | None, actions: Sequence[str]) -> Reply:
    """Is there a caller and an action on ``target`` that the document does not deny over plain HTTP?"""
    return find_not_denied(document, Question(list(everybody(document)), actions, target, PLAIN_HTTP))


def describe_gap(document: Document, request: Request) -> str:
    """Who gets through with what, and why no Deny stops them."""
    denies = [
        statement
        for statement in document.denies
        if any(condition.key == SECURE_TRANSPORT for condition in statement.conditions)
    ]
    reasons = "; ".join(f"{statement} {why_not(statement, request)}" for statement in denies)
    gets_through = f"{request.caller} is not denied {request.action} over plain HTTP"
    return f"{gets_through}: {reasons or 'no Deny statement looks at aws:SecureTransport'}"
