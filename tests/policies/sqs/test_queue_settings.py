"""Rules on single settings: customer-managed key, long polling, retention bounds, FIFO deduplication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

ON = {"enforcementLevel": "mandatory"}
FIFO = {"fifoQueue": True}
DAY = 86_400


def orders(**inputs: Any) -> list[Declared]:
    return [queue("orders", inputs)]


@table(
    [
        Case("is off by default", orders()),
        Case("accepts an own key", orders(kmsMasterKeyId="arn:aws:kms:eu-west-1:1:key/1"), config=ON),
        Case("accepts an own alias", orders(kmsMasterKeyId="alias/orders"), config=ON),
        Case("accepts a key that is not known yet", orders(kmsMasterKeyId=UNKNOWN), config=ON),
        Case("rejects none", orders(sqsManagedSseEnabled=True), ["orders"], config=ON, says="no KMS key"),
        Case("rejects an empty one", orders(kmsMasterKeyId=""), ["orders"], config=ON),
        Case("rejects the alias of AWS", orders(kmsMasterKeyId="alias/aws/sqs"), ["orders"], config=ON),
        Case(
            "rejects the alias of AWS as an ARN",
            orders(kmsMasterKeyId="arn:aws:kms:eu-west-1:1:alias/aws/sqs"),
            ["orders"],
            config=ON,
        ),
        Case(
            "rejects a short reuse", orders(kmsMasterKeyId="k", kmsDataKeyReusePeriodSeconds=59), ["orders"], config=ON
        ),
        Case(
            "rejects a long reuse",
            orders(kmsMasterKeyId="k", kmsDataKeyReusePeriodSeconds=86_401),
            ["orders"],
            config=ON,
        ),
        Case(
            "takes the longest reuse from the configuration",
            orders(kmsMasterKeyId="k", kmsDataKeyReusePeriodSeconds=3_600),
            ["orders"],
            config={**ON, "maximumReuseSeconds": 600},
        ),
        Case(
            "cannot decide on an unknown reuse",
            orders(kmsMasterKeyId="k", kmsDataKeyReusePeriodSeconds=UNKNOWN),
            undecided=["orders"],
            config=ON,
        ),
        Case("leaves other resources alone", [Declared("aws:s3/bucket:Bucket", "b")], config=ON),
    ]
)
def test_customer_managed_key(pack: Analyzer, case: Case) -> None:
    check(pack, "sqs-customer-managed-key", case)


@table(
    [
        Case("accepts 20 seconds", orders(receiveWaitTimeSeconds=20)),
        Case("accepts a second", orders(receiveWaitTimeSeconds="1")),
        Case("rejects the default", orders(), ["orders"], says="is 0 s, less than 1 s"),
        Case("rejects 0", orders(receiveWaitTimeSeconds=0), ["orders"]),
        Case(
            "takes the minimum from the configuration",
            orders(receiveWaitTimeSeconds=5),
            ["orders"],
            config={"minimumSeconds": 10},
        ),
        Case("cannot decide on an unknown time", orders(receiveWaitTimeSeconds=UNKNOWN), undecided=["orders"]),
        Case("leaves other resources alone", [Declared("aws:s3/bucket:Bucket", "b")]),
    ]
)
def test_long_polling(pack: Analyzer, case: Case) -> None:
    check(pack, "sqs-long-polling", case)


@table(
    [
        Case("accepts the default", orders()),
        Case("accepts 14 days", orders(messageRetentionSeconds=14 * DAY)),
        Case("rejects a minute", orders(messageRetentionSeconds=60), ["orders"], says="less than 1 days"),
        Case(
            "rejects more than the configured days",
            orders(messageRetentionSeconds=5 * DAY),
            ["orders"],
            config={"maximumDays": 4},
        ),
        Case("cannot decide on an unknown retention", orders(messageRetentionSeconds=UNKNOWN), undecided=["orders"]),
        Case("leaves other resources alone", [Declared("aws:s3/bucket:Bucket", "b")]),
    ]
)
def test_retention_bounds(pack: Analyzer, case: Case) -> None:
    check(pack, "sqs-retention-bounds", case)


@table(
    [
        Case("accepts a standard queue", orders()),
        Case("accepts deduplication by content", orders(**FIFO, contentBasedDeduplication=True)),
        Case(
            "accepts high throughput",
            orders(
                **FIFO,
                contentBasedDeduplication=True,
                fifoThroughputLimit="perMessageGroupId",
                deduplicationScope="messageGroup",
            ),
        ),
        Case("rejects a FIFO queue without", orders(**FIFO), ["orders"]),
        Case(
            "rejects it on a standard queue",
            orders(contentBasedDeduplication=True),
            ["orders"],
            says="is not a FIFO queue",
        ),
        Case(
            "rejects throughput by group with deduplication by queue",
            orders(**FIFO, contentBasedDeduplication=True, fifoThroughputLimit="perMessageGroupId"),
            ["orders"],
            says="deduplicationScope",
        ),
        Case("cannot decide on an unknown type", orders(fifoQueue=UNKNOWN), undecided=["orders"]),
        Case(
            "cannot decide on an unknown setting",
            orders(**FIFO, contentBasedDeduplication=UNKNOWN),
            undecided=["orders"],
        ),
    ]
)
def test_fifo_deduplication(pack: Analyzer, case: Case) -> None:
    check(pack, "sqs-fifo-deduplication", case)
