"""No credential is in the repository."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.supply_chain.lock import CHECKOUT
from tests.supply_chain.secrets import findings

if TYPE_CHECKING:
    from pathlib import Path

HEX, KEYWORD = "Hex High Entropy String", "Secret Keyword"
LOCKS: Final = {"uv.lock", "local/engine/build/go.sum", "tests/access/second_opinion/package-lock.json"}
"""Nothing but hashes."""
KNOWN: Final = {
    ("benchmarks/measured.py", KEYWORD): "what benchmarks sign requests to the emulator with",
    ("local/aws_provider/values.py", HEX): "Pulumi's signatures of special values",
    ("local/aws_provider/values.py", KEYWORD): "same",
    ("policies/crossguard/values.py", HEX): "same",
    ("policies/crossguard/values.py", KEYWORD): "same",
    ("tests/local/test_aws_provider_diff.py", HEX): "same",
    ("pyproject.toml", KEYWORD): "the version of detect-secrets",
    ("tests/local/aws_provider_fixture.py", KEYWORD): "the word itself",
    ("tests/policies/functions/test_functions.py", KEYWORD): "examples of what a rule refuses",
    ("tests/policies/functions/test_functions.py", "AWS Access Key"): "the example of AWS's own documentation",
    ("tests/policies/functions/test_functions.py", "Private Key"): "the first line of none",
    ("tests/policies/functions/test_functions.py", "Basic Auth Credentials"): "an example of what a rule refuses",
    ("tests/policies/mutation/mutants.py", KEYWORD): "an example of what a rule refuses",
    ("tests/supply_chain/test_secrets.py", "AWS Access Key"): "the example below",
}
"""What looks like a credential and is none, and why."""


def test_no_credential_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    files = [name for name in listed.split("\0") if name and name not in LOCKS]
    assert len(files) > 200
    found = {
        (path.relative_to(CHECKOUT).as_posix(), kind) for path, kind in findings(CHECKOUT / name for name in files)
    }
    assert found - KNOWN.keys() == set()
    assert KNOWN.keys() - found == set(), "no longer there"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("key = 'AKIAIOSFODNN7EXAMPLE'", "AWS Access Key"),
        ("https://me:" + "pass@example.com", "Basic Auth Credentials"),
    ],
)
def test_a_credential_would_be_found(tmp_path: Path, line: str, kind: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(f"{line}\n")
    assert (file, kind) in set(findings([file]))
