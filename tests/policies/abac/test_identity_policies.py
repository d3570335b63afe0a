"""Rules on what identity policies let their holders do: abac-tag-on-create, abac-tag-condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.policies.analyzer import UNKNOWN, Declared, arn
from tests.policies.cases import Case, check, table
from tests.policies.documents import document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

CREATE, CONDITION = "abac-tag-on-create", "abac-tag-condition"
KEYS = ["department", "environment", "owner"]
TAGS = {f"aws:RequestTag/{key}": "?*" for key in KEYS}
ONLY = {"ForAllValues:StringEquals": {"aws:TagKeys": KEYS}}
MATCHING = {"StringEquals": {"aws:ResourceTag/department": "${aws:PrincipalTag/department}"}}

OWN_TAGS = {"StringEquals": {"aws:RequestTag/department": "${aws:PrincipalTag/department}"}}


def holder(*statements: dict[str, Any], type_: str = "aws:iam/policy:Policy") -> list[Declared]:
    return [Declared(type_, "policy", {"policy": document(*statements)})]


def allow(action: Any = "sqs:CreateQueue", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition, **more}
    return {name: value for name, value in statement.items() if value is not None}


@table(
    [
        Case("accepts all tags and no others", holder(allow(condition={"StringLike": TAGS, **ONLY}))),
        Case("accepts presence of the tags", holder(allow(condition={"Null": dict.fromkeys(TAGS, "false"), **ONLY}))),
        Case(
            "accepts tags equal to the caller's",
            holder(
                allow(
                    condition={
                        "StringEquals": {f"aws:RequestTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in KEYS},
                        **ONLY,
                    }
                )
            ),
        ),
        Case(
            "accepts Denies for what is missing",
            holder(
                allow(condition=ONLY),
                *(allow(condition={"Null": {f"aws:RequestTag/{key}": "true"}}, Effect="Deny") for key in KEYS),
            ),
        ),
        Case("accepts a Deny of it", holder(allow("sqs:*"), allow(Effect="Deny"))),
        Case("accepts policies of other services", holder(allow("dynamodb:*"))),
        Case(
            "accepts other tag keys if configured",
            holder(allow(condition={"StringLike": TAGS})),
            config={"limitTagKeys": False},
        ),
        Case(
            "takes the keys from the configuration",
            holder(
                allow(
                    condition={
                        "StringLike": {"aws:RequestTag/team": "*"},
                        "ForAllValues:StringEquals": {"aws:TagKeys": "team"},
                    }
                )
            ),
            config={"keys": ["team"]},
        ),
        Case("rejects creation without condition", holder(allow()), ["policy"], says="without the tag 'department'"),
        Case("rejects a wildcard", holder(allow("sqs:*")), ["policy"]),
        Case("rejects everything but", holder({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), ["policy"]),
        Case(
            "rejects one tag of three",
            holder(allow(condition={"StringLike": {"aws:RequestTag/owner": "*"}, **ONLY})),
            ["policy"],
            says="'environment'",
        ),
        Case("rejects tags if they exist", holder(allow(condition={"StringLikeIfExists": TAGS, **ONLY})), ["policy"]),
        Case("rejects only a limit on keys, which no keys satisfy", holder(allow(condition=ONLY)), ["policy"]),
        Case(
            "rejects tags of the resource instead",
            holder(allow(condition={"StringLike": {f"aws:ResourceTag/{key}": "*" for key in KEYS}})),
            ["policy"],
        ),
        Case(
            "rejects keys in another case",
            holder(allow(condition={"StringLike": TAGS})),
            ["policy"],
            says="limit aws:TagKeys",
        ),
        Case(
            "rejects a limit that any one key satisfies",
            holder(allow(condition={"StringLike": TAGS, "ForAllValues:StringLike": {"aws:TagKeys": "*"}})),
            ["policy"],
        ),
        Case(
            "rejects a malformed policy",
            [Declared("aws:iam/policy:Policy", "policy", {"policy": "nonsense"})],
            ["policy"],
            says="not valid JSON",
        ),
        Case(
            "cannot decide on an unknown policy",
            [Declared("aws:iam/policy:Policy", "policy", {"policy": UNKNOWN})],
            undecided=["policy"],
        ),
        Case(
            "leaves resource policies alone",
            [Declared("aws:sqs/queuePolicy:QueuePolicy", "policy", {"policy": document(allow())})],
        ),
    ]
)
def test_tag_on_create(pack: Analyzer, case: Case) -> None:
    check(pack, CREATE, case)


SEND = "sqs:SendMessage"


@table(
    [
        Case("accepts a named queue", holder(allow(SEND, arn("sqs", "orders")))),
        Case("accepts a named queue in any region", holder(allow(SEND, "arn:aws:sqs:*:111122223333:orders"))),
        Case("accepts matching tags", holder(allow(["sqs:SendMessage", "sqs:ReceiveMessage"], condition=MATCHING))),
        Case(
            "accepts a fixed tag of the resource",
            holder(allow(SEND, condition={"StringEquals": {"aws:ResourceTag/department": "inventory"}})),
        ),
        Case(
            "accepts a Deny for what does not match",
            holder(allow(SEND), allow("sqs:*", condition={"StringNotEquals": MATCHING["StringEquals"]}, Effect="Deny")),
        ),
        Case("accepts creation, which is another rule's", holder(allow("sqs:CreateQueue"))),
        Case("accepts listing", holder(allow(["sqs:ListQueues", "sqs:GetQueueUrl"]))),
        Case("accepts other services", holder(allow("sns:*"))),
        Case("accepts tagging of matching queues", holder(allow("sqs:TagQueue", condition=MATCHING))),
        Case(
            "accepts tagging with other keys",
            holder(allow("sqs:TagQueue", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["cost"]}})),
        ),
        Case("rejects all queues", holder(allow(SEND)), ["policy"], says="on queues (all) whose tags do not match"),
        Case("rejects a pattern of queues", holder(allow(SEND, "arn:aws:sqs:*:111122223333:*")), ["policy"]),
        Case("rejects queues by a prefix", holder(allow(SEND, arn("sqs", "orders-*"))), ["policy"], says="orders-"),
        Case("accepts a prefix with matching tags", holder(allow(SEND, arn("sqs", "orders-*"), MATCHING))),
        Case("rejects everything", holder(allow("*")), ["policy"]),
        Case(
            "rejects tags of the caller alone",
            holder(allow(SEND, condition={"StringEquals": {"aws:PrincipalTag/department": "inventory"}})),
            ["policy"],
        ),
        Case(
            "rejects a tag that the request sets",
            holder(
                allow(SEND, condition={"StringEquals": {"aws:RequestTag/department": "${aws:PrincipalTag/department}"}})
            ),
            ["policy"],
        ),
        Case(
            "rejects any tag of the resource",
            holder(allow(SEND, condition={"StringLike": {"aws:ResourceTag/department": "*"}})),
            ["policy"],
        ),
        Case(
            "rejects matching tags if they exist",
            holder(allow(SEND, condition={"StringEqualsIfExists": MATCHING["StringEquals"]})),
            ["policy"],
        ),
        Case(
            "rejects the presence of a tag",
            holder(allow(SEND, condition={"Null": {"aws:ResourceTag/department": "false"}})),
            ["policy"],
        ),
        Case(
            "rejects tagging of all queues",
            holder(allow("sqs:TagQueue")),
            ["policy"],
            says="sqs:TagQueue is allowed on the tag 'department'",
        ),
        Case(
            "rejects untagging of a named queue",
            holder(allow("sqs:UntagQueue", arn("sqs", "orders"))),
            ["policy"],
            says="sqs:UntagQueue",
        ),
        Case("rejects tagging of roles", holder(allow("iam:TagRole")), ["policy"], says="iam:TagRole"),
        Case(
            "rejects tagging of everything by another service",
            holder(allow("tag:*")),
            ["policy"],
            says="tag:TagResources",
        ),
        Case(
            "rejects a limit that lets a deciding tag through",
            holder(allow("sqs:TagQueue", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["cost", "owner"]}})),
            ["policy"],
            says="'owner'",
        ),
        Case(
            "cannot decide on an unknown policy",
            [Declared("aws:iam/policy:Policy", "policy", {"policy": UNKNOWN})],
            undecided=["policy"],
        ),
        Case(
            "cannot decide on an unknown resource",
            [Declared("aws:iam/policy:Policy", "policy", {"policy": {"Statement": allow(SEND, [UNKNOWN])}})],
            undecided=["policy"],
        ),
        Case("rejects a malformed policy", holder(allow(None)), ["policy"], says="Statement[0].Action"),
        Case(
            "accepts the caller's tags on a queue without tags, which creating it takes",
            holder(allow("sqs:TagQueue", condition={**OWN_TAGS, "Null": {"aws:ResourceTag/department": "true"}})),
        ),
        Case(
            "rejects the caller's tags on any queue",
            holder(allow("sqs:TagQueue", condition=OWN_TAGS)),
            ["policy"],
            says="sqs:TagQueue is allowed on the tag 'environment'",
        ),
        Case(
            "rejects any tags on a queue without tags",
            holder(allow("sqs:TagQueue", condition={"Null": {"aws:ResourceTag/department": "true"}})),
            ["policy"],
            says="sqs:TagQueue is allowed on the tag 'department'",
        ),
    ]
)
def test_tag_condition(pack: Analyzer, case: Case) -> None:
    check(pack, CONDITION, case)


@pytest.mark.parametrize(
    "type_", ["aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"]
)
def test_policies_of_all_identities_are_judged(pack: Analyzer, type_: str) -> None:
    check(pack, CONDITION, Case("", holder(allow(SEND), type_=type_), ["policy"]))


def test_inline_policies_of_roles_are_judged(pack: Analyzer) -> None:
    role = Declared("aws:iam/role:Role", "role", {"inlinePolicies": [{"name": "p", "policy": document(allow(SEND))}]})
    check(pack, CONDITION, Case("", [role], ["role"], says="inlinePolicies[0].policy"))


def test_permission_sets_are_judged(pack: Analyzer) -> None:
    type_ = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"
    check(pack, CREATE, Case("", [Declared(type_, "set", {"inlinePolicy": document(allow())})], ["set"]))
