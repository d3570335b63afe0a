"""JSON documents as programs hand them over: text, or the object itself."""

from __future__ import annotations

import json
from typing import Any

from crossguard.values import UNKNOWN


def parse_json(value: Any) -> tuple[Any, str | None]:
    """The document and what is wrong with it.

    Returns:
        ``(document, None)``; ``(UNKNOWN, None)`` while the text is not known; ``(None, fault)`` for text that is no
        JSON, where the fault names line and column, or that has a key twice.
    """
    if value is UNKNOWN or not isinstance(value, str):
        return value, None
    try:
        return json.loads(value, object_pairs_hook=_object), None
    except json.JSONDecodeError as error:
        return None, f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except _TwiceError as error:
        return None, f"not valid JSON: the key {error} is there twice"
    except RecursionError:
        return None, "not valid JSON: nested too deeply"


class _TwiceError(Exception):
    """A key that an object has twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(repr(key) for key in keys if keys.count(key) > 1))
    return found
