"""JSON documents as programs hand them over: text, or the object itself."""

from __future__ import annotations

import json
from typing import Any

from crossguard.values import UNKNOWN


def parse_json(value: Any) -> tuple[Any, str | None]:
    """The document and what is wrong with it.

    Returns:
        ``(document, None)``; ``(UNKNOWN, None)`` while the text is not known; ``(None, fault)`` for text that is no
        JSON, where the fault names line and column.
    """
    if value is UNKNOWN or not isinstance(value, str):
        return value, None
    try:
        return json.loads(value), None
    except json.JSONDecodeError as error:
        return None, f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
