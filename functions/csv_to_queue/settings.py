"""The function's environment, read and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from .records import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Settings:
    """What the program that deploys the function decides."""

    queue_url: str
    receipts_table: str
    function_name: str
    rejects_prefix: str = "rejects/"
    rows_per_message: int = 100
    range_bytes: int = 64 * 1024 * 1024
    block_bytes: int = BLOCK_BYTES
    maximum_parallel_ranges: int = 8

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings. Raises `KeyError` or `ValueError` naming the variable."""
        return cls(
            queue_url=environment["QUEUE_URL"],
            receipts_table=environment["RECEIPTS_TABLE"],
            function_name=environment["AWS_LAMBDA_FUNCTION_NAME"],
            rejects_prefix=environment.get("REJECTS_PREFIX", cls.rejects_prefix),
            rows_per_message=_positive(environment, "ROWS_PER_MESSAGE", cls.rows_per_message),
            range_bytes=_positive(environment, "RANGE_BYTES", cls.range_bytes),
            maximum_parallel_ranges=_positive(environment, "MAXIMUM_PARALLEL_RANGES", cls.maximum_parallel_ranges),
        )


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{name} is {text!r}, it must be a whole number of at least 1")
    return int(text)
