"""Archives as the bytes of a zip file, the same for the same contents.

https://www.pulumi.com/docs/iac/concepts/inputs-outputs/assets-archives/
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from local.aws_provider.values import ARCHIVE, Value, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
_PLAIN, _EXECUTABLE = 0o100644, 0o100755


class ArchiveError(ValueError):
    """An archive can't be made into a zip file; the message says which part of it."""


def zip_bytes(archive: Value) -> bytes:
    """Return the zip file of an archive: a zip file's own bytes, or a new one of a folder or of named assets.

    Raises:
        ArchiveError: the archive is of another format, not on this machine, or not there.
    """
    path = _local_path(archive)
    if path is not None and path.is_file():
        if not zipfile.is_zipfile(path):
            raise ArchiveError(f"{path} is not a zip file")
        return path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, mode, content in sorted(_files(archive)):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, content)
    return buffer.getvalue()


def _files(archive: Value) -> Iterator[tuple[str, int, bytes]]:
    path = _local_path(archive)
    if path is not None:
        yield from _files_of_path(path)
        return
    for name, item in (archive.get("assets") or {}).items():
        if signature_of(item) == ARCHIVE:
            yield from ((f"{name}/{inner}", mode, content) for inner, mode, content in _files(item))
        elif "text" in item:
            yield name, _PLAIN, item["text"].encode()
        elif (file := _local_path(item)) is not None:
            yield name, _mode(file), _content(file)
        else:
            raise ArchiveError(f"the asset {name!r} holds neither text nor a file of this machine")


def _files_of_path(path: Path) -> Iterator[tuple[str, int, bytes]]:
    if path.is_dir():
        for file in path.rglob("*"):
            if file.is_file():
                yield file.relative_to(path).as_posix(), _mode(file), _content(file)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            for entry in zipped.infolist():
                if not entry.is_dir():
                    yield entry.filename, (entry.external_attr >> 16) or _PLAIN, zipped.read(entry)
    else:
        raise ArchiveError(f"{path} is neither a folder nor a zip file")


def _local_path(item: Value) -> Path | None:
    if item.get("path"):
        return Path(item["path"])
    if uri := item.get("uri"):
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise ArchiveError(f"the local stand-in provider does not carry remote assets, such as {uri}")
        return Path(unquote(parts.path))
    return None


def _mode(file: Path) -> int:
    return _EXECUTABLE if os.access(file, os.X_OK) else _PLAIN


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{file} can't be read: {error.strerror}") from None
