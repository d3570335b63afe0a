"""What all rules on policy documents do first: read them, and say what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Undecided, Violation
from iam_documents import Answer, Document, MalformedDocumentError, Target
from references import Arn
from secure_transport import describe_gap, plain_http_gap

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from crossguard.resources import Resource
    from crossguard.rule import Finding
    from stack_graph import Attachment

HANGS_ON_PLAIN_HTTP = "whether the policy denies plain HTTP"


def readable(attachment: Attachment, hangs_on_it: str) -> Generator[Finding, None, Document | None]:
    """Yield why a document cannot be judged, if it cannot; return the document, or None.

    Args:
        attachment: where the document is.
        hangs_on_it: what cannot be said while it is unknown, such as "whether plain HTTP is denied".
    """
    document = attachment.document
    if isinstance(document, Document):
        return document
    if isinstance(document, MalformedDocumentError):
        place = f"{attachment.property}.{document.place}" if document.place else attachment.property
        mend = "correct the document; AWS refuses it, or does not read it as it is meant."
        yield Violation(attachment.holder, place, f"the policy document is malformed: {document.problem}", mend)
    else:
        yield Undecided(attachment.holder, attachment.property, hangs_on_it)
    return None


def open_to_plain_http(
    policy: Attachment, document: Document, target: Target | None, actions: Sequence[str]
) -> Iterator[Finding]:
    """Yield who is not denied which of ``actions`` over plain HTTP, or that it can't be said yet."""
    reply = plain_http_gap(document, target, actions)
    if reply.answer is Answer.YES and reply.request:
        yield Violation(policy.holder, policy.property, describe_gap(document, reply.request))
    elif reply.answer is Answer.MAYBE:
        yield Undecided(policy.holder, policy.property, HANGS_ON_PLAIN_HTTP)


def target_of(service: str, resource: Resource, name: str) -> Target:
    """The resource as documents name it: by its ARN if that is known, else by its name."""
    arn, plain = Arn.parse(resource.attribute("arn")), resource.attribute(name)
    full = resource.attribute("arn") if arn else None
    return Target(service, plain if isinstance(plain, str) else arn.resource if arn else "", full, resource.region)


def queue_target(policy: Attachment) -> Target | None:
    """The queue that a policy is on, in this stack or outside; None if it can't be told, so that any will do."""
    if policy.target.resource:
        return target_of("sqs", policy.target.resource, "name")
    url = policy.target.value
    return Target("sqs", url.rpartition("/")[2].rpartition(":")[2]) if isinstance(url, str) else None
