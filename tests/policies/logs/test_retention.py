from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer


def group(**inputs: Any) -> list[Declared]:
    return [Declared("aws:cloudwatch/logGroup:LogGroup", "logs", inputs)]


@table(
    [
        Case("for ever", group(), violations=["logs"]),
        Case("for ever, by zero", group(retentionInDays=0), violations=["logs"]),
        Case("a month", group(retentionInDays=30)),
        Case("longer than allowed", group(retentionInDays=365), violations=["logs"], config={"maximumDays": 90}),
        Case("not known", group(retentionInDays=UNKNOWN), undecided=["logs"]),
        Case("no log group", [queue("orders")]),
    ]
)
def test_retention(pack: Analyzer, case: Case) -> None:
    check(pack, "log-group-retention", case)
