"""The queue to the table, one new item a message."""

from __future__ import annotations

import json
import uuid
from typing import Any

import boto3


def lambda_handler(event: dict[str, Any], table_name: str) -> None:
    """Put every message as an item under a random id."""
    table = boto3.resource("dynamodb").Table(table_name)
    for record in event["Records"]:
        row = json.loads(record["body"])
        table.put_item(
            Item={
                "id": str(uuid.uuid4()),
                "product_id": row["product_id"],
                "location": row["location"],
                "quantity": row["quantity"],
                "update_date": row["update_date"],
            }
        )
