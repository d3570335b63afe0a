"""The body of a message: a versioned, compact JSON document that holds some rows of one upload.

A body looks like `{"format":1,"file":"uploads/a.csv","upload":"<time>#<version id>","message":"00000-00000012",
"rows":[["P1","London","5","2026-01-31T00:00:00Z",2],…]}`. Row data stays in the body, which the queue encrypts; message
attributes are not encrypted and never carry any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from .row import Row  # noqa: TC001 - msgspec reads the types at run time

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Literal[1] = 1
# The limit of a message is 1 MiB since August 2025; queues made before keep 256 KiB unless they are changed.
MAXIMUM_BODY_BYTES = 256 * 1024


class MalformedMessageError(ValueError):
    """The body is not a message of this project, or of a format this code does not know."""


class Message(msgspec.Struct, frozen=True):
    """Rows of one upload. `message` identifies it within the upload: a file read again yields the same messages.

    `set_aside` marks a row that was taken out of the message `message` and travels alone.
    """

    format: Literal[1]
    file: str
    upload: str
    message: str
    rows: list[Row]
    set_aside: bool = False


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Message)


def message_name(range_index: int, sequence: int) -> str:
    """Return the identity of the `sequence`-th message of a range of a file."""
    return f"{range_index:05d}-{sequence:08d}"


def encode(message: Message) -> bytes:
    """Return the body of `message` as UTF-8; `decode` is its inverse."""
    if message.set_aside:
        return _ENCODER.encode(message)
    return _ENCODER.encode(
        {
            "format": message.format,
            "file": message.file,
            "upload": message.upload,
            "message": message.message,
            "rows": message.rows,
        }
    )


def decode(body: str) -> Message:
    """Return the message in a body. Raises `MalformedMessageError`."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        # msgspec's texts name places (`$.rows[3][0]`), never values, so they are safe to log.
        raise MalformedMessageError(str(error)) from None


def encode_to_fit(
    whole: Message, range_index: int, sequence: int, maximum_bytes: int = MAXIMUM_BODY_BYTES
) -> Iterator[tuple[str, bytes]]:
    """Yield the names and bodies of the messages that carry the rows of `whole`, from number `sequence` on.

    Rows that don't fit into one body are halved as often as needed: the same rows always make the same messages.
    """
    waiting = [whole.rows]
    while waiting:
        rows = waiting.pop()
        name = message_name(range_index, sequence)
        body = encode(Message(FORMAT, whole.file, whole.upload, name, rows))
        if len(body) > maximum_bytes and len(rows) > 1:
            middle = len(rows) // 2
            waiting += [rows[middle:], rows[:middle]]
        else:
            yield name, body
            sequence += 1
