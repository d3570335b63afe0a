"""A ranged GET of one version of an object returns the range.

Upstream ignores ``Range`` when the request names a version and answers 200 with the whole object. AWS answers 206 with
the bytes asked for. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

Noticed when upstream no longer needs it: ``test_upstream_still_ignores_ranges_of_versions``.
"""

from __future__ import annotations

from typing import Any


def apply() -> None:
    from ministack.services import s3  # noqa: PLC0415 - reads the environment when imported

    upstream = s3._get_object  # noqa: SLF001

    def get_object(
        bucket: str, key: str, headers: dict[str, str], query_params: Any = None, *rest: Any, **more: Any
    ) -> Any:
        status, answered, body = upstream(bucket, key, headers, query_params, *rest, **more)
        asked = headers.get("range", "")
        if status != 200 or not asked or "versionId" not in (query_params or {}):  # noqa: PLR2004 - HTTP's own number
            return status, answered, body
        found = s3._parse_range(asked, len(body))  # noqa: SLF001
        if found is None:
            return 416, {"Content-Range": f"bytes */{len(body)}"}, b""
        start, end = found
        part = body[start : end + 1]
        kept = {name: value for name, value in answered.items() if not name.lower().startswith("x-amz-checksum")}
        kept |= {"Content-Length": str(len(part)), "Content-Range": f"bytes {start}-{end}/{len(body)}"}
        return 206, kept, part

    s3._get_object = get_object  # noqa: SLF001
