"""Applies the rows of one SQS batch and says of each message what became of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from inventory_updates.message import MalformedMessageError, Message, decode
from inventory_updates.row import Row, row_fault

from .coalesce import by_key, versioned
from .outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from inventory_updates.receipts import Receipts

    from .coalesce import Candidate
    from .dead_letters import DeadLetters
    from .outcome import Writer, Written

WRITERS = 16
# Time kept for receipts, so that an invocation is not killed between rows and their receipt.
MARGIN_MILLISECONDS = 3_000
OUT_OF_TIME = "out of time"


@dataclass(slots=True)
class Delivery:
    """A message as SQS delivered it, and what becomes of its rows; a `failure` means that it shall come again."""

    message_id: str
    message: Message | None = None
    is_last_attempt: bool = False
    failure: str = ""
    applied: int = 0
    superseded: int = 0
    set_aside: list[tuple[Row, str]] = field(default_factory=list)

    def add(self, row: Row, outcome: Outcome, reason: str) -> None:
        """Note what became of one of the rows."""
        match outcome:
            case Outcome.APPLIED:
                self.applied += 1
            case Outcome.SUPERSEDED:
                self.superseded += 1
            case Outcome.NEVER_APPLICABLE:
                self.set_aside.append((row, reason))
            case Outcome.TRY_AGAIN:
                self.failure = reason


class BatchApplier:
    """Applies batches with a pool of threads that lives as long as the execution environment."""

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators
        self,
        writer: Writer,
        receipts: Receipts,
        dead_letters: DeadLetters,
        maximum_receives: int,
        writers: int = WRITERS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._writer = writer
        self._receipts = receipts
        self._dead_letters = dead_letters
        self._maximum_receives = maximum_receives
        self._now = now
        self._pool = ThreadPoolExecutor(writers, thread_name_prefix="writer")

    def apply(
        self, records: Sequence[Mapping[str, Any]], remaining_milliseconds: Callable[[], int]
    ) -> dict[str, Delivery]:
        """Apply the records of an SQS event; return their deliveries by message id. Raises nothing of AWS."""
        deliveries = {delivery.message_id: delivery for delivery in map(self._delivery, records)}
        margin = min(MARGIN_MILLISECONDS, remaining_milliseconds() // 3)
        undecided_until = int(self._now() + remaining_milliseconds() / 1000) + 1

        self._for_each(deliveries, lambda delivery: self._announce_last_attempt(delivery, undecided_until))
        self._apply_rows(deliveries, lambda: remaining_milliseconds() <= margin)
        self._for_each(deliveries, self._settle)
        self._for_each(deliveries, self._give_up, failed=True)
        return deliveries

    def _delivery(self, record: Mapping[str, Any]) -> Delivery:
        delivery = Delivery(str(record["messageId"]))
        delivery.is_last_attempt = int(record["attributes"]["ApproximateReceiveCount"]) >= self._maximum_receives
        try:
            delivery.message = decode(record["body"])
        except MalformedMessageError as error:
            delivery.failure = f"malformed message: {error}"
        return delivery

    def _for_each(
        self, deliveries: Mapping[str, Delivery], act: Callable[[Delivery], None], *, failed: bool = False
    ) -> None:
        """Act on the messages that have failed, or on those that have not; an AWS error makes one fail."""

        def guarded(delivery: Delivery) -> None:
            try:
                act(delivery)
            except ClientError as error:
                delivery.failure = error.response["Error"]["Code"]
            except BotoCoreError as error:
                delivery.failure = type(error).__name__

        chosen = [delivery for delivery in deliveries.values() if bool(delivery.failure) == failed]
        list(self._pool.map(guarded, chosen))

    def _announce_last_attempt(self, delivery: Delivery, undecided_until: int) -> None:
        """Say before the last attempt that the message is lost to the dead-letter queue, in case it kills us."""
        message = delivery.message
        if message and delivery.is_last_attempt and not message.set_aside:
            self._receipts.message_dead_lettered(message, undecided_until)

    def _apply_rows(self, deliveries: Mapping[str, Delivery], is_out_of_time: Callable[[], bool]) -> None:
        sound: dict[str, list[tuple[Row, str]]] = {}
        for delivery in deliveries.values():
            if delivery.message is None or delivery.failure:
                continue
            sound[delivery.message_id] = []
            for row, version in versioned(delivery.message):
                if fault := row_fault(row):
                    delivery.add(row, Outcome.NEVER_APPLICABLE, fault)
                else:
                    sound[delivery.message_id].append((row, version))

        for candidate, (outcome, reason) in self._write_newest(by_key(sound).values(), is_out_of_time):
            for message_id in candidate.message_ids:
                deliveries[message_id].add(candidate.row, outcome, reason)

    def _write_newest(
        self, groups: Iterable[list[Candidate]], is_out_of_time: Callable[[], bool]
    ) -> Iterator[tuple[Candidate, Written]]:
        """Write the newest row of each key; older ones are superseded only once a newer one is safe.

        A row that can never be applied makes way for the next one of its key, in another round.
        """

        def write(candidates: list[Candidate]) -> list[Written]:
            if is_out_of_time():
                return [(Outcome.TRY_AGAIN, OUT_OF_TIME)] * len(candidates)
            return self._writer.write(candidates)

        step = self._writer.rows_per_call
        waiting = list(groups)
        while waiting:
            newest = [group[0] for group in waiting]
            calls = [newest[first : first + step] for first in range(0, len(newest), step)]
            results = [written for call in self._pool.map(write, calls) for written in call]
            following: list[list[Candidate]] = []
            for group, written in zip(waiting, results, strict=True):
                yield group[0], written
                older = group[1:]
                if written[0] is Outcome.NEVER_APPLICABLE:
                    following += [older] if older else []
                else:
                    rest = written if written[0] is Outcome.TRY_AGAIN else (Outcome.SUPERSEDED, "")
                    yield from ((candidate, rest) for candidate in older)
            waiting = following

    def _settle(self, delivery: Delivery) -> None:
        """Send away what can never be applied and write the receipt, in an order that survives being killed."""
        message = delivery.message
        if message is None:
            return
        for row, reason in delivery.set_aside:
            self._receipts.row_set_aside(message, row.line, reason)
            self._dead_letters.send(message, row, reason)
        if not message.set_aside:
            self._receipts.message_applied(
                message,
                applied=delivery.applied,
                superseded=delivery.superseded,
                set_aside=[row.line for row, _ in delivery.set_aside],
            )
        elif not delivery.set_aside:
            outcome = "applied" if delivery.applied else "superseded"
            self._receipts.row_settled(message, message.rows[0].line, outcome)

    def _give_up(self, delivery: Delivery) -> None:
        """Take back, after a last attempt that failed, that it may still succeed."""
        message = delivery.message
        if message and delivery.is_last_attempt and not message.set_aside:
            self._receipts.message_dead_lettered(message)
