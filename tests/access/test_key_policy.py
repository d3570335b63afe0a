"""The customer-managed key's policy lets through just what each role and service needs it for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from local.emulator.launcher import ACCOUNT_ID, REGION
from tests.access.cells import EVERYTHING, FUNCTIONS, OTHER_ACCOUNT
from tests.access.evaluator import Caller, CallerKind, Request, Resource, allowed
from tests.access.programs import arn, previewed_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.access.programs import Programs

ACTIONS: Final = ("Decrypt", "GenerateDataKey", "Encrypt", "CreateGrant", "DescribeKey", "PutKeyPolicy")
PUTS, TAKES = {"Decrypt", "GenerateDataKey"}, {"Decrypt"}
# What each function needs the key for, from what it does with what; everything else is refused.
NEEDED: Final = {
    ("csv_to_queue", "sqs", "updates"): PUTS,
    ("csv_to_queue", "sqs", "failures"): PUTS,
    ("csv_to_queue", "s3", "uploads"): PUTS,
    ("csv_to_queue", "dynamodb", "receipts"): TAKES,
    ("queue_to_table", "sqs", "updates"): TAKES,
    ("queue_to_table", "sqs", "updates-dead-letter"): PUTS,
    ("queue_to_table", "dynamodb", "inventory"): TAKES,
    ("queue_to_table", "dynamodb", "receipts"): TAKES,
    ("receipts_watch", "sqs", "failures"): PUTS,
    ("receipts_watch", "dynamodb", "receipts"): TAKES,
}
CONTEXT: Final = {"sqs": "aws:sqs:arn", "s3": "aws:s3:arn", "dynamodb": "aws:dynamodb:tableName"}
KINDS: Final = {"sqs": ("Queue", "name"), "s3": ("Bucket", "bucket"), "dynamodb": ("Table", "name")}
ENCRYPTED: Final = (
    ("sqs", "updates"),
    ("sqs", "updates-dead-letter"),
    ("sqs", "failures"),
    ("s3", "uploads"),
    ("dynamodb", "inventory"),
    ("dynamodb", "receipts"),
)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    folder = tmp_path_factory.mktemp("key-policy") / "stack"
    with previewed_programs(folder, encryption="sse-kms-customer-managed") as previewed:
        yield previewed


def key(programs: Programs) -> Resource:
    """The pipeline's key, which is not there yet at its first preview."""
    policy = json.loads(programs.pipeline.inputs("Key inventory-key")["policy"])
    return Resource(arn("kms", "key/1"), ACCOUNT_ID, policy=policy, is_key=True)


def context(programs: Programs, service: str, part: str) -> dict[str, str]:
    """What the service tells KMS of the resource that it encrypts."""
    kind, name_property = KINDS[service]
    name = programs.physical_name(f"{kind} inventory-{part}", name_property)
    told = {"sqs": arn("sqs", name), "s3": f"arn:aws:s3:::{name}", "dynamodb": name}[service]
    return {
        "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
        f"kms:EncryptionContext:{CONTEXT[service]}": told,
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_uses_the_key_for_what_it_does_and_nothing_else(programs: Programs, function: str) -> None:
    caller, asked = programs.function_role(FUNCTIONS[function]), key(programs)
    for service, part in ENCRYPTED:
        keys = context(programs, service, part)
        let_through = {action for action in ACTIONS if allowed(Request(caller, f"kms:{action}", asked, keys))}
        assert let_through == NEEDED.get((function, service, part), set()), (service, part)
        for missing in keys:  # directly, or for something that the service doesn't name
            fewer = {name: value for name, value in keys.items() if name != missing}
            assert not any(allowed(Request(caller, f"kms:{action}", asked, fewer)) for action in ACTIONS)
        others = {name: value.replace("inventory", "another", 1) for name, value in keys.items()}
        assert not any(allowed(Request(caller, f"kms:{action}", asked, others)) for action in ACTIONS)


@pytest.mark.parametrize(
    ("source_account", "topic", "expected"),
    [(ACCOUNT_ID, "alarms", True), (OTHER_ACCOUNT, "alarms", False), (ACCOUNT_ID, "other", False)],
)
def test_alarms_of_this_account_reach_the_encrypted_topic(
    programs: Programs,
    source_account: str,
    topic: str,
    expected: bool,  # noqa: FBT001
) -> None:
    name = programs.physical_name("Topic inventory-alarms") if topic == "alarms" else "inventory-other-1234567"
    keys = {"aws:SourceAccount": source_account, "kms:EncryptionContext:aws:sns:topicArn": arn("sns", name)}
    alarms = Caller(CallerKind.SERVICE, "cloudwatch.amazonaws.com", keys=keys)
    for action in ("Decrypt", "GenerateDataKey"):
        assert allowed(Request(alarms, f"kms:{action}", key(programs))) is expected
    assert not allowed(Request(alarms, "kms:Encrypt", key(programs)))


@pytest.mark.parametrize("service", ["s3", "sns", "sqs", "events", "lambda"])
def test_no_other_service_may_use_the_key(programs: Programs, service: str) -> None:
    caller = Caller(CallerKind.SERVICE, f"{service}.amazonaws.com", keys={"aws:SourceAccount": ACCOUNT_ID})
    for part in ENCRYPTED:
        for action in ACTIONS:
            assert not allowed(Request(caller, f"kms:{action}", key(programs), context(programs, *part)))


def test_the_account_administers_the_key_by_its_own_policies(programs: Programs) -> None:
    plain = Caller(CallerKind.ROLE, f"arn:aws:iam::{ACCOUNT_ID}:role/plain", ACCOUNT_ID)
    administrator = Caller(CallerKind.ROLE, plain.arn, ACCOUNT_ID, policies=[EVERYTHING])
    stranger = Caller(
        CallerKind.ROLE, plain.arn.replace(ACCOUNT_ID, OTHER_ACCOUNT), OTHER_ACCOUNT, policies=[EVERYTHING]
    )
    for action in ACTIONS:
        assert allowed(Request(administrator, f"kms:{action}", key(programs)))
        assert not allowed(Request(plain, f"kms:{action}", key(programs)))
        assert not allowed(Request(stranger, f"kms:{action}", key(programs)))
