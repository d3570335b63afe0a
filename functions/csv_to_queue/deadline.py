"""When an invocation must stop taking on work and hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Long enough to send again, with all its backoff, what is under way when time runs short.
MARGIN_MILLISECONDS = 60_000


class Deadline:
    """Lambda's deadline less a margin: a minute, or a third of the time if there is less than three minutes."""

    def __init__(self, remaining_milliseconds: Callable[[], int]) -> None:
        """`remaining_milliseconds` is the context's `get_remaining_time_in_millis`."""
        self._remaining_milliseconds = remaining_milliseconds
        self._margin_milliseconds = min(MARGIN_MILLISECONDS, remaining_milliseconds() // 3)

    def is_near(self) -> bool:
        return self._remaining_milliseconds() <= self._margin_milliseconds
