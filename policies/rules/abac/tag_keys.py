"""The tags that decide access, for all rules on them."""

from __future__ import annotations

from typing import Any, Final

DEFAULT_TAG_KEYS: Final = ("department", "environment", "owner")
TAG_KEYS_CONFIG: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "default": list(DEFAULT_TAG_KEYS),
    "description": "The tag keys that decide access; case counts",
}
