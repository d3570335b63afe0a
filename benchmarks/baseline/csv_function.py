"""The file to the queue, one row a message."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import boto3


def lambda_handler(event: dict[str, Any], queue_url: str) -> int:
    """Send every row of the first record's object; return how many."""
    s3 = boto3.client("s3")
    sqs: Any = boto3.client("sqs")
    record = event["Records"][0]
    answer = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=record["s3"]["object"]["key"])
    content = answer["Body"].read().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    for first in range(0, len(rows), 10):
        batch = enumerate(rows[first : first + 10])
        entries = [{"Id": str(number), "MessageBody": json.dumps(row)} for number, row in batch]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    return len(rows)
