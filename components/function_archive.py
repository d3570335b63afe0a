"""Packages a function with its pinned dependencies; the same sources give the same archive, byte for byte."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from components.settings import PackagingTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[1]
FUNCTIONS = CHECKOUT / "functions"
CACHE = CHECKOUT / ".cache" / "archives"
SHARED_PACKAGE = "inventory_updates"
OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
LEFT_OUT_FOLDERS = {"__pycache__", "bin", "tests", "test"}
LEFT_OUT_FILES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"}


class PackagingError(RuntimeError):
    """A function could not be packaged; the message carries what the installer said."""


@dataclass(frozen=True)
class Platform:
    """What the compiled parts of the dependencies are for.

    Attributes:
        architecture: as Lambda names it, ``arm64`` or ``x86_64``.
        python_version: such as ``3.13``.
        uv_platform: as uv names it; None is this machine.
    """

    architecture: str
    python_version: str
    uv_platform: str | None

    @staticmethod
    def of(target: PackagingTarget) -> Platform:
        if target is PackagingTarget.LAMBDA:
            return Platform("arm64", "3.13", "aarch64-manylinux_2_28")
        architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
        return Platform(architecture, f"{sys.version_info.major}.{sys.version_info.minor}", None)


def build_archive(function: str, target: PackagingTarget) -> Path:
    """Build the archive of ``functions/<function>`` and return its path, named by its content.

    It holds the function's package, the package that the functions share, and the dependencies that the lock file
    pins in the group ``functions`` (not boto3: the Lambda runtime has it).

    Raises:
        PackagingError: the dependencies could not be installed.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        dependencies = _dependencies(Platform.of(target))
        unnamed = CACHE / f"{function}.zip"
        entries = [
            *_files(dependencies, dependencies),
            *_files(FUNCTIONS, FUNCTIONS / SHARED_PACKAGE),
            *_files(FUNCTIONS, FUNCTIONS / function),
        ]
        _write_zip(unnamed, sorted(entries))
        digest = hashlib.sha256(unnamed.read_bytes()).hexdigest()
        named = CACHE / f"{function}-{digest[:16]}.zip"
        unnamed.replace(named)
        _forget_older(function, named)
        return named


def _dependencies(target: Platform) -> Path:
    """Install the pinned dependencies for ``target`` into a folder of the cache, once for each set of pins."""
    requirements = _uv(
        "export", "--quiet", "--frozen", "--no-header", "--no-annotate", "--only-group", "functions",
        "--prune", "botocore", "--project", str(CHECKOUT),
    )  # fmt: skip
    identity = hashlib.sha256(f"{target}\n{requirements}".encode()).hexdigest()[:16]
    folder = CACHE / f"dependencies-{target.architecture}-{target.python_version}-{identity}"
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        listed = Path(work) / "requirements.txt"
        listed.write_text(requirements)
        installed = Path(work) / "installed"
        for_platform = ["--python-platform", target.uv_platform] if target.uv_platform else []
        _uv(
            "pip", "install", "--quiet", "--no-config", "--target", str(installed), "--no-deps", "--require-hashes",
            "--only-binary", ":all:", "--python", sys.executable, "--python-version", target.python_version,
            *for_platform, "-r", str(listed),
        )  # fmt: skip
        shutil.move(installed, folder)
    return folder


def _uv(*arguments: str) -> str:
    # Trust what this machine trusts, as pip does; a user's own choice wins.
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ}
    command = [find_uv_bin(), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise PackagingError(f"uv {arguments[0]} failed while packaging the functions:\n{done.stderr.strip()}")
    return done.stdout


def _files(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        inside = path.relative_to(root)
        if path.is_file() and path.name not in LEFT_OUT_FILES and not LEFT_OUT_FOLDERS.intersection(inside.parts):
            yield inside.as_posix(), path


def _write_zip(target: Path, entries: list[tuple[str, Path]]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in entries:
            entry = zipfile.ZipInfo(name, OLDEST_ZIP_TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever machine this is: the byte is part of the hash
            archive.writestr(entry, path.read_bytes())


def _forget_older(function: str, newest: Path, keep: int = 4) -> None:
    """Keep a few: a preview or an update of another stack may be reading one."""
    older = sorted(CACHE.glob(f"{function}-*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in older[keep:]:
        if path != newest:
            path.unlink(missing_ok=True)
