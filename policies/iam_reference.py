"""What the rules need of AWS's service authorization reference, as lists beside this file.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_LISTS = Path(__file__).parent / "iam_reference_lists"


@lru_cache
def actions_without_resources() -> frozenset[str]:
    """Actions, in lower case, that cannot name a resource, so that a policy has to say ``"*"``."""
    return frozenset(_read("actions_without_resources.txt"))


@lru_cache
def actions_on(kind: str) -> tuple[str, ...]:
    """Actions on a ``kms-key``, an ``s3-bucket`` or an ``s3-object``, such as ``s3:GetObject``."""
    return tuple(_read(f"actions_on_{kind}.txt"))


def _read(name: str) -> list[str]:
    return (_LISTS / name).read_text(encoding="utf-8").split()
