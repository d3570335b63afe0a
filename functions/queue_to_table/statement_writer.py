"""Writes up to 25 rows a call, with the same conditions and outcomes as one call for each row.

PartiQL has no statement that makes or changes an item, so one of two is tried first: whichever the last call found to
be right for most rows. A wrong guess costs a second statement and a second write unit, so a table that mostly knows the
products, or mostly doesn't, costs hardly more than one each.
See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from .outcome import Outcome
from .table_writer import TableWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .coalesce import Candidate
    from .outcome import Written

MAXIMUM_STATEMENTS = 25
MAXIMUM_ATTEMPTS = 8
FIRST_BACKOFF_SECONDS = 0.05
_TRANSIENT = {
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "InternalServerError",
    "TransactionConflict",
}
_FAULTS_OF_THE_ROW = {"ValidationError", "ItemCollectionSizeLimitExceeded"}


class StatementWriter:
    """Writes to the inventory table with a low-level DynamoDB client, which may be used by several threads."""

    rows_per_call = MAXIMUM_STATEMENTS

    def __init__(self, client: Any, table: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._one_by_one = TableWriter(client, table)
        self._sleep = sleep
        # The table's name comes from the function's environment, every value is a parameter.
        self._update = (
            f'UPDATE "{table}" SET "quantity"=? SET "update_date"=? SET "version"=? '  # noqa: S608
            'WHERE "product_id"=? AND "location"=? AND "version"<?'
        )
        self._insert = (
            f"INSERT INTO \"{table}\" VALUE {{'quantity': ?, 'update_date': ?, 'version': ?, "
            "'product_id': ?, 'location': ?}"
        )
        self._first = self._update

    def write(self, candidates: Sequence[Candidate]) -> list[Written]:  # noqa: C901 - every answer that DynamoDB may give
        """Write rows of different keys; return their outcomes in order. Raises nothing of AWS."""
        written: dict[int, Written] = {}
        statements = dict.fromkeys(range(len(candidates)), self._first)
        code = ""
        for attempt in range(MAXIMUM_ATTEMPTS):
            if attempt and code:
                self._sleep(random.uniform(0, FIRST_BACKOFF_SECONDS * 2**attempt))  # noqa: S311 - jitter, not secrecy
            open_rows = [number for number in statements if number not in written]
            try:
                answers = self._execute([(candidates[number], statements[number]) for number in open_rows])
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ValidationException":  # of one row, which the answer does not name
                    return self._rest(candidates, written)
                written |= dict.fromkeys(open_rows, (Outcome.TRY_AGAIN, code))
                break
            except BotoCoreError as error:
                written |= dict.fromkeys(open_rows, (Outcome.TRY_AGAIN, type(error).__name__))
                break
            code = ""
            guessed_wrong = 0
            for number, answer in zip(open_rows, answers, strict=True):
                outcome = self._outcome(candidates[number], answer.get("Error"))
                if outcome is not None:
                    written[number] = outcome
                elif answer["Error"]["Code"] in _TRANSIENT:
                    code = answer["Error"]["Code"]
                else:
                    guessed_wrong += 1
                    statements[number] = self._other(statements[number])
            if attempt == 0:
                self._learn(guessed_wrong, len(open_rows))
            if len(written) == len(candidates):
                break
        return [written.get(number, (Outcome.TRY_AGAIN, code or "Contention")) for number in range(len(candidates))]

    def _other(self, statement: str) -> str:
        return self._insert if statement == self._update else self._update

    def _learn(self, guessed_wrong: int, guessed: int) -> None:
        """Begin with the other statement next time if that would have been right for most rows."""
        if 2 * guessed_wrong > guessed:
            self._first = self._other(self._first)

    def _execute(self, rows: Sequence[tuple[Candidate, str]]) -> list[dict[str, Any]]:
        statements = []
        for candidate, statement in rows:
            row = candidate.row
            texts = [row.update_date, candidate.version, row.product_id, row.location]
            parameters: list[dict[str, str]] = [{"N": row.quantity}, *({"S": text} for text in texts)]
            request: dict[str, Any] = {"Statement": statement, "Parameters": parameters}
            if statement == self._update:
                parameters.append({"S": candidate.version})
                request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            statements.append(request)
        answers: list[dict[str, Any]] = self._client.batch_execute_statement(Statements=statements)["Responses"]
        return answers

    def _outcome(self, candidate: Candidate, error: dict[str, Any] | None) -> Written | None:
        """Return a row's outcome, or None if another statement or another attempt is needed."""
        if error is None:
            return Outcome.APPLIED, ""
        code = error["Code"]
        if code == "ConditionalCheckFailed" and error.get("Item"):
            there = error["Item"].get("version", {}).get("S")
            if there is None:  # somebody else made this item
                return self._one_by_one.write([candidate])[0]
            return (Outcome.APPLIED if there == candidate.version else Outcome.SUPERSEDED), ""
        if code in _FAULTS_OF_THE_ROW:
            return Outcome.NEVER_APPLICABLE, code
        if code in _TRANSIENT or code in {"ConditionalCheckFailed", "DuplicateItem"}:
            return None
        return Outcome.TRY_AGAIN, code

    def _rest(self, candidates: Sequence[Candidate], written: dict[int, Written]) -> list[Written]:
        """Write one by one what is open, so that the row at fault is found."""
        return [
            written[number] if number in written else self._one_by_one.write([candidate])[0]
            for number, candidate in enumerate(candidates)
        ]
