"""What Amazon SQS and AWS Lambda take when a program is silent.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossguard.values import UNKNOWN, Unknown

if TYPE_CHECKING:
    from crossguard.resources import Resource

RETENTION_SECONDS: Final = 345_600
LONGEST_RETENTION_SECONDS: Final = 1_209_600
VISIBILITY_TIMEOUT_SECONDS: Final = 30
FUNCTION_TIMEOUT_SECONDS: Final = 3
BATCHING_WINDOW_SECONDS: Final = 0


def is_fifo(queue: Resource) -> bool | Unknown:
    """Whether the queue is a FIFO queue."""
    fifo = queue.setting("fifoQueue")
    return UNKNOWN if fifo is UNKNOWN else fifo is True
