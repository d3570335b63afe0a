from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from components import pipeline_functions
from components.inventory_pipeline import InventoryPipeline
from components.settings import PipelineSettings
from tests.unit.pulumi_program import ACCOUNT_ID, REGION, Program, run_program

if TYPE_CHECKING:
    from pathlib import Path

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
LONGEST_DESCRIPTION = 1024
LONGEST_RULE = 10_240


@pytest.fixture(autouse=True)
def _no_packaging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archive = tmp_path / "function.zip"
    archive.write_bytes(b"PK\x05\x06" + bytes(18))
    monkeypatch.setattr(pipeline_functions, "build_archive", lambda *_: archive)


def pipeline(**settings: Any) -> Program:
    return run_program(lambda: InventoryPipeline("inventory", PipelineSettings(**settings)))


def alarms(**settings: Any) -> dict[str, dict[str, Any]]:
    found = pipeline(**settings).of_type(ALARM)
    return {name.removeprefix("inventory-alarms-"): alarm.inputs for name, alarm in found.items()}


def test_everything_that_can_go_wrong_has_an_alarm() -> None:
    assert set(alarms()) == {
        "updates-age",
        "dead-letter-not-empty",
        "failures-not-empty",
        "receipts-incomplete",
        "rows-rejected",
        "csv-to-queue-errors",
        "csv-to-queue-throttles",
        "csv-to-queue-near-timeout",
        "csv-to-queue-event-age",
        "csv-to-queue-failures-lost",
        "queue-to-table-errors",
        "queue-to-table-throttles",
        "queue-to-table-near-timeout",
        "receipts-watch-errors",
        "receipts-watch-throttles",
        "receipts-watch-near-timeout",
    }


def test_thresholds_are_those_of_the_configuration() -> None:
    found = alarms(
        age_alarm_seconds=120,
        dead_letter_alarm_messages=7,
        error_alarm_count=3,
        throttle_alarm_count=4,
        duration_alarm_percent=50,
        event_age_alarm_seconds=90,
        rejected_rows_alarm_percent=25,
        csv_function_timeout_seconds=300,
        table_function_timeout_seconds=30,
    )
    assert {name: alarm["threshold"] for name, alarm in found.items() if not name.startswith("receipts-watch")} == {
        "updates-age": 120,
        "dead-letter-not-empty": 7,
        "failures-not-empty": 7,
        "receipts-incomplete": 1,
        "rows-rejected": 25,
        "csv-to-queue-errors": 3,
        "csv-to-queue-throttles": 4,
        "csv-to-queue-near-timeout": 270_000,  # it works for 240 s of its 300 before it hands over
        "csv-to-queue-event-age": 90_000,
        "csv-to-queue-failures-lost": 1,
        "queue-to-table-errors": 3,
        "queue-to-table-throttles": 4,
        "queue-to-table-near-timeout": 15_000,
    }


def test_the_share_of_rejected_rows_is_metric_math_over_what_the_function_publishes() -> None:
    alarm = alarms()["rows-rejected"]
    queries = {query["id"]: query for query in alarm["metricQueries"]}
    assert queries["watched"]["expression"] == "100 * rejected / read"
    assert [identity for identity, query in queries.items() if query.get("returnData")] == ["watched"]
    dimensions = {"service": "csv_to_queue", "FunctionName": "inventory-csv-to-queue-1a2b3c4"}
    for identity, name in (("rejected", "RowsRejected"), ("read", "RowsRead")):
        assert queries[identity]["metric"] == {
            "namespace": "InventoryPipeline",
            "metricName": name,
            "dimensions": dimensions,
            "stat": "Sum",
            "period": 300,
        }
    assert "metricName" not in alarm


def test_every_alarm_says_what_it_means_links_to_its_runbook_and_tells_the_topic() -> None:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:inventory-alarms-1a2b3c4"
    program = pipeline(runbooks_url="https://wiki.example.com/runbooks")
    for alarm in (*program.of_type(ALARM).values(), *program.of_type(COMPOSITE).values()):
        description = alarm.inputs["alarmDescription"]
        assert re.fullmatch(r"\w.*\. What to do: https://wiki\.example\.com/runbooks#[a-z-]+", description), description
        assert len(description) <= LONGEST_DESCRIPTION
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [topic]


def test_what_is_measured_now_and_then_keeps_its_state_and_silence_is_well_otherwise() -> None:
    treated = {name: alarm["treatMissingData"] for name, alarm in alarms().items()}
    assert treated.pop("receipts-incomplete") == "ignore"
    assert set(treated.values()) == {"notBreaching"}


def test_the_pipeline_is_unhealthy_while_any_alarm_is_on() -> None:
    program = pipeline()
    (composite,) = program.of_type(COMPOSITE).values()
    assert composite.inputs["alarmName"] == "inventory-updates-1a2b3c4-pipeline-unhealthy"
    rule = composite.inputs["alarmRule"]
    assert set(rule.split(" OR ")) == {f'ALARM("{alarm.id}")' for alarm in program.of_type(ALARM).values()}
    assert len(rule) <= LONGEST_RULE
