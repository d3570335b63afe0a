"""Handles of message move tasks; like AWS's they name the queue, so that cancelling can be authorised on it."""

from __future__ import annotations

import base64
import json
import uuid


def handle_of(source_arn: str) -> str:
    """A new task's handle."""
    return base64.b64encode(json.dumps({"taskId": str(uuid.uuid4()), "sourceArn": source_arn}).encode()).decode()


def source_of(handle: str) -> str | None:
    """The ARN of the queue that a handle names; None if it is no handle."""
    try:
        arn = json.loads(base64.b64decode(handle)).get("sourceArn")
    except (ValueError, AttributeError):
        return None
    return arn if isinstance(arn, str) else None
