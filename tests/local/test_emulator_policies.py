"""Policies decide as on AWS: variables, the caller's role and tags, queue policies, keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.emulator_fixture import Role, allow, document, make_bucket, queue, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.launcher import RunningEmulator

ALLOWED = ""


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """The error code of a call, or ``ALLOWED``."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ALLOWED


def set_policy(emulator: RunningEmulator, url: str, *statements: dict[str, Any]) -> None:
    emulator.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(*statements)})


def send(role: Role, url: str) -> str:
    return outcome(role.client("sqs").send_message, QueueUrl=url, MessageBody="x")


def by_tag(emulator: RunningEmulator) -> list[str]:
    """One policy for many queues: the project of the caller must be that of the queue, in tag and name."""
    condition = {"StringEquals": {"aws:ResourceTag/project": "${aws:PrincipalTag/project}"}}
    own_name = f"arn:aws:sqs:*:*:${{aws:PrincipalTag/project}}-*{unique('')}"
    role = Role.make(emulator, allow("sqs:SendMessage", on=own_name, Condition=condition), project="alpha")
    stranger = Role.make(emulator, allow("sqs:SendMessage", on=own_name, Condition=condition), project="beta")
    untagged = Role.make(emulator, allow("sqs:SendMessage", on=own_name, Condition=condition))
    url = emulator.client("sqs").create_queue(
        QueueName="alpha-" + own_name.rpartition("*")[2], tags={"project": "alpha"}
    )["QueueUrl"]
    return [send(caller, url) for caller in (role, stranger, untagged)]


def test_policy_variables_stand_for_the_callers_tags(emulator: RunningEmulator) -> None:
    assert by_tag(emulator) == [ALLOWED, "AccessDenied", "AccessDenied"]


def test_upstream_still_takes_policy_variables_as_text(bare_emulator: RunningEmulator) -> None:
    assert by_tag(bare_emulator)[0] == "AccessDenied"


def test_a_variable_without_value_has_its_default(emulator: RunningEmulator) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/project": "${aws:PrincipalTag/project, 'shared'}"}}
    role = Role.make(emulator, allow("sqs:SendMessage", Condition=condition))
    url = emulator.client("sqs").create_queue(QueueName=unique("q"), tags={"project": "shared"})["QueueUrl"]
    assert send(role, url) == ALLOWED


def denied_to_all_but(emulator: RunningEmulator, operator: str) -> list[str]:
    """What the spared role and another one, both allowed by their own policies, get."""
    spared, other = (Role.make(emulator, allow("sqs:SendMessage")) for _ in range(2))
    url, arn = queue(emulator)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    set_policy(emulator, url, deny | {"Condition": {operator: {"aws:PrincipalArn": spared.arn}}})
    return [send(spared, url), send(other, url)]


@pytest.mark.parametrize("operator", ["ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"])
def test_a_deny_spares_the_role_that_it_names(emulator: RunningEmulator, operator: str) -> None:
    assert denied_to_all_but(emulator, operator) == [ALLOWED, "AccessDenied"]


def test_upstream_still_gives_the_arn_of_the_session(bare_emulator: RunningEmulator) -> None:
    assert denied_to_all_but(bare_emulator, "ArnNotEquals")[0] == "AccessDenied"


def denied_to_other_teams(emulator: RunningEmulator) -> list[str]:
    ours, theirs = (Role.make(emulator, allow("sqs:SendMessage"), team=team) for team in ("ours", "theirs"))
    url, arn = queue(emulator)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn}
    set_policy(emulator, url, deny | {"Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "ours"}}})
    return [send(ours, url), send(theirs, url)]


def test_a_queue_policy_knows_the_callers_tags(emulator: RunningEmulator) -> None:
    assert denied_to_other_teams(emulator) == [ALLOWED, "AccessDenied"]


def test_upstream_still_forgets_the_callers_tags(bare_emulator: RunningEmulator) -> None:
    assert denied_to_other_teams(bare_emulator)[0] == "AccessDenied"


def test_a_queue_policy_alone_lets_the_role_send_and_do_nothing_else(emulator: RunningEmulator) -> None:
    role, other = Role.make(emulator), Role.make(emulator)
    url, arn = queue(emulator)
    set_policy(emulator, url, allow("sqs:SendMessage", on=arn, Principal={"AWS": [role.arn]}))
    assert [send(role, url), send(other, url)] == [ALLOWED, "AccessDenied"]
    entries = [{"Id": "1", "MessageBody": "x"}]
    assert outcome(role.client("sqs").send_message_batch, QueueUrl=url, Entries=entries) == ALLOWED
    assert outcome(role.client("sqs").receive_message, QueueUrl=url) == "AccessDenied"


@pytest.mark.parametrize(("secure", "expected"), [("false", ALLOWED), ("true", "AccessDenied")])
def test_requests_over_tls_count_as_secure(emulator: RunningEmulator, secure: str, expected: str) -> None:
    role = Role.make(emulator, allow("sqs:SendMessage", "s3:PutObject"))
    condition = {"Bool": {"aws:SecureTransport": secure}}
    url, arn = queue(emulator)
    set_policy(
        emulator,
        url,
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn, "Condition": condition},
    )
    s3, bucket = emulator.client("s3"), make_bucket(emulator)
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": condition}
    s3.put_bucket_policy(Bucket=bucket, Policy=document(deny))
    assert send(role, url) == expected
    assert outcome(role.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x") == expected


def encrypted(emulator: RunningEmulator, *key_statements: dict[str, Any]) -> tuple[str, str]:
    """A queue with a customer-managed key that the account administers."""
    account = {"AWS": f"arn:aws:iam::{emulator.account_id}:root"}
    policy = document(allow("kms:*", Principal=account), *key_statements)
    key = emulator.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    url, _ = queue(emulator, KmsMasterKeyId=key)
    return url, key


def without_the_key(emulator: RunningEmulator) -> str:
    url, _ = encrypted(emulator)
    return send(Role.make(emulator, allow("sqs:*")), url)


def test_the_right_to_send_is_not_enough_for_an_encrypted_queue(emulator: RunningEmulator) -> None:
    assert without_the_key(emulator) == "KMS.AccessDeniedException"


def test_upstream_still_asks_nobody_for_a_queues_key(bare_emulator: RunningEmulator) -> None:
    assert without_the_key(bare_emulator) == ALLOWED


@pytest.mark.parametrize(
    ("through", "actions", "expected"),
    [
        ("sqs", ["kms:GenerateDataKey", "kms:Decrypt"], [ALLOWED, ALLOWED]),
        ("sqs", ["kms:Decrypt"], ["KMS.AccessDeniedException", ALLOWED]),
        ("s3", ["kms:GenerateDataKey", "kms:Decrypt"], ["KMS.AccessDeniedException", "KMS.AccessDeniedException"]),
    ],
)
def test_a_key_policy_says_who_sends_and_receives_through_which_service(
    emulator: RunningEmulator, through: str, actions: list[str], expected: list[str]
) -> None:
    role = Role.make(emulator, allow("sqs:*"))
    through_service = {"StringEquals": {"kms:ViaService": f"{through}.{emulator.region}.amazonaws.com"}}
    url, _ = encrypted(emulator, allow(*actions, Principal={"AWS": role.arn}, Condition=through_service))
    assert [send(role, url), outcome(role.client("sqs").receive_message, QueueUrl=url)] == expected


def test_keys_that_sqs_or_aws_manages_ask_nobody(emulator: RunningEmulator) -> None:
    role = Role.make(emulator, allow("sqs:*"))
    for attributes in ({"SqsManagedSseEnabled": "true"}, {"KmsMasterKeyId": "alias/aws/sqs"}):
        url, _ = queue(emulator, **attributes)
        assert send(role, url) == ALLOWED


def trace_headers(emulator: RunningEmulator) -> list[str | None]:
    url, _ = queue(emulator)
    sqs = emulator.client("sqs")
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5e-a1"}}
    entries: list[Any] = [
        {"Id": "1", "MessageBody": json.dumps(1), "MessageSystemAttributes": header},
        {"Id": "2", "MessageBody": json.dumps(2)},
    ]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
    return [m["Attributes"].get("AWSTraceHeader") for m in sorted(received["Messages"], key=lambda m: m["Body"])]


def test_a_trace_header_travels_with_its_entry_of_a_batch(emulator: RunningEmulator) -> None:
    assert trace_headers(emulator) == ["Root=1-5e-a1", None]


def test_upstream_still_drops_trace_headers_of_batches(bare_emulator: RunningEmulator) -> None:
    assert trace_headers(bare_emulator) == [None, None]
