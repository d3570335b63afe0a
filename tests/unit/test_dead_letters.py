from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from inventory.dead_letters import RECEIVED_TOO_OFTEN, SENT_BY_SOMEBODY, DeadLetter, DeadLetterQueue, Where
from inventory.terminal import UserError
from tests.unit.dead_letter_fakes import DEAD, SOURCE_ARN, FakeSqs, body, text

SET_ASIDE = {"reason": text("quantity is not valid"), "file": text("uploads/a.csv"), "line": text("2")}


def queue_of(sqs: Any) -> DeadLetterQueue:
    return DeadLetterQueue(sqs, DEAD)


def test_a_row_set_aside_is_decoded_with_its_reason() -> None:
    sqs = FakeSqs()
    identity = sqs.put(body(), SET_ASIDE)
    (letter,) = queue_of(sqs).look(Where(None))
    record = letter.record()
    row = {
        "product_id": "P1",
        "location": "Bonn",
        "quantity": "5",
        "update_date": "2026-11-01T00:00:00Z",
        "line": 2,
    }
    assert record == record | {
        "message_id": identity,
        "reason": "quantity is not valid",
        "file": "uploads/a.csv",
        "line": 2,
        "row": row,
        "rows": [row],
        "receive_count": 1,
        "first_sent": "2026-01-01T00:00:00.000+00:00",
        "source": None,
        "body": None,
    }


def test_a_message_moved_by_the_policy_says_so_even_if_it_still_has_the_reason_of_an_earlier_time() -> None:
    sqs = FakeSqs()
    sqs.put(body(), SET_ASIDE, DeadLetterQueueSourceArn=SOURCE_ARN)
    sqs.put(body())
    moved, sent = queue_of(sqs).look(Where(None))
    assert (moved.reason, moved.source) == (RECEIVED_TOO_OFTEN, "source")
    assert (sent.reason, sent.source) == (SENT_BY_SOMEBODY, None)


def test_a_body_that_is_no_message_is_shown_as_it_is() -> None:
    sqs = FakeSqs()
    sqs.put("hello", {"file": text("uploads/b.csv")}, DeadLetterQueueSourceArn=SOURCE_ARN)
    (letter,) = queue_of(sqs).look(Where("starts_with(reason, 'malformed message') && row == null"))
    assert (letter.file, letter.rows, letter.record()["body"]) == ("uploads/b.csv", [], "hello")


def test_looking_gives_everything_back() -> None:
    sqs = FakeSqs()
    for _ in range(25):
        sqs.put(body())
    assert len(queue_of(sqs).look(Where(None))) == 25
    assert sqs.hidden == set()
    assert len(queue_of(sqs).look(Where(None), limit=12)) == 12
    assert sqs.hidden == set()


def test_a_failure_in_the_middle_of_a_look_gives_everything_back_too() -> None:
    sqs = FakeSqs()
    for number in range(25):
        sqs.put(body(file=f"uploads/{number}.csv"))
    letters_before_failure = iter(range(13))

    def fails_at_the_fourteenth(_: DeadLetter) -> bool:
        if next(letters_before_failure, None) is None:
            raise UserError("stop")
        return True

    with pytest.raises(UserError, match="stop"):
        queue_of(sqs).look(cast("Where", fails_at_the_fourteenth))
    assert sqs.hidden == set()


def test_a_look_ends_when_messages_come_round_again() -> None:
    class Forgetful(FakeSqs):
        def receive_message(self, **asked: Any) -> dict[str, Any]:
            if len(self.hidden) == 25:  # the hold of all of them is over
                self.hidden.clear()
            return super().receive_message(**asked)

    sqs = Forgetful()
    identities = [sqs.put(body()) for _ in range(25)]
    assert [letter.id for letter in queue_of(sqs).look(Where(None))] == identities


def test_a_look_ends_where_the_service_lets_no_more_be_in_flight() -> None:
    class Full(FakeSqs):
        def receive_message(self, **asked: Any) -> dict[str, Any]:
            if len(self.hidden) >= 10:
                raise ClientError({"Error": {"Code": "OverLimit"}}, "ReceiveMessage")
            return super().receive_message(**asked)

    sqs = Full()
    for _ in range(25):
        sqs.put(body())
    assert len(queue_of(sqs).look(Where(None))) == 10
    assert sqs.hidden == set()


def test_a_summary_counts_reasons_files_and_sources() -> None:
    sqs = FakeSqs()
    sqs.put(body(), SET_ASIDE)
    sqs.put(body(), SET_ASIDE, SentTimestamp="1700000000000")
    rows = [("P1", "Bonn", "5", "2026-11-01T00:00:00Z", line) for line in range(2, 9)]
    sqs.put(body(*rows, file="uploads/b.csv"), DeadLetterQueueSourceArn=SOURCE_ARN)
    sqs.put("hello")
    summary = queue_of(sqs).summary()
    assert (summary.looked_at, summary.rows, summary.oldest_sent_at) == (4, 9, 1_700_000_000)
    assert summary.reasons["quantity is not valid"] == 2
    assert summary.reasons[RECEIVED_TOO_OFTEN] == 1
    assert summary.files == {"uploads/a.csv": 2, "uploads/b.csv": 1, "unknown": 1}
    assert summary.sources == {"the consumer": 3, "source": 1}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("reason=='quantity is not valid' && file=='uploads/a.csv'", 1),
        ("length(rows) > `1`", 1),
        ("row.location=='Bonn'", 2),
        ("contains(rows[].line, `3`)", 1),
        ("no_such_field=='x'", 0),
        ("no_such_field", 0),
    ],
)
def test_conditions_choose_messages(expression: str, found: int) -> None:
    sqs = FakeSqs()
    sqs.put(body(), SET_ASIDE)
    rows = [("P1", "Bonn", "5", "2026-11-01T00:00:00Z", line) for line in (2, 3)]
    sqs.put(body(*rows, file="uploads/b.csv"))
    assert len(queue_of(sqs).look(Where(expression))) == found


@pytest.mark.parametrize("expression", ["reason==", "", "file", "rows", "length(line)", "nothing_like_it(file)"])
def test_a_condition_that_is_none_is_refused(expression: str) -> None:
    sqs = FakeSqs()
    sqs.put(body(), SET_ASIDE)
    with pytest.raises(UserError, match="--where"):
        queue_of(sqs).look(Where(expression))
    assert sqs.hidden == set()
