"""Where records are cut, whatever the size of blocks and chunks and wherever reading begins."""

from __future__ import annotations

from csv_to_queue.records import MAXIMUM_RECORD_BYTES, Kind, blocks
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.functions.files import csv_files


def chunked(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@settings(max_examples=500, deadline=None)
@given(csv_files(), st.integers(1, 60), st.integers(1, 100))
def test_blocks_hold_every_byte_once_and_count_every_line(data: bytes, chunk: int, size: int) -> None:
    position, together, lines = 0, b"", 0
    for block in blocks(chunked(data, chunk), 0, size):
        assert block.start == position
        position = block.end
        together += b"".join(segment.data for segment in block.segments)
        lines += block.lines
        assert sum(segment.size_bytes for segment in block.segments) == block.end - block.start
    assert position == len(data)
    assert together == (data if not data or data.endswith(b"\n") else data + b"\n")
    assert lines == together.count(b"\n")


@settings(max_examples=500, deadline=None)
@given(csv_files(), st.integers(1, 60), st.integers(1, 60), st.integers(1, 100))
def test_blocks_do_not_depend_on_how_the_bytes_arrive(data: bytes, one: int, other: int, size: int) -> None:
    assert list(blocks(chunked(data, one), 0, size)) == list(blocks(chunked(data, other), 0, size))


@settings(max_examples=500, deadline=None)
@given(csv_files(), st.integers(1, 100), st.integers(1, 100))
def test_reading_on_from_any_block_finds_the_same_records(data: bytes, coarse: int, fine: int) -> None:
    def record_ends(start: int, end: int) -> list[int]:
        return [block.end for block in blocks([data[start:end]], start, 1)]

    everything = record_ends(0, len(data))
    parts = [end for block in blocks([data], 0, coarse) for end in record_ends(block.start, block.end)]
    assert parts == everything
    assert [block.end for block in blocks([data], 0, fine)][-1:] == everything[-1:]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    line = b"x" * 1000
    found = list(blocks((line for _ in range(5000)), 0))
    assert [(segment.kind, segment.size_bytes) for block in found for segment in block.segments] == [
        (Kind.TOO_LONG, 5_000_000)
    ]
    assert len(found[0].segments[0].data) == 1024


def test_lines_after_one_that_is_too_long_are_found() -> None:
    data = b"a,b\n" + b"x" * (3 * MAXIMUM_RECORD_BYTES) + b"\nc,d\n"
    for size in (10, 1000, 10**6):
        segments = [segment for block in blocks(chunked(data, 999), 0, size) for segment in block.segments]
        assert [segment.kind for segment in segments] == [Kind.LINES, Kind.TOO_LONG, Kind.LINES]
        assert sum(segment.size_bytes for segment in segments) == len(data)


def test_a_record_may_be_as_long_as_the_limit_and_no_longer() -> None:
    for excess, kind in ((0, Kind.MULTILINE), (1, Kind.MALFORMED)):
        record = b'"' + b"x" * 30_000 + b"\n" + b"y" * (MAXIMUM_RECORD_BYTES - 30_004 + excess) + b'"\n'
        assert len(record) == MAXIMUM_RECORD_BYTES + excess
        (first, *_) = next(blocks([record], 0, 10)).segments
        assert first.kind is kind
