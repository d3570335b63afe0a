"""Looks for credentials with detect-secrets, without asking anybody on the network.

https://github.com/Yelp/detect-secrets
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Addresses are no credentials.
UNUSED: Final = {"IPPublicDetector"}
# Generated files are full of hashes and identifiers, and an account's number in an ARN looks like Telegram's tokens.
GUESSING: Final = {
    "Base64HighEntropyString",
    "HexHighEntropyString",
    "KeywordDetector",
    "TelegramBotTokenDetector",
}
FILTERS: Final = (
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
)


def findings(files: Iterable[Path], without: Iterable[str] = UNUSED) -> Iterator[tuple[Path, str]]:
    """Files in which something looks like a credential, and what kind."""
    detectors: dict[str, type] = get_mapping_from_secret_type_to_class()
    names = {detector.__name__ for detector in detectors.values()} - set(without)
    plugins = [{"name": name} for name in sorted(names)]
    with transient_settings({"plugins_used": plugins, "filters_used": [{"path": path} for path in FILTERS]}):
        for file in files:
            for kind in sorted({secret.type for secret in scan_file(str(file))}):
                yield file, kind
