"""What event source mappings refuse, and what functions may import."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.emulator_fixture import READING, Role, allow, bodies, function, queue, unique, wait_for

if TYPE_CHECKING:
    from local.emulator.launcher import RunningEmulator

ECHO = "def handler(event, context):\n    return event\n"
UNFIT: dict[str, dict[str, Any]] = {
    "less than Function timeout: 5 seconds": {"queue": {"VisibilityTimeout": "4"}},
    "Maximum batch window in seconds must be greater than 0": {"BatchSize": 11},
    "window is not supported for FIFO": {"queue": {"FifoQueue": "true"}, "MaximumBatchingWindowInSeconds": 1},
    "FIFO queue is 10 at most": {"queue": {"FifoQueue": "true"}, "BatchSize": 11},
}


def map_queue(emulator: RunningEmulator, name: str, attributes: dict[str, str], **settings: Any) -> str:
    """Map a queue to a function; return the mapping's id."""
    sqs, suffix = emulator.client("sqs"), ".fifo" if "FifoQueue" in attributes else ""
    url = sqs.create_queue(QueueName=unique("q") + suffix, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapped = emulator.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=name, **settings)
    return str(mapped["UUID"])


def refusals(emulator: RunningEmulator) -> list[str]:
    """Errors of each mapping that doesn't fit; empty where it is made."""
    name, _ = function(emulator, Role.make(emulator, allow(*READING)), ECHO, timeout_seconds=5)
    found = []
    for settings in UNFIT.values():
        more = dict(settings)
        try:
            map_queue(emulator, name, more.pop("queue", {}), **more)
            found.append("")
        except ClientError as error:
            found.append(str(error))
    return found


def test_a_mapping_that_does_not_fit_its_queue_or_function_is_refused(emulator: RunningEmulator) -> None:
    for why, refusal in zip(UNFIT, refusals(emulator), strict=True):
        assert why in refusal
        assert "InvalidParameterValueException" in refusal


def test_upstream_still_makes_mappings_that_do_not_fit(bare_emulator: RunningEmulator) -> None:
    assert set(refusals(bare_emulator)) == {""}


def test_a_mapping_cannot_be_changed_so_that_it_does_not_fit(emulator: RunningEmulator) -> None:
    name, _ = function(emulator, Role.make(emulator, allow(*READING)), ECHO, timeout_seconds=5)
    client, mapping = emulator.client("lambda"), map_queue(emulator, name, {"VisibilityTimeout": "5"})
    with pytest.raises(ClientError, match="Maximum batch window"):
        client.update_event_source_mapping(UUID=mapping, BatchSize=100)
    client.update_event_source_mapping(UUID=mapping, BatchSize=100, MaximumBatchingWindowInSeconds=1)
    with pytest.raises(ClientError, match="Maximum batch window"):
        client.update_event_source_mapping(UUID=mapping, MaximumBatchingWindowInSeconds=0)
    client.delete_event_source_mapping(UUID=mapping)


SENSELESS = {
    "empty": "[{'itemIdentifier': ''}]",
    "null": "[{'itemIdentifier': None}]",
    "unknown": "[{'itemIdentifier': 'of another batch'}]",
    "misspelt": "[{'itemidentifier': event['Records'][0]['messageId']}]",
}
WITHOUT_FAILURES = {"no failures": "[]", "no list": "None"}


def answer_with(emulator: RunningEmulator, answers: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Map a queue with one message for each answer that a function gives.

    Returns:
        The queues' URLs and the results of their one batch, by answer.
    """
    client, urls, mappings = emulator.client("lambda"), {}, {}
    code = (
        "def handler(event, context):\n"
        f"    answers = {{{', '.join(f'{key!r}: lambda event: {value}' for key, value in answers.items())}}}\n"
        "    return {'batchItemFailures': answers[event['Records'][0]['body']](event)}\n"
    )
    name, _ = function(emulator, Role.make(emulator, allow(*READING)), code, timeout_seconds=2)
    for key in answers:
        urls[key], arn = queue(emulator, VisibilityTimeout="2")
        emulator.client("sqs").send_message(QueueUrl=urls[key], MessageBody=key)
        mappings[key] = client.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=name, FunctionResponseTypes=["ReportBatchItemFailures"]
        )["UUID"]

    def result(key: str) -> str:
        found = str(client.get_event_source_mapping(UUID=mappings[key])["LastProcessingResult"])
        return "" if found == "No records processed" else found

    results = {}
    for key in answers:
        results[key] = wait_for(partial(result, key), f"the batch answered with {key}")
        client.delete_event_source_mapping(UUID=mappings[key])
    return urls, results


def test_a_senseless_batch_response_fails_the_batch_and_loses_no_message(emulator: RunningEmulator) -> None:
    urls, results = answer_with(emulator, SENSELESS)
    assert set(results.values()) == {"FAILED"}
    for key, url in urls.items():
        assert wait_for(partial(bodies, emulator, url), "the message, visible again") == [key]


def test_a_batch_response_without_failures_is_a_success(emulator: RunningEmulator) -> None:
    urls, results = answer_with(emulator, WITHOUT_FAILURES)
    assert set(results.values()) == {"OK - 1 records"}
    assert {held(emulator, url) for url in urls.values()} == {0}


def test_upstream_still_deletes_what_a_senseless_response_names(bare_emulator: RunningEmulator) -> None:
    urls, _ = answer_with(bare_emulator, SENSELESS)
    assert {held(bare_emulator, url) for url in urls.values()} == {0}


def held(emulator: RunningEmulator, url: str) -> int:
    """Messages in a queue, whether visible or not."""
    names: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(map(int, counts.values()))


def importable(emulator: RunningEmulator) -> dict[str, bool]:
    """Which packages a function without any finds."""
    names = ("boto3", "botocore", "pulumi", "ministack", "aws_lambda_powertools", "inventory_updates", "local")
    code = (
        "import importlib.util\n"
        f"def handler(event, context):\n    return {{n: importlib.util.find_spec(n) is not None for n in {names}}}\n"
    )
    name, _ = function(emulator, Role.make(emulator), code)
    found: dict[str, bool] = json.loads(emulator.client("lambda").invoke(FunctionName=name)["Payload"].read())
    return found


def test_a_function_imports_what_lambda_brings_and_nothing_of_this_environment(emulator: RunningEmulator) -> None:
    assert [name for name, found in importable(emulator).items() if found] == ["boto3", "botocore"]


def test_upstream_still_lends_functions_its_own_packages(bare_emulator: RunningEmulator) -> None:
    assert all(importable(bare_emulator).values())
