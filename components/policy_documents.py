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


def trust_policy(service: str) -> pulumi.Output[str]:
    """Let one AWS service, such as ``lambda.amazonaws.com``, assume the role."""
    return policy_document(
        [
            {
                "Sid": "AssumedByService",
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }
        ]
    )


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
