"""Who ought to be let do what, written by hand from the requirement, not from the policies.

Whatever no line here lets through has to be refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.access.cells import Cell

MESSAGES: Final = frozenset({"SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue"})
LOOKING: Final = frozenset({"GetQueueAttributes", "GetQueueUrl"})
MANAGING: Final = frozenset(
    {"DeleteQueue", "SetQueueAttributes", "ListQueueTags", "TagQueue cost-centre", "UntagQueue cost-centre"}
)
REDRIVING: Final = frozenset(
    {"StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask", "ListDeadLetterSourceQueues"}
)
OPERATING: Final = MESSAGES | LOOKING | MANAGING | REDRIVING
CREATING: Final = frozenset({"CreateQueue", "TagQueue on creation"})
GROUPS: Final = {"using and managing": OPERATING, "creating": CREATING}
PIPELINE: Final = frozenset({"updates", "dead-letter", "failures"})
HTTPS: Final = frozenset({"https"})


@dataclass(frozen=True)
class LetThrough:
    """One line of the requirement: callers, what they may do, on which queues; None is any."""

    why: str
    callers: frozenset[str]
    asks: frozenset[str] | None
    queues: frozenset[str] | None
    transports: frozenset[str] = HTTPS

    def covers(self, cell: Cell) -> bool:
        return (
            cell.caller in self.callers
            and (self.asks is None or cell.ask in self.asks)
            and (self.queues is None or cell.queue in self.queues)
            and cell.transport in self.transports
        )


def _line(why: str, caller: str, asks: set[str] | frozenset[str], *queues: str) -> LetThrough:
    return LetThrough(why, frozenset({caller}), frozenset(asks), frozenset(queues))


REQUIREMENT: Final = (
    _line("it sends the rows", "csv_to_queue", {"SendMessage"}, "updates"),
    _line("Lambda puts what fails for good there, as the function", "csv_to_queue", {"SendMessage"}, "failures"),
    _line("Lambda puts its runs that failed there, as the function", "receipts_watch", {"SendMessage"}, "failures"),
    _line(
        "it works the queue off", "queue_to_table", {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}, "updates"
    ),
    _line("it sets single rows aside", "queue_to_table", {"SendMessage"}, "dead-letter"),
    _line("messages received too often", "SQS, updates queue", {"SendMessage"}, "dead-letter"),
    _line("the team of the pipeline, in its environment", "operator inventory-dev", OPERATING, *PIPELINE),
    _line("the same team, in its other environment", "operator inventory-prod", OPERATING, "other environment's"),
    _line("another team, on its own queue", "operator shipping-dev", OPERATING, "other team's"),
    *(
        _line("teams make queues with their own tags", f"operator {name}", CREATING, "new, caller's tags")
        for name in ("inventory-dev", "inventory-prod", "shipping-dev")
    ),
    LetThrough("administrators of the account", frozenset({"administrator"}), None, None),
    LetThrough(
        "no queue, no queue policy: plain HTTP is denied to administrators by queues, and these calls have none yet",
        frozenset({"administrator"}),
        CREATING | {"ListQueues"},
        None,
        frozenset({"http"}),
    ),
)


def expected(cell: Cell) -> bool:
    """Whether the requirement lets the cell's caller through."""
    return any(line.covers(cell) for line in REQUIREMENT)
