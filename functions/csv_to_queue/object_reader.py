"""Streams the bytes of one version of an S3 object, going on where a connection broke.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html
(byte-range fetches, retries).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inventory_updates.upload import Upload

CHUNK_BYTES = 256 * 1024
MAXIMUM_ATTEMPTS = 6
_BROKEN_CONNECTION = (HTTPClientError, NotConnectedError, IncompleteReadError, OSError)
_GONE = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "PreconditionFailed", "412", "404", "405", "MethodNotAllowed"}


class ObjectGoneError(Exception):
    """This version of the object is not there any more: deleted, or overwritten in a bucket without versioning."""


class ObjectReader:
    """Reads one upload with an S3 client."""

    def __init__(self, client: Any, upload: Upload, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._upload = upload
        self._sleep = sleep

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`, fewer at the end of the object."""
        return b"".join(self.chunks(start, end))

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to before `end` (or the end of the object), some at a time.

        Raises `ObjectGoneError`, what the client raises for other refusals, and the last error of a connection that
        broke `MAXIMUM_ATTEMPTS` times without giving a byte.
        """
        end = min(end, self._upload.size_bytes)
        attempt = 0
        while start < end:
            try:
                body = self._open(start, end)
                try:
                    while chunk := body.read(CHUNK_BYTES):
                        start += len(chunk)
                        attempt = 0
                        yield chunk
                finally:
                    body.close()
                if start < end:
                    raise ConnectionError(f"the object ended {end - start} bytes early")
            except _BROKEN_CONNECTION:
                attempt += 1
                if attempt == MAXIMUM_ATTEMPTS:
                    raise
                self._sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311 - jitter, not secrecy

    def _open(self, start: int, end: int) -> Any:
        upload = self._upload
        which = {"VersionId": upload.version_id} if upload.version_id else {"IfMatch": upload.etag}
        try:
            answer = self._client.get_object(
                Bucket=upload.bucket, Key=upload.key, Range=f"bytes={start}-{end - 1}", **which
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise ObjectGoneError(error.response["Error"]["Code"]) from error
            raise
        return answer["Body"]
