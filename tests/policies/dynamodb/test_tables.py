from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer


def dynamodb_table(**inputs: Any) -> list[Declared]:
    return [Declared("aws:dynamodb/table:Table", "rows", {"name": "rows", **inputs})]


def switched(name: str) -> list[Case]:
    return [
        Case("missing", dynamodb_table(), violations=["rows"]),
        Case("off", dynamodb_table(**{name: {"enabled": False}}), violations=["rows"]),
        Case("on", dynamodb_table(**{name: {"enabled": True}})),
        Case("not known", dynamodb_table(**{name: {"enabled": UNKNOWN}}), undecided=["rows"]),
        Case("no table", [queue("orders")]),
    ]


@table(switched("serverSideEncryption"))
def test_encrypted(pack: Analyzer, case: Case) -> None:
    check(pack, "dynamodb-encrypted", case)


@table(switched("pointInTimeRecovery"))
def test_point_in_time_recovery(pack: Analyzer, case: Case) -> None:
    check(pack, "dynamodb-point-in-time-recovery", case)
