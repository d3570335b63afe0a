"""Who may create queues may create none without the tags that decide access.

The policy is asked for what it means: is there a request that creates a queue without one of the tags, or with a key
that only differs from it in case, and is allowed?

Why: a queue that is created without its tags escapes attribute-based access control from its first minute.

Mend: demand the tags in the request, and no others::

    {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*", "Condition": {
        "StringLike": {"aws:RequestTag/department": "?*", "aws:RequestTag/environment": "?*", "aws:RequestTag/owner": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["department", "environment", "owner"]}}}

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac-tagging-resource-control.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from iam_documents import ABSENT, HOLDER, Answer, Domain, Question, find_allowed
from rules.documents import readable

from .tag_keys import TAG_KEYS_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from iam_documents import Document
    from stack_graph import Attachment, StackGraph

ACTION = "sqs:CreateQueue"


def check(graph: StackGraph, config: Config) -> Iterator[Finding]:
    """Yield identity policies that let a queue be created without its tags."""
    for policy in graph.identity_policies:
        document = yield from readable(policy, "whether queues can be created without their tags")
        if document is not None:
            for key in config["keys"]:
                yield from _missing(policy, document, key)
            if config["limitTagKeys"]:
                yield from _near_misses(policy, document, config["keys"])


def _missing(policy: Attachment, document: Document, key: str) -> Iterator[Finding]:
    without = {f"aws:requesttag/{key.lower()}": ABSENT}
    reply = find_allowed([document], Question([HOLDER], [ACTION], None, without))
    if reply.answer is Answer.YES:
        yield Violation(policy.holder, policy.property, f"{ACTION} is allowed without the tag '{key}' in the request")
    elif reply.answer is Answer.MAYBE:
        yield Undecided(policy.holder, policy.property, f"whether {ACTION} demands the tag '{key}'")


def _near_misses(policy: Attachment, document: Document, keys: list[str]) -> Iterator[Finding]:
    """Names of condition keys ignore case, tag keys don't: ``Owner`` passes for ``aws:RequestTag/owner``."""
    swapped = tuple(key.swapcase() for key in keys)
    tags = {f"aws:requesttag/{key.lower()}": Domain(may_be_absent=False) for key in keys}
    question = Question([HOLDER], [ACTION], None, {**tags, "aws:tagkeys": Domain(swapped[:1], may_be_absent=False)})
    reply = find_allowed([document], question)
    demanded = not any(True for key in keys for _ in _missing(policy, document, key))
    if reply.answer is Answer.YES and demanded:
        problem = f"{ACTION} is allowed with other tag keys, such as '{swapped[0]}' for '{keys[0]}': limit aws:TagKeys"
        yield Violation(policy.holder, policy.property, problem)


RULE = StackRule(
    id="abac-tag-on-create",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC03-BP02",
    config={
        "keys": TAG_KEYS_CONFIG,
        "limitTagKeys": {
            "type": "boolean",
            "default": True,
            "description": "Whether aws:TagKeys must keep other tag keys out",
        },
    },
    check=check,
)
