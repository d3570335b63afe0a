"""Every topic denies publishing over plain HTTP, to everybody, and delivers to no address over plain HTTP.

The policy is judged by what it means, wherever it is written.

Why: over plain HTTP, anybody on the way can read and change what is published.

Mend: deny it in the topic's policy::

    {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic_arn,
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}

https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from rules.documents import HANGS_ON_PLAIN_HTTP, open_to_plain_http, readable, target_of
from stack_graph import by_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

PUBLISHING = ("sns:Publish",)


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield topics without a policy and policies that let plain HTTP through."""
    policies = graph.attachments(types.TOPIC, "policy", types.TOPIC_POLICY, "arn")
    found = by_target(policies)
    for topic in graph.of_type(types.TOPIC):
        if topic not in found:
            yield Violation(topic, "policy", "the topic has no policy, so publishing over plain HTTP is not denied")
    for policy in policies:
        document = yield from readable(policy, HANGS_ON_PLAIN_HTTP)
        if document is None:
            continue
        target = target_of("sns", policy.target.resource, "name") if policy.target.resource else None
        yield from open_to_plain_http(policy, document, target, PUBLISHING)
    for subscription in graph.of_type(types.TOPIC_SUBSCRIPTION):
        yield from _delivery(subscription)


def _delivery(subscription: Resource) -> Iterator[Finding]:
    protocol = subscription.setting("protocol")
    if protocol is UNKNOWN:
        yield Undecided(subscription, "protocol", "whether messages are delivered over plain HTTP")
    elif protocol == "http":
        mend = "subscribe an https address."
        yield Violation(subscription, "protocol", "is http: messages are delivered in clear", mend)


RULE = StackRule(
    id="sns-https-only",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC09-BP02",
    check=check,
)
