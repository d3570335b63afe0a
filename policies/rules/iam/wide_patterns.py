"""Which actions, resources and conditions of an Allow statement leave it as wide as it could be.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crossguard.values import UNKNOWN
from iam_documents import matches
from iam_reference import actions_without_resources
from references import Arn

if TYPE_CHECKING:
    from iam_documents import Condition, Statement

WILDCARDS = "*?"
# Services whose ARNs begin with a resource's name; those of all others begin with its kind, as in `table/orders`.
WITHOUT_KINDS = frozenset({"codecommit", "codepipeline", "execute-api", "neptune-db", "s3", "sns", "sqs"})
KINDS_WITHIN = re.compile(r"\b(log-stream|index|stream)\b")

# Patterns of actions that no resource can narrow, and actions that AWS's own guides give every resource.
CUSTOMARY = (
    "cloudwatch:putmetricdata",
    "ec2:assignprivateipaddresses",
    "ec2:createnetworkinterface",
    "ec2:deletenetworkinterface",
    "ec2:describe*",
    "ec2:unassignprivateipaddresses",
    "tag:get*",
    "xray:getsampling*",
    "xray:put*",
)
RESOURCE_TAG = re.compile(r"[a-z0-9-]+:resourcetag/.|kms:resourcealiases$")
REQUEST_TAG = re.compile(r"[a-z0-9-]+:requesttag/.")


def is_every_action(pattern: str) -> bool:
    """Whether a pattern such as ``sqs:*`` stands for all actions of a service, or of all services."""
    return not pattern.rpartition(":")[2].strip(WILDCARDS)


def is_every_resource(pattern: str) -> bool:
    """Whether a pattern names no resource: ``*``, ``arn:aws:sqs:*:*:*``, ``…:table/*``, ``…:log-group:*:*``."""
    arn = Arn.parse(pattern)
    if arn is None:
        return not pattern.rpartition(":")[2].strip(WILDCARDS)
    name = arn.resource
    if arn.service not in WITHOUT_KINDS:
        name = re.split("[/:]", name, maxsplit=1)[-1]
    return not KINDS_WITHIN.sub("", name).strip(f"{WILDCARDS}/:")


def needs_every_resource(action: str) -> bool:
    """Whether an action, or all that a pattern stands for, can be allowed on ``"*"`` only."""
    return action in actions_without_resources() or any(matches(pattern, action) for pattern in CUSTOMARY)


def is_narrowed(statement: Statement) -> bool | None:
    """Whether a condition narrows the statement to tagged resources; None if that is not known yet."""
    answers = [_narrows(condition) for condition in statement.conditions]
    if True in answers:
        return True
    return None if None in answers else False


def _narrows(condition: Condition) -> bool | None:
    operator = condition.operator
    if not condition.key:
        return None
    if operator.name == "Null":
        return REQUEST_TAG.match(condition.key) is not None and condition.values == ("false",)
    if operator.negated or operator.if_exists or operator.quantifier == "all":
        return False
    if REQUEST_TAG.match(condition.key):
        return True
    if not RESOURCE_TAG.match(condition.key):
        return False
    return all(value is UNKNOWN or bool(str(value).strip(WILDCARDS)) for value in condition.values)
