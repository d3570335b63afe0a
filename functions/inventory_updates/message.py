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
    from collections.abc import Iterator, Sequence

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


def encode(message: Message) -> str:
    """Return the body of `message`; `decode` is its inverse."""
    if message.set_aside:
        return _ENCODER.encode(message).decode()
    return _ENCODER.encode(
        {
            "format": message.format,
            "file": message.file,
            "upload": message.upload,
            "message": message.message,
            "rows": message.rows,
        }
    ).decode()


def decode(body: str) -> Message:
    """Return the message in a body. Raises `MalformedMessageError`."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        # msgspec's texts name places (`$.rows[3][0]`), never values, so they are safe to log.
        raise MalformedMessageError(str(error)) from None


def split_to_fit(message: Message, maximum_bytes: int = MAXIMUM_BODY_BYTES) -> Iterator[Sequence[Row]]:
    """Yield the rows of `message` in groups whose bodies fit, halving as often as needed: same rows, same groups."""
    if len(message.rows) == 1 or len(encode(message).encode()) <= maximum_bytes:
        yield message.rows
        return
    middle = len(message.rows) // 2
    for half in (message.rows[:middle], message.rows[middle:]):
        yield from split_to_fit(msgspec.structs.replace(message, rows=half), maximum_bytes)
