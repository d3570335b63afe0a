"""Who may use many queues may use only those whose tags match, and cannot change the tags that decide.

A policy for named queues needs no tag condition. For more than that, the question is: may its holder use a queue whose
tags are none of the holder's? A condition on tags that only the request or the caller has does not count.

Why: attribute-based access control is one policy for many queues; without the condition it is a policy for all of them,
and whoever can rewrite the tags can rewrite the access.

Mend: compare the queue's tag with the caller's, and allow no tagging that changes it::

    {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": "*",
     "Condition": {"StringEquals": {"aws:ResourceTag/department": "${aws:PrincipalTag/department}"}}}

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/introduction_attribute-based-access-control.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossguard.rule import Severity, StackRule, Undecided, Violation
from iam_documents import ABSENT, HOLDER, Answer, Domain, Question, Target, common_example, find_allowed
from rules.documents import readable
from sqs_actions import QUEUE_ACTIONS

from .tag_keys import TAG_KEYS_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossguard.rule import Config, Finding
    from iam_documents import Document
    from stack_graph import Attachment, StackGraph

UNNAMED_QUEUE: Final = Target("sqs", "a-queue-that-no-policy-names")
UNNAMED_ARN: Final = "arn:*:sqs:*:*:*someone-elses*"
# Creating queues is another rule's; finding and listing them tells nothing of their messages.
ACTIONS: Final = tuple(
    action
    for action in QUEUE_ACTIONS
    if action not in {"sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:TagQueue", "sqs:UntagQueue"}
)
TAGGING_ACTIONS: Final = (
    "sqs:TagQueue",
    "sqs:UntagQueue",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:TagUser",
    "iam:UntagUser",
    "tag:TagResources",
    "tag:UntagResources",
)
# A queue whose tags are none of the caller's; the caller may have any.
SOMEONE_ELSES_QUEUE: Final[Mapping[str, Domain]] = {
    "aws:resourcetag/*": Domain(("a-tag-value-of-somebody-else",)),
}
TAGGED_QUEUE: Final = {"aws:resourcetag/*": Domain(("a-tag-value-of-somebody-else",), may_be_absent=False)}
OWN_VALUE: Final = Domain(("a-tag-value-of-the-caller",))
SERIOUS: Final = (Answer.YES, Answer.MAYBE)


def check(graph: StackGraph, config: Config) -> Iterator[Finding]:
    """Yield identity policies that reach queues of others, or let the deciding tags be changed."""
    for policy in graph.identity_policies:
        document = yield from readable(policy, "whether the policy reaches only queues with matching tags")
        if document is not None:
            yield from _reach(policy, document)
            yield from _tagging(policy, document, config["keys"])


def _reach(policy: Attachment, document: Document) -> Iterator[Finding]:
    for queue, pattern in _unnamed_queues(document):
        reply = find_allowed([document], Question([HOLDER], ACTIONS, queue, SOMEONE_ELSES_QUEUE))
        if reply.answer is Answer.YES and reply.request:
            problem = f"{reply.request.action} is allowed on queues ({pattern}) whose tags do not match the caller's"
            yield Violation(policy.holder, policy.property, problem)
            return
        if reply.answer is Answer.MAYBE:
            yield Undecided(policy.holder, policy.property, "whether the policy reaches only queues with matching tags")
            return


def _unnamed_queues(document: Document) -> Iterator[tuple[Target, str]]:
    """A queue that the document does not name, and one for each pattern of queues in it."""
    yield UNNAMED_QUEUE, "all"
    for statement in document.allows:
        for pattern in statement.resources.patterns if statement.resources else ():
            example = common_example(pattern, UNNAMED_ARN) if isinstance(pattern, str) else None
            if example and pattern != example:
                yield Target("sqs", example.rpartition(":")[2], example), str(pattern)


def _tagging(policy: Attachment, document: Document, keys: list[str]) -> Iterator[Finding]:
    for key in keys:
        replies = [
            find_allowed([document], Question([HOLDER], TAGGING_ACTIONS, None, change)) for change in _changes(key)
        ]
        reply = next((reply for answer in SERIOUS for reply in replies if reply.answer is answer), replies[0])
        if reply.answer is Answer.YES and reply.request:
            problem = (
                f"{reply.request.action} is allowed on the tag '{key}', which decides access, without a tag condition"
            )
            yield Violation(policy.holder, policy.property, problem)
            return
        if reply.answer is Answer.MAYBE:
            yield Undecided(policy.holder, policy.property, f"whether the tag '{key}' can be changed")
            return


def _changes(key: str) -> Iterator[Mapping[str, Domain]]:
    """To change a tag of somebody else's queue, and to give a queue without tags any but the caller's own.

    Creating a queue with the caller's tags takes the right to tag a queue that has none.
    """
    another = Domain(("another-tag-value",))
    keys = {"aws:tagkeys": Domain((key,), may_be_absent=False)}
    yield {**keys, **TAGGED_QUEUE, f"aws:requesttag/{key.lower()}": another}
    yield {**keys, "aws:resourcetag/*": ABSENT, "aws:requesttag/*": another, "aws:principaltag/*": OWN_VALUE}


RULE = StackRule(
    id="abac-tag-condition",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC03-BP02",
    config={"keys": TAG_KEYS_CONFIG},
    check=check,
)
