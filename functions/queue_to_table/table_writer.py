"""Writes a row if it is newer than what the table has; nothing else about order or repetition matters then.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html (conditional updates).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from inventory_updates.receipts import condition_failed

from .outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .coalesce import Candidate
    from .outcome import Written


# Faults of the row itself: DynamoDB would refuse it for ever. Everything else may pass, or be mended by an operator.
_FAULTS_OF_THE_ROW = {"ValidationException", "ItemCollectionSizeLimitExceededException"}


class TableWriter:
    """Writes to the inventory table with a low-level DynamoDB client, which may be used by several threads."""

    rows_per_call = 1

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def write(self, candidates: Sequence[Candidate]) -> list[Written]:
        """Write rows of different keys; return their outcomes in order. Raises nothing of AWS.

        A row that is there already, in this very version, was applied by an earlier delivery.
        """
        return [self._write(candidate) for candidate in candidates]

    def _write(self, candidate: Candidate) -> Written:
        row = candidate.row
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"product_id": {"S": row.product_id}, "location": {"S": row.location}},
                UpdateExpression="SET #quantity = :quantity, #update_date = :update_date, #version = :version",
                ConditionExpression="attribute_not_exists(#version) OR #version < :version",
                ExpressionAttributeNames={
                    "#quantity": "quantity",
                    "#update_date": "update_date",
                    "#version": "version",
                },
                ExpressionAttributeValues={
                    ":quantity": {"N": row.quantity},
                    ":update_date": {"S": row.update_date},
                    ":version": {"S": candidate.version},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if condition_failed(error):
                there: Any = error.response.get("Item", {})
                same = there.get("version", {}).get("S") == candidate.version
                return (Outcome.APPLIED if same else Outcome.SUPERSEDED), ""
            return (Outcome.NEVER_APPLICABLE if code in _FAULTS_OF_THE_ROW else Outcome.TRY_AGAIN), code
        except BotoCoreError as error:
            return Outcome.TRY_AGAIN, type(error).__name__
        return Outcome.APPLIED, ""
