"""A function imports its archive, its layers and what Lambda's Python runtime brings, and nothing else.

Upstream runs functions in its own environment, so that whatever is installed there (and, of a checkout, its sources) can
be imported: an archive that lacks a dependency works. AWS's runtime brings boto3 and what that needs.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html

Noticed when upstream no longer needs it: ``test_upstream_still_lends_functions_its_own_packages``.
"""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

RUNTIME_PACKAGES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
FIRST = """
import sys, sysconfig
_stdlib = tuple({{sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}})
sys.path[:] = [p for p in sys.path if p.endswith(".zip") or p.startswith(_stdlib) and "-packages" not in p] + [{folder!r}]
sys.meta_path[:] = [f for f in sys.meta_path if getattr(f, "__module__", "").startswith("_frozen_importlib")]
"""


def apply() -> None:
    from ministack.core import lambda_runtime  # noqa: PLC0415 - reads the environment when imported

    upstream = lambda_runtime._detect_runtime_binary  # noqa: SLF001
    first = FIRST.format(folder=str(_runtime_folder()))

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, worker = upstream(runtime)
        return binary, first + worker if runtime.startswith("python") else worker

    lambda_runtime._detect_runtime_binary = detect_runtime_binary  # noqa: SLF001


def _runtime_folder() -> Path:
    """A folder in which the runtime's packages can be found, and no other of this environment's."""
    folder = Path(tempfile.gettempdir()) / "lambda-runtime"
    folder.mkdir(exist_ok=True)
    for name in RUNTIME_PACKAGES:
        spec = importlib.util.find_spec(name)
        if not spec or not spec.origin:
            raise ModuleNotFoundError(f"{name}, which Lambda's Python runtime brings, is not installed")
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        link = folder / source.name
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    return folder
