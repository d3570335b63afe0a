"""Rows of one SQS batch that set the same quantity: only the newest need be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inventory_updates.upload import row_version, upload_rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from inventory_updates.message import Message
    from inventory_updates.row import Row

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row, its version, and the SQS message ids that brought it: more than one if it was delivered twice."""

    row: Row
    version: str
    message_ids: tuple[str, ...]


def versioned(message: Message) -> list[tuple[Row, str]]:
    """Return the rows of a message with their versions."""
    rank = upload_rank(message.file, message.upload)
    return [(row, row_version(row.update_date, rank, row.line)) for row in message.rows]


def by_key(rows: Mapping[str, Iterable[tuple[Row, str]]]) -> dict[Key, list[Candidate]]:
    """Group the rows of messages (by SQS message id) by key, the newest first, each version once."""
    groups: dict[Key, dict[str, Candidate]] = {}
    for message_id, versioned_rows in rows.items():
        for row, version in versioned_rows:
            versions = groups.setdefault((row.product_id, row.location), {})
            known = versions.get(version)
            ids = (*known.message_ids, message_id) if known else (message_id,)
            versions[version] = Candidate(row, version, ids)
    return {key: [versions[version] for version in sorted(versions, reverse=True)] for key, versions in groups.items()}
