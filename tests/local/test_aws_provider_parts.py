"""Parts of the stand-in provider that need no process: the protocol's constants, archives, shapes of the AWS API."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from pulumi.runtime import rpc

from local.aws_provider import values
from local.aws_provider.archives import ArchiveError, zip_bytes
from local.aws_provider.documents import same_json, same_policy
from local.aws_provider.services.cloudwatch import query_from_aws, query_to_aws
from local.aws_provider.values import UNKNOWN, from_struct, to_struct

if TYPE_CHECKING:
    from pathlib import Path


def test_the_protocols_constants_are_the_sdks() -> None:
    assert rpc._special_sig_key == values.SIGNATURE_KEY
    assert rpc._special_asset_sig == values.ASSET
    assert rpc._special_archive_sig == values.ARCHIVE
    assert rpc._special_secret_sig == values.SECRET
    assert rpc._special_output_value_sig == values.OUTPUT
    assert to_struct({"a": UNKNOWN})["a"] == rpc.UNKNOWN


def test_values_go_to_the_engine_and_back() -> None:
    given = {"text": "a", "whole": 3, "part": 0.5, "yes": True, "list": [1, UNKNOWN, {"a": None}], "map": {"b": "c"}}
    assert from_struct(to_struct(given)) == {**given, "list": [1, UNKNOWN, {}]}
    assert isinstance(from_struct(to_struct({"whole": 3}))["whole"], int)


def test_secrets_and_outputs_are_what_they_hold() -> None:
    secret = {values.SIGNATURE_KEY: values.SECRET, "value": "s"}
    known = {values.SIGNATURE_KEY: values.OUTPUT, "value": secret}
    unknown = {values.SIGNATURE_KEY: values.OUTPUT}
    assert from_struct(to_struct({"a": secret, "b": known, "c": unknown})) == {"a": "s", "b": "s", "c": UNKNOWN}


def archive(**content: object) -> dict[str, object]:
    return {values.SIGNATURE_KEY: values.ARCHIVE, **content}


def asset(**content: object) -> dict[str, object]:
    return {values.SIGNATURE_KEY: values.ASSET, **content}


def test_an_archive_of_folders_files_and_texts_becomes_a_zip_file(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a.py").write_text("a = 1\n")
    script = tmp_path / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    content = zip_bytes(
        archive(
            assets={
                "package": archive(path=str(folder)),
                "run.sh": asset(path=str(script)),
                "text.py": asset(text="b = 2\n"),
                "file.py": asset(uri=(folder / "inner" / "a.py").as_uri()),
            }
        )
    )
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert zipped.namelist() == ["file.py", "package/inner/a.py", "run.sh", "text.py"]
        assert zipped.read("package/inner/a.py") == b"a = 1\n"
        assert zipped.read("text.py") == b"b = 2\n"
        assert (zipped.getinfo("run.sh").external_attr >> 16) & 0o777 == 0o755
        assert (zipped.getinfo("text.py").external_attr >> 16) & 0o777 == 0o644


def test_the_same_files_give_the_same_bytes_whenever_they_were_written(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        for file in sorted(("a.py", "b.py"), reverse=name == "two"):
            (folder / file).write_text(file)
        made.append(zip_bytes(archive(path=str(folder))))
    assert made[0] == made[1]


def test_a_zip_file_stays_as_it_is_and_can_be_part_of_another(tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    whole.write_bytes(zip_bytes(archive(assets={"a.txt": asset(text="a")})))
    assert zip_bytes(archive(path=str(whole))) == whole.read_bytes()
    nested = zip_bytes(archive(assets={"inner": archive(path=str(whole))}))
    with zipfile.ZipFile(io.BytesIO(nested)) as zipped:
        assert zipped.read("inner/a.txt") == b"a"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"uri": "https://example.com/a.zip"}, "remote assets"),
        ({"path": "/nowhere/at/all"}, "neither a folder nor a zip file"),
        ({"assets": {"a": {values.SIGNATURE_KEY: values.ASSET}}}, "'a' holds neither text nor a file"),
        ({"assets": {"a": {values.SIGNATURE_KEY: values.ASSET, "path": "/nowhere"}}}, "can't be read"),
    ],
)
def test_an_archive_that_cannot_be_packed_says_why(content: dict[str, object], said: str) -> None:
    with pytest.raises(ArchiveError, match=said):
        zip_bytes(archive(**content))


def test_documents_that_are_not_json_are_the_same_only_word_for_word() -> None:
    assert same_json("not json", "not json")
    assert not same_json("not json", "{}")
    assert not same_policy("[]", "{}")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"Action": "a"}, {"Action": "b"}),
        ({"Action": "a"}, {"NotAction": "a"}),
        ({"Principal": "*"}, {"Principal": {"Service": "*"}}),
        ({"Condition": {"Bool": {"k": "true"}}}, {"Condition": {"Bool": {"k": "false"}}}),
        ({"Sid": "One"}, {"Sid": "Two"}),
    ],
)
def test_statements_that_differ_make_another_policy(left: dict[str, object], right: dict[str, object]) -> None:
    one, other = (json.dumps({"Statement": [{"Effect": "Deny", **part}]}) for part in (left, right))
    assert not same_policy(one, other)


def test_statements_that_mean_the_same_make_the_same_policy() -> None:
    left = {"Principal": "*", "Condition": {"Bool": {"k": False}}, "Sid": ""}
    right = {"Principal": {"AWS": ["*"]}, "Condition": {"Bool": {"k": ["false"]}}}
    one, other = (json.dumps({"Statement": [{"Effect": "Deny", **part}]}) for part in (left, right))
    assert same_policy(one, other)


def test_the_queries_of_an_alarm_go_to_aws_and_back() -> None:
    metric = {"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60, "stat": "Sum", "dimensions": {"F": "f"}}
    queries = [
        {"id": "errors", "metric": metric, "returnData": False},
        {"id": "rate", "expression": "errors / 60", "label": "rate", "returnData": True},
    ]
    in_aws = [query_to_aws(query) for query in queries]
    assert in_aws[0]["MetricStat"] == {
        "Metric": {
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Dimensions": [{"Name": "F", "Value": "f"}],
        },
        "Period": 60,
        "Stat": "Sum",
    }
    assert [query_from_aws(query) for query in in_aws] == queries
