"""Every queue denies plain HTTP: to everybody, for every SQS action, whatever else its policy says.

The policy is judged by what it means, wherever it is written (on the queue or in a QueuePolicy): a Deny for one
principal, for some actions, for another queue or under a further condition does not count.

Why: over plain HTTP, anybody on the way can read and change messages and reuse the credentials of requests.

Mend: deny it in the queue's policy::

    aws.sqs.QueuePolicy("orders", queue_url=queue.url, policy=queue_arn.apply(lambda arn: json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }],
    })))

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossguard.rule import Severity, StackRule, Undecided, Violation
from rules.documents import HANGS_ON_PLAIN_HTTP, open_to_plain_http, queue_target, readable
from sqs_actions import QUEUE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from stack_graph import Attachment, StackGraph


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield every queue without a policy and every policy that lets plain HTTP through."""
    for queue in graph.queues:
        policies = graph.queue_policies_by_queue.get(queue, [])
        if not policies:
            yield Violation(queue, "policy", "the queue has no policy, so requests over plain HTTP are not denied")
        for policy in policies:
            if policy.target.undecided:
                yield Undecided(policy.holder, "queueUrl", f"whether this is the policy of queue '{queue.name}'")
    for policy in graph.queue_policies:
        yield from _judge(policy)


def _judge(policy: Attachment) -> Iterator[Finding]:
    document = yield from readable(policy, HANGS_ON_PLAIN_HTTP)
    if document is None:
        return
    yield from open_to_plain_http(policy, document, queue_target(policy), QUEUE_ACTIONS)


RULE = StackRule(
    id="sqs-https-only",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC09-BP02",
    check=check,
)
