"""IAM policy documents as data: statements that several components share, and their rendering as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Sequence

Statement = dict[str, Any]


def policy_document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Render statements (their values may be outputs) as a JSON document."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(sid: str, actions: Sequence[str], resource: pulumi.Input[str]) -> Statement:
    """Let a role do ``actions`` on one resource."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}


def trust_policy(service: str, of_account: pulumi.Input[str] | None = None) -> pulumi.Output[str]:
    """Let one AWS service, such as ``lambda.amazonaws.com``, assume the role; if asked, for one account's resources."""
    assumed: Statement = {
        "Sid": "AssumedByService",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if of_account is not None:
        assumed["Condition"] = {"StringEquals": {"aws:SourceAccount": of_account}}
    return policy_document([assumed])


def https_only(service: str, resources: pulumi.Input[str] | Sequence[pulumi.Input[str]]) -> Statement:
    """Deny every action of ``service`` on ``resources`` to everyone who comes over plain HTTP.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    """
    return {
        "Sid": "HttpsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"{service}:*",
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
