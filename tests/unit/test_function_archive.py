from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from components import function_archive
from components.function_archive import PackagingError, Platform, build_archive
from components.settings import PackagingTarget

if TYPE_CHECKING:
    from pathlib import Path


def test_the_same_sources_give_the_same_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archives = []
    for cache in ("one", "two"):
        monkeypatch.setattr(function_archive, "CACHE", tmp_path / cache)
        archives.append(build_archive("csv_to_queue", PackagingTarget.LAMBDA))
    first, second = archives
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_a_changed_source_gives_another_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    functions = tmp_path / "functions"
    for package in ("csv_to_queue", "inventory_updates"):
        (functions / package).mkdir(parents=True)
        (functions / package / "__init__.py").write_text("")
    monkeypatch.setattr(function_archive, "FUNCTIONS", functions)
    before = build_archive("csv_to_queue", PackagingTarget.LAMBDA)
    (functions / "csv_to_queue" / "__init__.py").write_text("changed = True")
    assert build_archive("csv_to_queue", PackagingTarget.LAMBDA) != before


@pytest.mark.parametrize("function", ["csv_to_queue", "queue_to_table"])
def test_an_archive_holds_its_function_what_is_shared_and_dependencies_for_lambda_alone(function: str) -> None:
    with zipfile.ZipFile(build_archive(function, PackagingTarget.LAMBDA)) as archive:
        names = archive.namelist()
    other = ({"csv_to_queue", "queue_to_table"} - {function}).pop()
    top = {name.partition("/")[0] for name in names}
    assert {function, "inventory_updates", "aws_lambda_powertools", "aws_xray_sdk"} <= top
    assert not top & {other, "boto3", "botocore", "pytest", "pulumi", "uv", "bin"}
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]
    compiled = [name for name in names if name.endswith(".so")]
    assert all("aarch64" in name and "cpython-313" in name for name in compiled), compiled


TOOLS = ("pip", "setuptools", "wheel", "pytest", "_pytest", "hypothesis", "mypy", "ruff", "uv", "ministack", "moto")


@pytest.mark.parametrize("function", ["csv_to_queue", "queue_to_table", "receipts_watch"])
@pytest.mark.parametrize("target", PackagingTarget)
def test_an_archive_holds_no_test_and_no_tool(function: str, target: PackagingTarget) -> None:
    with zipfile.ZipFile(build_archive(function, target)) as archive:
        parts = {part for name in archive.namelist() for part in PurePosixPath(name).with_suffix("").parts}
    assert parts.isdisjoint({*TOOLS, "tests", "test", "conftest"})
    assert not [part for part in parts if part.startswith("test_")]


def test_an_archive_is_small_enough_for_a_quick_start() -> None:
    assert build_archive("csv_to_queue", PackagingTarget.LAMBDA).stat().st_size < 5_000_000


def test_lambda_is_arm64_whatever_this_machine_is() -> None:
    assert Platform.of(PackagingTarget.LAMBDA).architecture == "arm64"


def test_an_installer_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_archive, "CHECKOUT", tmp_path)
    with pytest.raises(PackagingError, match="uv export failed"):
        build_archive("csv_to_queue", PackagingTarget.LAMBDA)
