"""What can become of a row, and what writes rows."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .coalesce import Candidate


class Outcome(Enum):
    """What became of a row."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    NEVER_APPLICABLE = "never applicable"
    TRY_AGAIN = "try again"


# The outcome and, of a failure, the error's code.
Written = tuple[Outcome, str]


class Writer(Protocol):
    """Writes rows of different keys, `rows_per_call` at most at a time, each unless the table has a newer one."""

    rows_per_call: int

    def write(self, candidates: Sequence[Candidate]) -> list[Written]:
        """Return the rows' outcomes in order. Raises nothing of AWS."""
        ...
