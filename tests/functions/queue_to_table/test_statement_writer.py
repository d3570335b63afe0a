"""Many rows a call, and the outcomes that one call for each row would have."""

# ruff: noqa: S311 - random, but repeatable

from __future__ import annotations

import random

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_updates.row import Row
from queue_to_table.coalesce import Candidate
from queue_to_table.outcome import Outcome
from queue_to_table.statement_writer import MAXIMUM_ATTEMPTS, StatementWriter
from queue_to_table.table_writer import TableWriter

from tests.functions.fakes import Calls, FakeDynamoDB, client_error


def candidate(number: int, version: int = 1) -> Candidate:
    row = Row(f"P{number}", "London", str(version), "2026-01-01T00:00:00Z", 2)
    return Candidate(row, f"2026-01-01T00:00:00#{version:04d}", ("m",))


def writer(dynamodb: FakeDynamoDB) -> StatementWriter:
    return StatementWriter(dynamodb, "inventory", sleep=lambda _: None)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, 8), st.integers(1, 5), min_size=1, max_size=8), max_size=8))
def test_the_outcomes_are_those_of_one_call_for_each_row(batches: list[dict[int, int]]) -> None:
    one, many = FakeDynamoDB(Calls()), FakeDynamoDB(Calls())
    one_by_one, together = TableWriter(one, "inventory"), writer(many)
    for batch in batches:
        candidates = [candidate(number, version) for number, version in batch.items()]
        assert together.write(candidates) == one_by_one.write(candidates)
    assert many.tables == one.tables


def test_a_table_that_knows_all_keys_or_none_costs_one_statement_a_row() -> None:
    dynamodb = FakeDynamoDB(Calls())
    together = writer(dynamodb)
    for version in (1, 2):
        for first in range(0, 250, 25):
            together.write([candidate(number, version) for number in range(first, first + 25)])
    # One wrong guess when the table turned out to be new, and one when it turned out not to be.
    assert dynamodb.calls.counts == {"BatchExecuteStatement": 22}


def test_throttled_rows_are_tried_again_and_the_others_are_not() -> None:
    dynamodb = FakeDynamoDB(Calls())
    rng = random.Random(1)
    dynamodb.statement_fault = lambda: "ProvisionedThroughputExceeded" if rng.random() < 0.3 else None
    assert set(writer(dynamodb).write([candidate(number) for number in range(25)])) == {(Outcome.APPLIED, "")}
    assert len(dynamodb.tables["inventory"]) == 25


def test_rows_that_stay_throttled_come_again() -> None:
    dynamodb = FakeDynamoDB(Calls())
    dynamodb.statement_fault = lambda: "ThrottlingError"
    assert writer(dynamodb).write([candidate(1)]) == [(Outcome.TRY_AGAIN, "ThrottlingError")]
    assert dynamodb.calls.counts["BatchExecuteStatement"] == MAXIMUM_ATTEMPTS


@pytest.mark.parametrize("code", ["AccessDenied", "ResourceNotFound"])
def test_what_an_operator_must_mend_is_not_the_fault_of_the_row(code: str) -> None:
    dynamodb = FakeDynamoDB(Calls())
    dynamodb.statement_fault = lambda: code
    assert writer(dynamodb).write([candidate(1)]) == [(Outcome.TRY_AGAIN, code)]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (client_error("AccessDeniedException"), "AccessDeniedException"),
        (ReadTimeoutError(endpoint_url="u"), "ReadTimeoutError"),
    ],
)
def test_a_call_that_fails_as_a_whole_brings_all_its_rows_again(error: Exception, reason: str) -> None:
    def fail(*_: str) -> None:
        raise error

    outcomes = writer(FakeDynamoDB(Calls(fail))).write([candidate(1), candidate(2)])
    assert outcomes == [(Outcome.TRY_AGAIN, reason)] * 2


def test_a_row_that_spoils_the_whole_call_is_found_and_the_others_go_through() -> None:
    dynamodb = FakeDynamoDB(Calls())

    def refuse_call(operation: str, _: str) -> None:
        if operation == "BatchExecuteStatement":
            raise client_error("ValidationException")

    dynamodb.calls.fault = refuse_call
    dynamodb.poison = {("P1", "London")}
    outcomes = writer(dynamodb).write([candidate(number) for number in range(3)])
    assert [outcome for outcome, _ in outcomes] == [Outcome.APPLIED, Outcome.NEVER_APPLICABLE, Outcome.APPLIED]


def test_an_item_that_somebody_else_made_is_taken_over_as_by_a_single_call() -> None:
    dynamodb = FakeDynamoDB(Calls())
    item = {"product_id": {"S": "P1"}, "location": {"S": "London"}, "colour": {"S": "red"}}
    dynamodb.tables["inventory"]["P1", "London"] = item
    assert writer(dynamodb).write([candidate(1)]) == [(Outcome.APPLIED, "")]
    assert dynamodb.tables["inventory"]["P1", "London"]["colour"] == {"S": "red"}
    assert dynamodb.tables["inventory"]["P1", "London"]["quantity"] == {"N": "1"}
