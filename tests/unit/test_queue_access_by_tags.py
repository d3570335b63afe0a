"""The policies that let callers reach the queues with their tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.queue_access_by_tags import QueueAccessByTags, QueueAccessByTagsArgs
from tests.unit.pulumi_program import ACCOUNT_ID, REGION, Program, run_program

POLICY = "aws:iam/policy:Policy"
TAGS = {"department": "platform", "environment": "shared", "owner": "platform-team"}
LONGEST_MANAGED_POLICY = 6144
"""Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def access(**args: Any) -> Program:
    return run_program(lambda: QueueAccessByTags("access", QueueAccessByTagsArgs(tags=TAGS, **args)))


def test_the_deciding_tags_of_queue_and_caller_must_be_the_same() -> None:
    program = access(deciding_keys=["team", "stage"])
    same = {"aws:ResourceTag/team": "${aws:PrincipalTag/team}", "aws:ResourceTag/stage": "${aws:PrincipalTag/stage}"}
    use = program.statements(POLICY, "access-data-plane")["UseQueuesWithOwnTags"]
    manage = program.statements(POLICY, "access-control-plane")["ManageQueuesWithOwnTags"]
    for statement in (use, manage):
        assert statement["Condition"] == {"StringEquals": same}
        assert statement["Resource"] == f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:*"


def test_a_new_queue_carries_the_callers_tags_the_further_ones_and_no_others() -> None:
    program = access(allowed_values={"owner": ["*-team"]}, optional_keys=["cost-centre"])
    create = program.statements(POLICY, "access-control-plane")["CreateQueuesWithOwnTags"]
    assert create["Action"] == "sqs:CreateQueue"
    assert create["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/department": "${aws:PrincipalTag/department}",
            "aws:RequestTag/environment": "${aws:PrincipalTag/environment}",
        },
        "StringLike": {"aws:RequestTag/owner": ["*-team"]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["department", "environment", "owner", "cost-centre"]},
    }


def test_the_boundary_holds_both_planes_what_it_is_given_and_the_guard() -> None:
    more = {"Sid": "Look", "Effect": "Allow", "Action": "cloudwatch:GetMetricData", "Resource": "*"}
    program = access(within_boundary=[more])
    boundary = program.statements(POLICY, "access-boundary")
    for plane in ("data-plane", "control-plane"):
        assert program.statements(POLICY, f"access-{plane}").items() <= boundary.items()
    assert boundary["Look"] == more
    assert {sid for sid, statement in boundary.items() if statement["Effect"] == "Deny"} == {
        "KeepTagsOfQueues1",
        "KeepTagsOfQueues2",
        "KeepOwnTags",
        "HttpsOnly",
    }


def test_ten_keys_still_fit_into_a_managed_policy() -> None:
    program = access(
        deciding_keys=[f"deciding-{number}" for number in range(5)], allowed_values={key: ["?*"] for key in "abcde"}
    )
    for policy in program.of_type(POLICY).values():
        compact = json.dumps(json.loads(policy.inputs["policy"]), separators=(",", ":"))
        assert len(compact) <= LONGEST_MANAGED_POLICY, policy.name


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"deciding_keys": []}, "every caller would match"),
        ({"deciding_keys": ["aws:team"]}, "'aws:team' is not a tag key"),
        ({"deciding_keys": ["team*"]}, r"'team\*' is not a tag key"),
        ({"deciding_keys": ["team", "Team"]}, "only in case"),
        ({"allowed_values": {"owner": "me"}}, r"allowed_values\['owner'\] must be a list"),
        ({"allowed_values": {"owner": []}}, r"allowed_values\['owner'\] must be a list"),
        ({"allowed_values": {"owner": ["*"]}}, "an empty value included"),
        ({"optional_keys": ["department"]}, "which a new queue must carry"),
    ],
    ids=str,
)
def test_arguments_that_would_decide_nothing_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        QueueAccessByTagsArgs(tags=TAGS, **wrong)
