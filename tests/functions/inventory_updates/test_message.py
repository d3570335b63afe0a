"""Bodies of messages: there and back, within their limit, and nothing that is not one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory_updates.message import (
    FORMAT,
    MalformedMessageError,
    Message,
    decode,
    encode,
    encode_to_fit,
    message_name,
)
from inventory_updates.row import Row

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_rows = st.builds(Row, _texts, _texts, _texts, _texts, st.integers(1, 10**9))


@given(_texts, _texts, st.lists(_rows, max_size=5), st.booleans())
def test_a_message_comes_out_of_its_body_as_it_went_in(file: str, name: str, rows: list[Row], alone: bool) -> None:  # noqa: FBT001
    message = Message(FORMAT, file, "2026-11-23T10:00:00.000Z#v", name, rows, set_aside=alone)
    assert decode(encode(message).decode()) == message


def test_a_body_is_readable_and_compact() -> None:
    message = Message(
        FORMAT, "uploads/a.csv", "T#v", "00000-00000000", [Row("P1", "Zürich", "5", "2026-01-31T00:00:00Z", 2)]
    )
    assert encode(message).decode() == (
        '{"format":1,"file":"uploads/a.csv","upload":"T#v","message":"00000-00000000",'
        '"rows":[["P1","Zürich","5","2026-01-31T00:00:00Z",2]]}'
    )


@given(
    st.text()
    | st.recursive(st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)).map(
        json.dumps
    )
)
def test_anything_else_is_malformed(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        decode(body)


def test_a_message_of_a_later_format_is_not_guessed_at() -> None:
    body = encode(Message(FORMAT, "f", "u", "m", [])).decode().replace('"format":1', '"format":2')
    with pytest.raises(MalformedMessageError, match="format"):
        decode(body)


@given(st.lists(_rows, min_size=1, max_size=30), st.integers(200, 2000))
def test_rows_that_do_not_fit_are_halved_in_order_and_none_is_lost(rows: list[Row], limit: int) -> None:
    found = list(encode_to_fit(Message(FORMAT, "f", "u", "", rows), 3, 7, limit))
    messages = [decode(body.decode()) for _, body in found]
    assert [row for message in messages for row in message.rows] == rows
    assert [name for name, _ in found] == [message.message for message in messages]
    assert [message.message for message in messages] == [message_name(3, 7 + number) for number in range(len(found))]
    assert all(len(message.rows) == 1 or len(body) <= limit for message, (_, body) in zip(messages, found, strict=True))
