"""No key policy lets strangers use or administer the key.

Why: whoever may decrypt with the key reads what it protects; whoever may administer it can take it away.

Mend: name the principals, or narrow the statement to your account::

    {"Effect": "Allow", "Principal": {"AWS": role_arn}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from iam_documents import ANONYMOUS, STRANGER, Answer, Question, find_allowed, someone_elses_resource_behind
from iam_reference import actions_on
from rules.documents import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

HANGS_ON_IT = "whether the policy lets strangers use the key"


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield key policies that let strangers in."""
    for policy in graph.attachments(types.KEY | types.OTHER_KEY, "policy", types.KEY_POLICY, "keyId"):
        document = yield from readable(policy, HANGS_ON_IT)
        if document is None:
            continue
        members = (member for each in document.allows if each.principals for member in each.principals.members)
        services = dict.fromkeys(name for kind, name in members if kind == "Service" and isinstance(name, str))
        strangers = (ANONYMOUS, STRANGER, *map(someone_elses_resource_behind, services))
        reply = find_allowed([document], Question(strangers, actions_on("kms-key"), None))
        if reply.answer is Answer.YES and reply.request:
            caller = reply.request.caller
            who = f"{caller}, for somebody else's resource," if caller.kind == "Service" else f"{caller} of any account"
            yield Violation(policy.holder, policy.property, f"{who} may call {reply.request.action}")
        elif reply.answer is Answer.MAYBE:
            yield Undecided(policy.holder, policy.property, HANGS_ON_IT)


RULE = StackRule(
    id="kms-no-public-key-policy",
    docstring=__doc__,
    severity=Severity.CRITICAL,
    framework="SEC08-BP01; Security Hub KMS.5",
    check=check,
)
