"""Numbers as programs and documents give them."""

from __future__ import annotations

from typing import Any

from crossguard.values import Unknown

SECONDS_PER_DAY = 86_400


def whole_number(value: Any) -> int | Unknown | None:
    """The whole number that a number or its text is; None for anything else; `UNKNOWN` stays so."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isdecimal() else None
    if isinstance(value, (int, float)):
        return int(value) if value == int(value) else None
    return None


def number_or(value: Any, default: int) -> int | Unknown:
    """The same, with the provider's default for what isn't given or is no number."""
    number = whole_number(value)
    return default if number is None else number


def days(seconds: int) -> str:
    """Seconds in words, such as "345,600 s (4 days)"."""
    return f"{seconds:,} s ({seconds / SECONDS_PER_DAY:g} days)"
