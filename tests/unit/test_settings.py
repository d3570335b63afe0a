from __future__ import annotations

from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.settings import (
    Encryption,
    PipelineSettings,
    SettingsError,
    configuration_key,
    settings_from_config,
)
from tests.unit.pulumi_program import run_program

PROJECT = yaml.safe_load((Path(__file__).parents[2] / "Pulumi.yaml").read_text())


def read(**config: str) -> PipelineSettings:
    read_settings = []
    run_program(lambda: read_settings.append(settings_from_config(pulumi.Config())), config)
    return read_settings[0]


@pytest.mark.parametrize("setting", fields(PipelineSettings), ids=lambda setting: setting.name)
def test_every_setting_is_declared_in_the_project_file_with_type_description_and_the_same_default(
    setting: Field[Any],
) -> None:
    declared = PROJECT["config"][configuration_key(setting.name)]
    default = setting.default if setting.default is not MISSING else {}
    assert declared["default"] == default
    assert declared["description"]
    kinds = {"int": "integer", "bool": "boolean", "Mapping[str, str]": "object"}
    assert declared["type"] == kinds.get(str(setting.type), "string")


def test_the_project_file_declares_no_key_that_nobody_reads() -> None:
    assert set(PROJECT["config"]) == {configuration_key(setting.name) for setting in fields(PipelineSettings)}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"encryption": "rot13"}, ["encryption", "'rot13'", "sse-sqs, sse-kms-aws-managed", "encrypts nothing"]),
        (
            {"visibilityTimeoutSeconds": "100", "tableFunctionTimeoutSeconds": "30"},
            ["visibilityTimeoutSeconds is 100", "181 to 43,200", "6 × tableFunctionTimeoutSeconds (30)"],
        ),
        ({"maxReceiveCount": "1"}, ["maxReceiveCount is 1", "2 to 1,000", "throttled or timed-out poll"]),
        ({"owner": ""}, ["owner is ''", "an empty tag decides nothing"]),
        ({"owner": "  "}, ["owner is '  '"]),
        ({"extraTags": '{"cost-centre": ""}'}, ["extraTags.cost-centre is ''"]),
        ({"extraTags": '{"Owner": "x"}'}, ["extraTags.Owner", "other than department, environment, owner"]),
        ({"extraTags": '["x"]'}, ["extraTags", "an object of texts"]),
        ({"maxReceiveCount": "three"}, ["maxReceiveCount is 'three'", "a whole number"]),
        ({"protect": "perhaps"}, ["protect is 'perhaps'", "true or false"]),
        ({"messageRetentionDays": "14"}, ["deadLetterRetentionDays is 14", "more than messageRetentionDays (14)"]),
        ({"logRetentionDays": "8"}, ["logRetentionDays is 8", "one of 1, 3, 5, 7"]),
        (
            {"batchSize": "100", "maximumBatchingWindowSeconds": "0"},
            ["maximumBatchingWindowSeconds is 0", "at least 1"],
        ),
        ({"kmsDataKeyReusePeriodSeconds": "59"}, ["kmsDataKeyReusePeriodSeconds is 59", "60 to 86,400"]),
        ({"tableFunctionTimeoutSeconds": "4"}, ["tableFunctionTimeoutSeconds is 4", "5 to 900", "receipts"]),
        ({"alarmEmail": "nobody"}, ["alarmEmail is 'nobody'", "an e-mail address"]),
        ({"runbooksUrl": "my wiki#page"}, ["runbooksUrl is 'my wiki#page'", "without spaces and without #"]),
        ({"durationAlarmPercent": "100"}, ["durationAlarmPercent is 100", "1 to 99", "has been ended"]),
        ({"rejectedRowsAlarmPercent": "0"}, ["rejectedRowsAlarmPercent is 0", "1 to 100"]),
        ({"receiptAlarmMinutes": "1"}, ["receiptAlarmMinutes is 1", "5 to 10,080"]),
        ({"packagingTarget": "mars"}, ["packagingTarget is 'mars'", "lambda, this-machine"]),
    ],
)
def test_wrong_configuration_is_refused_naming_key_value_range_and_reason(
    config: dict[str, str], said: list[str]
) -> None:
    with pytest.raises(SettingsError) as refused:
        read(**config)
    for part in said:
        assert part in str(refused.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"(?s)owner.*maxReceiveCount"):
        PipelineSettings(owner="", max_receive_count=1)


def test_the_visibility_timeout_is_derived_from_the_consumer() -> None:
    settings = PipelineSettings(table_function_timeout_seconds=45, maximum_batching_window_seconds=20)
    assert settings.effective_visibility_timeout_seconds == 6 * 45 + 20


def test_a_longer_visibility_timeout_is_kept() -> None:
    assert PipelineSettings(visibility_timeout_seconds=900).effective_visibility_timeout_seconds == 900


def test_configuration_is_read_with_its_types() -> None:
    settings = read(encryption="sse-kms-aws-managed", protect="true", extraTags='{"cost-centre": "7"}', batchSize="5")
    assert settings.encryption is Encryption.SSE_KMS_AWS_MANAGED
    assert settings.protect is True
    assert settings.batch_size == 5
    assert settings.tags == {
        "cost-centre": "7",
        "department": "inventory",
        "environment": "dev",
        "owner": "inventory-team",
    }
