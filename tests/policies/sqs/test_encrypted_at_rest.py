"""Rule sqs-encrypted-at-rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.policies.analyzer import UNKNOWN, Declared, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

RULE = "sqs-encrypted-at-rest"


def orders(**inputs: Any) -> list[Declared]:
    return [queue("orders", inputs)]


@table(
    [
        Case("accepts SSE-SQS", orders(sqsManagedSseEnabled=True)),
        Case("accepts the AWS managed key", orders(kmsMasterKeyId="alias/aws/sqs")),
        Case("accepts a key whose id is not known yet", orders(kmsMasterKeyId=UNKNOWN)),
        Case("accepts a key with SSE-SQS explicitly off", orders(kmsMasterKeyId="k", sqsManagedSseEnabled=False)),
        Case("rejects silence", orders(), ["orders"], says="neither SSE-SQS nor a KMS key"),
        Case("rejects an explicit false", orders(sqsManagedSseEnabled=False), ["orders"], says="switched off"),
        Case("rejects an empty key id", orders(kmsMasterKeyId=" "), ["orders"], says="property `kmsMasterKeyId`"),
        Case("rejects both at once", orders(kmsMasterKeyId="k", sqsManagedSseEnabled=True), ["orders"]),
        Case(
            "rejects both at once with an unknown key",
            orders(kmsMasterKeyId=UNKNOWN, sqsManagedSseEnabled=True),
            ["orders"],
        ),
        Case("cannot decide on an unknown switch", orders(sqsManagedSseEnabled=UNKNOWN), undecided=["orders"]),
        Case("leaves other resources alone", [Declared("aws:s3/bucket:Bucket", "uploads")]),
    ]
)
def test_encryption_at_rest(pack: Analyzer, case: Case) -> None:
    check(pack, RULE, case)


@pytest.mark.parametrize("inputs", [{}, {"sqsManagedSseEnabled": False}, {"kmsMasterKeyId": ""}])
def test_remediation_switches_sse_sqs_on(pack: Analyzer, inputs: dict[str, Any]) -> None:
    answer = pack.remediate(queue("orders", inputs), {RULE: {"enforcementLevel": "remediate"}})
    (remediation,) = answer.remediations
    assert remediation.policyName == RULE
    assert dict(remediation.properties.items()) == {"name": "orders", "sqsManagedSseEnabled": True}


@pytest.mark.parametrize("inputs", [{"sqsManagedSseEnabled": True}, {"kmsMasterKeyId": UNKNOWN}])
def test_remediation_leaves_encrypted_queues_alone(pack: Analyzer, inputs: dict[str, Any]) -> None:
    assert not pack.remediate(queue("orders", inputs), {RULE: {"enforcementLevel": "remediate"}}).remediations


def test_remediation_does_nothing_unless_configured(pack: Analyzer) -> None:
    assert not pack.remediate(queue("orders"), {}).remediations
