"""The message move tasks of SQS: redrive by API.

Upstream answers ``InvalidAction`` to StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask and
ListDeadLetterSourceQueues. What is done here follows
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html: one active task a
source queue, moved in the background at no more than the given rate, to the queue that each message came from or to a
custom destination of the same type; a moved message is a new one (its id, its age, its receive count). Who may call
them is in ``sqs_message_move_permissions.py``. Only the JSON protocol answers, which is what the SDKs speak.

Noticed when upstream no longer needs it: ``test_upstream_still_lacks_message_move_tasks``.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from local.emulator.mends.sqs_message_move_permissions import require
from local.emulator.mends.sqs_move_handles import handle_of

FASTEST_MESSAGES_PER_SECOND = 500
TASKS_REMEMBERED = 10
SOURCE_ATTRIBUTE = "DeadLetterQueueSourceArn"

Queue = dict[str, Any]


@dataclass
class MoveTask:
    """One task, as ListMessageMoveTasks shows it."""

    source_arn: str
    destination_arn: str | None
    messages_per_second: int | None
    to_move: int
    status: str = "RUNNING"
    moved: int = 0
    failure: str | None = None
    handle: str = field(init=False)
    started: int = field(default_factory=lambda: int(time.time() * 1000))

    def __post_init__(self) -> None:
        self.handle = handle_of(self.source_arn)

    @property
    def is_active(self) -> bool:
        return self.status in {"RUNNING", "CANCELLING"}

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "Status": self.status,
            "SourceArn": self.source_arn,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": self.started,
        }
        optional = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "DestinationArn": self.destination_arn,
            "MaxNumberOfMessagesPerSecond": self.messages_per_second,
            "FailureReason": self.failure,
        }
        return shown | {name: value for name, value in optional.items() if value is not None}


def apply() -> None:
    from ministack.services import sqs  # noqa: PLC0415 - reads the environment when imported

    sqs._HANDLERS.update(MessageMoves(sqs).handlers())  # noqa: SLF001


class MessageMoves:
    """The handlers, and the tasks that they started."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self._tasks: list[MoveTask] = []
        self._running: set[asyncio.Task[None]] = set()

    def handlers(self) -> dict[str, Any]:
        return {
            "StartMessageMoveTask": self._start,
            "ListMessageMoveTasks": self._list,
            "CancelMessageMoveTask": self._cancel,
            "ListDeadLetterSourceQueues": self._list_sources,
        }

    async def _start(self, data: dict[str, Any], _url: str) -> dict[str, Any]:
        source_arn, destination_arn = data.get("SourceArn", ""), data.get("DestinationArn")
        source, sources = self._queue(source_arn), self._sources_of(source_arn)
        destinations = [self._queue(destination_arn)] if destination_arn else sources
        rate = data.get("MaxNumberOfMessagesPerSecond")
        if rate is not None and not 1 <= int(rate) <= FASTEST_MESSAGES_PER_SECOND:
            raise self._error("InvalidParameterValue", f"MaxNumberOfMessagesPerSecond is {rate}; 1 to 500 is allowed.")
        if not sources:
            raise self._error("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        if destination_arn == source_arn:
            raise self._error("InvalidParameterValue", "Source queue and destination queue cannot be the same.")
        if any(queue["is_fifo"] != source["is_fifo"] for queue in destinations):
            raise self._error("InvalidParameterValue", "Source queue and destination queue must be of the same type.")
        if any(task.is_active and task.source_arn == source_arn for task in self._tasks):
            raise self._error("InvalidParameterValue", "There is already a task running. Only one active task allowed.")
        for destination in destinations:
            require("sqs:SendMessage", destination["attributes"]["QueueArn"])
        task = MoveTask(source_arn, destination_arn, int(rate) if rate else None, len(source["messages"]))
        self._tasks.insert(0, task)
        running = asyncio.get_running_loop().create_task(self._move(task, source))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return {"TaskHandle": task.handle}

    def _list(self, data: dict[str, Any], _url: str) -> dict[str, Any]:
        self._queue(data.get("SourceArn", ""))
        shown = [task.shown() for task in self._tasks if task.source_arn == data["SourceArn"]]
        return {"Results": shown[: min(int(data.get("MaxResults") or 1), TASKS_REMEMBERED)]}

    def _cancel(self, data: dict[str, Any], _url: str) -> dict[str, Any]:
        for task in self._tasks:
            if task.handle == data.get("TaskHandle") and task.status == "RUNNING":
                task.status = "CANCELLING"
                return {"ApproximateNumberOfMessagesMoved": task.moved}
        raise self._error("ResourceNotFoundException", "The task does not exist or is not running.", 404)

    def _list_sources(self, data: dict[str, Any], url: str) -> dict[str, Any]:
        queue = self._sqs._get_q(data.get("QueueUrl", url), "sqs:ListDeadLetterSourceQueues")  # noqa: SLF001
        sources = self._sources_of(queue["attributes"]["QueueArn"])
        urls = [self._sqs._queue_url(source["name"]) for source in sources]  # noqa: SLF001
        return {"queueUrls": [self._sqs._externalize_url(url) for url in urls]}  # noqa: SLF001

    async def _move(self, task: MoveTask, source: Queue) -> None:
        pause = 1 / (task.messages_per_second or FASTEST_MESSAGES_PER_SECOND)
        while task.status == "RUNNING":
            with self._sqs._queues_lock:  # noqa: SLF001 - event source mappings read in threads of their own
                self._move_one(task, source)
            await asyncio.sleep(pause)
        if task.status == "CANCELLING":
            task.status = "CANCELLED"

    def _move_one(self, task: MoveTask, source: Queue) -> None:
        message = next((entry for entry in source["messages"] if entry["visible_at"] <= time.time()), None)
        if message is None:
            task.status = "COMPLETED"
            return
        self._sqs._ensure_msg_fields(message)  # noqa: SLF001 - topics put messages there that lack some
        arn = task.destination_arn or message["sys"].get(SOURCE_ATTRIBUTE)
        destination = self._sqs._queue_by_arn(arn) if arn else None  # noqa: SLF001
        if destination is None:  # it was sent here directly, or its queue is gone
            task.status, task.failure = "FAILED", "CouldNotDetermineMessageSource"
            return
        source["messages"].remove(message)
        destination["messages"].append(_as_new(message, self._sqs.queue_delay(destination)))
        task.moved += 1
        self._sqs.esm_wake.set()

    def _sources_of(self, arn: str) -> list[Queue]:
        return [queue for queue in self._sqs._queues.values() if _dead_letter_target(queue) == arn]  # noqa: SLF001

    def _queue(self, arn: str) -> Queue:
        queue: Queue | None = self._sqs._queue_by_arn(arn)  # noqa: SLF001
        if queue is None:
            raise self._error("ResourceNotFoundException", "The resource that you specified doesn't exist.", 404)
        return queue

    def _error(self, code: str, message: str, status: int = 400) -> Exception:
        error: Exception = self._sqs._Err(code, message, status)  # noqa: SLF001
        return error


def _dead_letter_target(queue: Queue) -> str | None:
    target: str | None = json.loads(queue["attributes"].get("RedrivePolicy") or "{}").get("deadLetterTargetArn")
    return target


def _as_new(message: Queue, delay_seconds: int) -> Queue:
    now = time.time()
    system = {name: value for name, value in message["sys"].items() if name != SOURCE_ATTRIBUTE}
    if "SentTimestamp" in system:
        system["SentTimestamp"] = str(int(now * 1000))
    return {
        **message,
        "id": str(uuid.uuid4()),
        "receipt_handle": None,
        "sent_at": now,
        "enqueued_at": now,
        "visible_at": now + delay_seconds,
        "receive_count": 0,
        "first_receive_at": None,
        "sys": system,
    }
