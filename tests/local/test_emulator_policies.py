"""Policies decide as on AWS: variables, the caller's role and tags, queue policies, keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.emulator_fixture import Role, allow, document, make_bucket, make_table, queue, unique

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


SERVICES = ("sqs", "s3", "dynamodb")
REFUSALS = {"sqs": "KMS.AccessDeniedException", "s3": "AccessDenied", "dynamodb": "AccessDeniedException"}


def key(emulator: RunningEmulator, *statements: dict[str, Any]) -> str:
    """Make a customer-managed key that the account administers; return its ARN."""
    account = {"AWS": f"arn:aws:iam::{emulator.account_id}:root"}
    policy = document(allow("kms:*", Principal=account), *statements)
    return str(emulator.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


def write_and_read(emulator: RunningEmulator, role: Role, service: str, key_arn: str) -> list[str]:
    """Outcomes of a write to and a read from a queue, a bucket or a table that the key encrypts."""
    root, client = emulator.client(service), role.client(service)
    if service == "sqs":
        url, _ = queue(emulator, KmsMasterKeyId=key_arn)
        return [send(role, url), outcome(client.receive_message, QueueUrl=url)]
    if service == "s3":
        bucket = make_bucket(emulator)
        root.put_object(Bucket=bucket, Key="there", Body=b"x")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}}
        root.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        write = outcome(client.put_object, Bucket=bucket, Key="k", Body=b"x")
        return [write, outcome(client.get_object, Bucket=bucket, Key="there")]
    name, _ = make_table(emulator, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn})
    item = {"id": {"S": "k"}}
    return [outcome(client.put_item, TableName=name, Item=item), outcome(client.get_item, TableName=name, Key=item)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_right_to_what_is_encrypted_is_not_enough_without_its_key(emulator: RunningEmulator, service: str) -> None:
    role = Role.make(emulator, allow(f"{service}:*"))
    assert write_and_read(emulator, role, service, key(emulator)) == [REFUSALS[service]] * 2


@pytest.mark.parametrize("service", SERVICES)
def test_upstream_still_asks_nobody_for_a_key(bare_emulator: RunningEmulator, service: str) -> None:
    role = Role.make(bare_emulator, allow(f"{service}:*"))
    assert write_and_read(bare_emulator, role, service, key(bare_emulator)) == [ALLOWED, ALLOWED]


@pytest.mark.parametrize("service", SERVICES)
def test_a_key_policy_lets_a_role_use_the_key_through_one_service(emulator: RunningEmulator, service: str) -> None:
    role = Role.make(emulator, *(allow(f"{name}:*") for name in SERVICES))
    through = {"StringEquals": {"kms:ViaService": f"{service}.{emulator.region}.amazonaws.com"}}
    actions = ("kms:GenerateDataKey", "kms:Decrypt")
    arn = key(emulator, allow(*actions, Principal={"AWS": role.arn}, Condition=through))
    outcomes = {name: write_and_read(emulator, role, name, arn) for name in SERVICES}
    assert outcomes == {name: [ALLOWED if name == service else REFUSALS[name]] * 2 for name in SERVICES}


@pytest.mark.parametrize(
    ("service", "key_name", "own"),
    [
        ("sqs", "aws:sqs:arn", "arn:aws:sqs:*:q-*"),
        ("s3", "aws:s3:arn", "arn:aws:s3:::b-????????"),
        ("dynamodb", "aws:dynamodb:tableName", "table-????????"),
    ],
)
@pytest.mark.parametrize("others", [False, True])
def test_a_key_policy_lets_a_role_use_the_key_for_one_resource(
    emulator: RunningEmulator,
    service: str,
    key_name: str,
    own: str,
    others: bool,  # noqa: FBT001
) -> None:
    role = Role.make(emulator, allow(f"{service}:*"))
    about = {"StringLike": {f"kms:EncryptionContext:{key_name}": f"not-{own}" if others else own}}
    arn = key(emulator, allow("kms:GenerateDataKey", "kms:Decrypt", Principal={"AWS": role.arn}, Condition=about))
    assert write_and_read(emulator, role, service, arn) == [REFUSALS[service] if others else ALLOWED] * 2


def test_the_right_to_decrypt_alone_lets_receive_and_not_send(emulator: RunningEmulator) -> None:
    role = Role.make(emulator, allow("sqs:*"))
    arn = key(emulator, allow("kms:Decrypt", Principal={"AWS": role.arn}))
    assert write_and_read(emulator, role, "sqs", arn) == [REFUSALS["sqs"], ALLOWED]


def test_keys_that_sqs_or_aws_manages_ask_nobody(emulator: RunningEmulator) -> None:
    role = Role.make(emulator, allow("sqs:*"))
    for attributes in ({"SqsManagedSseEnabled": "true"}, {"KmsMasterKeyId": "alias/aws/sqs"}):
        url, _ = queue(emulator, **attributes)
        assert send(role, url) == ALLOWED


def statements(emulator: RunningEmulator, *actions: str) -> list[str]:
    """Error codes of an insert, an update, a select and a delete by a role that may do ``actions`` on the table."""
    name, arn = make_table(emulator)
    client = Role.make(emulator, *([allow(*actions, on=arn)] if actions else [])).client("dynamodb")
    texts = (
        f"INSERT INTO \"{name}\" VALUE {{'id': 'k', 'part': '1'}}",
        f"UPDATE \"{name}\" SET part='2' WHERE id='k'",  # noqa: S608 - a table of the test's own
        f"SELECT * FROM \"{name}\" WHERE id='k'",  # noqa: S608 - a table of the test's own
        f"DELETE FROM \"{name}\" WHERE id='k'",  # noqa: S608 - a table of the test's own
    )
    return [outcome(client.batch_execute_statement, Statements=[{"Statement": text}]) for text in texts]


PARTIQL = ("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLSelect", "dynamodb:PartiQLDelete")


@pytest.mark.parametrize("number", range(4))
def test_a_statement_needs_the_permission_for_what_it_does(emulator: RunningEmulator, number: int) -> None:
    expected = ["AccessDeniedException"] * 4
    expected[number] = ALLOWED
    assert statements(emulator, PARTIQL[number]) == expected


def test_upstream_still_asks_for_a_permission_of_statements(bare_emulator: RunningEmulator) -> None:
    assert statements(bare_emulator, *PARTIQL) == ["AccessDeniedException"] * 4


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
