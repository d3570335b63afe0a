"""The AWS resource types that take tags, as a list beside this file: reading the provider's schema would take seconds.

https://www.pulumi.com/registry/packages/aws/api-docs/
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

TAGGABLE_TYPES: Final = frozenset((Path(__file__).parent / "taggable_types.txt").read_text(encoding="utf-8").split())
