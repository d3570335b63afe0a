"""The project's own stack with one thing broken at a time: each time the right rule notices, and none before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.stack_fixture import StackOnEmulator
from tests.policies.analyzer import Declared
from tests.policies.engine.recorded_stack import Mutant, added, fields, recorded, removed, statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.policies.analyzer import Analyzer

pytestmark = pytest.mark.timeout(300)

DAY = 86_400
UPDATES, DEAD, FAILURES = "Queue/inventory-updates", "Queue/inventory-updates-dead-letter", "Queue/inventory-failures"
UPDATES_POLICY, DEAD_POLICY = "QueuePolicy/inventory-updates-policy", "QueuePolicy/inventory-updates-dead-letter-policy"
FAILURES_POLICY = "QueuePolicy/inventory-failures-policy"
REDRIVE_ALLOW = "RedriveAllowPolicy/inventory-updates-dead-letter-redrive-allow"
MAPPING = "EventSourceMapping/inventory-updates-to-table"
CSV, TABLE = "Function/inventory-csv-to-queue", "Function/inventory-queue-to-table"
CSV_POLICY, TABLE_POLICY = "RolePolicy/inventory-csv-to-queue-policy", "RolePolicy/inventory-queue-to-table-policy"
CSV_ROLE = "Role/inventory-csv-to-queue"
BUCKET_POLICY, BUCKET_BLOCK = (
    "BucketPolicy/inventory-uploads-policy",
    "BucketPublicAccessBlock/inventory-uploads-public-access-block",
)
TOPIC, TOPIC_POLICY = "Topic/inventory-alarms", "TopicPolicy/inventory-alarms-policy"
KEY = "Key/inventory-alarms-key"
PLAIN = {"aws:SecureTransport": "false"}

HTTPS, PUBLIC, LEAST = "sqs-https-only", "sqs-no-public-access", "sqs-least-privilege-policy"
LETTERS, ALLOW, RETENTION, VISIBLE = (
    "sqs-dead-letter-queue",
    "sqs-dlq-redrive-allow",
    "sqs-dlq-retention",
    "sqs-visibility-timeout",
)
ENCRYPTED, TAGS, CREATE, CONDITION = (
    "sqs-encrypted-at-rest",
    "abac-required-tags",
    "abac-tag-on-create",
    "abac-tag-condition",
)


def https(name: str, policy: str = UPDATES_POLICY, number: int = 1, **changes: Any) -> Mutant:
    """The Deny over plain HTTP, changed."""
    return Mutant(name, HTTPS, policy, {"policy": statement(number, **changes)})


def let_send(name: str, rule: str, **changes: Any) -> Mutant:
    """The Allow for the sender, changed."""
    return Mutant(name, rule, UPDATES_POLICY, {"policy": statement(0, **changes)})


def more_allowed(name: str, rule: str, action: Any, resource: Any = "*", condition: Any = None) -> Mutant:
    """One more statement in the policy of a function's role."""
    new = {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}
    return Mutant(name, rule, TABLE_POLICY, {"policy": added(**new)})


def redrive(name: str, rule: str, **changes: Any) -> Mutant:
    return Mutant(name, rule, UPDATES, {"redrivePolicy": fields(**changes)})


def elsewhere(name: str) -> str:
    return f"arn:aws:sqs:eu-central-1:123456789012:{name}"


QUEUE_MUTANTS = [
    Mutant("no word of encryption", ENCRYPTED, UPDATES, {"sqsManagedSseEnabled": None}),
    Mutant("encryption off", ENCRYPTED, UPDATES, {"sqsManagedSseEnabled": False}),
    Mutant("encryption off on the dead-letter queue", ENCRYPTED, DEAD, {"sqsManagedSseEnabled": False}),
    Mutant("encryption off on the failures queue", ENCRYPTED, FAILURES, {"sqsManagedSseEnabled": False}),
    Mutant("an empty key", ENCRYPTED, UPDATES, {"kmsMasterKeyId": "", "sqsManagedSseEnabled": None}),
    Mutant("both kinds of encryption", ENCRYPTED, UPDATES, {"kmsMasterKeyId": "alias/aws/sqs"}),
    Mutant("no policy on the queue", HTTPS, UPDATES_POLICY),
    Mutant("no policy on the dead-letter queue", HTTPS, DEAD_POLICY),
    Mutant("no policy on the failures queue", HTTPS, FAILURES_POLICY),
    Mutant("no Deny", HTTPS, UPDATES_POLICY, {"policy": removed(1)}),
    Mutant("no Deny on the dead-letter queue", HTTPS, DEAD_POLICY, {"policy": removed(2)}),
    Mutant(
        "the right policy on the wrong queue",
        HTTPS,
        UPDATES_POLICY,
        {"queueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/other"},
    ),
    https("a Deny for one principal", Principal={"AWS": "arn:aws:iam::123456789012:role/someone"}),
    https("a Deny for one account", Principal={"AWS": "123456789012"}),
    https("a Deny for services", Principal={"Service": "*"}),
    https("a Deny for all but one", Principal=None, NotPrincipal={"AWS": "arn:aws:iam::123456789012:role/someone"}),
    https("StringEquals with the wrong key", Condition={"StringEquals": {"aws:SecureTransports": "false"}}),
    https("a second key that narrows the Deny", Condition={"Bool": {**PLAIN, "aws:ViaAWSService": "false"}}),
    https(
        "a second operator that narrows the Deny",
        Condition={"Bool": PLAIN, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    ),
    https(
        "an address that narrows the Deny", Condition={"Bool": PLAIN, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    ),
    https("an exempt role", Condition={"Bool": PLAIN, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}),
    https("Bool true", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    https("Null instead of Bool", Condition={"Null": {"aws:SecureTransport": "true"}}),
    https("ForAnyValue on an absent key", Condition={"ForAnyValue:StringEquals": {"aws:TransportSecurity": "false"}}),
    https("a Deny of SendMessage only", Action="sqs:SendMessage"),
    https("a Deny of data actions only", Action=["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]),
    https("a Deny with NotAction", Action=None, NotAction="sqs:ReceiveMessage"),
    https("a Deny of another service", Action="sns:*"),
    https("a Deny on a queue with a longer name", Resource=elsewhere("my-inventory-updates")),
    https("a Deny in another region", Resource="arn:aws:sqs:us-east-1:123456789012:*"),
    https("a Deny with NotResource", Resource=None, NotResource="*"),
    https("Allow instead of Deny", Effect="Allow"),
    https("a misspelt effect", Effect="deny"),
    https("a misspelt element", Condition=None, Conditions={"Bool": PLAIN}),
    https("a misspelt operator", Condition={"Boolean": PLAIN}),
    https("a narrowed Deny on the dead-letter queue", DEAD_POLICY, 2, Action="sqs:SendMessage"),
    https("a narrowed Deny on the failures queue", FAILURES_POLICY, 0, Principal={"AWS": "123456789012"}),
    Mutant("a policy that is no JSON", HTTPS, UPDATES_POLICY, {"policy": "{'Statement': []}"}),
    let_send("everybody may send", PUBLIC, Principal="*"),
    let_send("everybody of AWS may send", PUBLIC, Principal={"AWS": "*"}),
    let_send(
        "everybody but one may send", PUBLIC, Principal=None, NotPrincipal={"AWS": "arn:aws:iam::123456789012:role/x"}
    ),
    let_send("a stranger may send", PUBLIC, Principal={"AWS": "arn:aws:iam::999999999999:root"}),
    let_send(
        "everybody from one address may send",
        PUBLIC,
        Principal="*",
        Condition={"IpAddress": {"aws:SourceIp": "192.0.2.1/32"}},
    ),
    let_send(
        "the organisation, if there is one",
        PUBLIC,
        Principal="*",
        Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    ),
    let_send(
        "ForAllValues on the organisation",
        PUBLIC,
        Principal="*",
        Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    ),
    let_send("any bucket", PUBLIC, Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
    let_send("a wildcard inside a principal", PUBLIC, Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
    let_send("all actions of SQS", LEAST, Action="sqs:*"),
    let_send("all actions", LEAST, Action="*"),
    let_send("all actions but one", LEAST, Action=None, NotAction="sqs:DeleteQueue"),
    let_send("a pattern of actions", LEAST, Action="sqs:*Queue*"),
    let_send("all resources", LEAST, Resource="*"),
    let_send("all resources but one", LEAST, Resource=None, NotResource=elsewhere("x")),
    let_send("another queue's ARN", LEAST, Resource=elsewhere("x")),
    Mutant("a service without source", LEAST, DEAD_POLICY, {"policy": statement(0, Condition=None)}),
    Mutant(
        "a service with any source",
        LEAST,
        DEAD_POLICY,
        {"policy": statement(0, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sqs:*:*:*"}})},
    ),
    Mutant(
        "a service with a source if there is one",
        LEAST,
        DEAD_POLICY,
        {"policy": statement(0, Condition={"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}})},
    ),
    Mutant("no dead-letter queue", LETTERS, UPDATES, {"redrivePolicy": None}),
    redrive("one receive", LETTERS, maxReceiveCount=1),
    redrive("a thousand receives", LETTERS, maxReceiveCount=1000),
    redrive("no receive count", LETTERS, maxReceiveCount=None),
    redrive("no target", LETTERS, deadLetterTargetArn=None),
    redrive("a target that is no queue", LETTERS, deadLetterTargetArn="arn:aws:sns:eu-central-1:123456789012:topic"),
    redrive("a FIFO target", LETTERS, deadLetterTargetArn=elsewhere("dead.fifo")),
    Mutant("a FIFO source", LETTERS, UPDATES, {"fifoQueue": True}),
    Mutant(
        "a failures queue that nothing fails to", LETTERS, "FunctionEventInvokeConfig/inventory-csv-to-queue-failures"
    ),
    Mutant("no redrive-allow policy", ALLOW, REDRIVE_ALLOW),
    Mutant("allowAll", ALLOW, REDRIVE_ALLOW, {"redriveAllowPolicy": '{"redrivePermission": "allowAll"}'}),
    Mutant("denyAll", ALLOW, REDRIVE_ALLOW, {"redriveAllowPolicy": '{"redrivePermission": "denyAll"}'}),
    Mutant(
        "another source allowed", ALLOW, REDRIVE_ALLOW, {"redriveAllowPolicy": fields(sourceQueueArns=[elsewhere("x")])}
    ),
    Mutant("no source allowed", ALLOW, REDRIVE_ALLOW, {"redriveAllowPolicy": fields(sourceQueueArns=[])}),
    Mutant(
        "the redrive-allow policy on another queue",
        ALLOW,
        REDRIVE_ALLOW,
        {"queueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/other"},
    ),
    Mutant("dead letters kept as long as messages", RETENTION, UPDATES, {"messageRetentionSeconds": 14 * DAY}),
    Mutant("dead letters kept for a day", RETENTION, DEAD, {"messageRetentionSeconds": DAY}),
    Mutant("failures kept by default", RETENTION, FAILURES, {"messageRetentionSeconds": None}),
    Mutant(
        "a second less than six times the timeout",
        VISIBLE,
        UPDATES,
        {"visibilityTimeoutSeconds": lambda seconds: seconds - 1},
    ),
    Mutant("the default visibility for a slow function", VISIBLE, TABLE, {"timeout": 60}),
    Mutant("a batching window that is not counted", VISIBLE, MAPPING, {"maximumBatchingWindowInSeconds": 300}),
    Mutant("short polling", "sqs-long-polling", UPDATES, {"receiveWaitTimeSeconds": 0}),
    Mutant("messages kept for a minute", "sqs-retention-bounds", UPDATES, {"messageRetentionSeconds": 60}),
]

TAG_MUTANTS = [
    *(
        Mutant(f"no tags on {each}", TAGS, each, {"tags": None})
        for each in (UPDATES, DEAD, CSV, CSV_ROLE, TOPIC, KEY, MAPPING)
    ),
    Mutant("one tag missing", TAGS, "Table/inventory-inventory", {"tags": fields(owner=None)}),
    Mutant("an empty tag", TAGS, "Bucket/inventory-uploads", {"tags": fields(owner="")}),
    Mutant("a tag in another case", TAGS, UPDATES, {"tags": fields(owner=None, Owner="inventory-team")}),
    more_allowed("queues created without tags", CREATE, "sqs:CreateQueue"),
    more_allowed(
        "queues created with one tag",
        CREATE,
        "sqs:CreateQueue",
        condition={"StringLike": {"aws:RequestTag/owner": "*"}},
    ),
    more_allowed(
        "queues created with tags, if any",
        CREATE,
        "sqs:CreateQueue",
        condition={
            "StringLikeIfExists": {
                "aws:RequestTag/department": "*",
                "aws:RequestTag/environment": "*",
                "aws:RequestTag/owner": "*",
            }
        },
    ),
    more_allowed("all queues", CONDITION, "sqs:SendMessage"),
    more_allowed("queues by a prefix", CONDITION, "sqs:SendMessage", elsewhere("inventory-*")),
    more_allowed(
        "a condition on the caller's tag alone",
        CONDITION,
        "sqs:SendMessage",
        condition={"StringEquals": {"aws:PrincipalTag/department": "inventory"}},
    ),
    more_allowed(
        "a condition on a tag that the caller sets itself",
        CONDITION,
        "sqs:SendMessage",
        condition={"StringEquals": {"aws:RequestTag/department": "${aws:PrincipalTag/department}"}},
    ),
    more_allowed(
        "matching tags, if any",
        CONDITION,
        "sqs:SendMessage",
        condition={"StringEqualsIfExists": {"aws:ResourceTag/department": "${aws:PrincipalTag/department}"}},
    ),
    more_allowed("the deciding tags changed", CONDITION, "sqs:TagQueue", elsewhere("inventory-updates")),
    more_allowed("the role's own tags changed", CONDITION, "iam:TagRole", "arn:aws:iam::123456789012:role/x"),
]

OTHER_MUTANTS = [
    Mutant("whole batches fail", "lambda-event-source-partial-batch", MAPPING, {"functionResponseTypes": None}),
    Mutant("unlimited concurrency", "lambda-event-source-maximum-concurrency", MAPPING, {"scalingConfig": None}),
    Mutant("no tracing", "lambda-tracing", CSV, {"tracingConfig": None}),
    Mutant("tracing passes through", "lambda-tracing", TABLE, {"tracingConfig": {"mode": "PassThrough"}}),
    Mutant("a runtime of yesterday", "lambda-supported-runtime", TABLE, {"runtime": "python3.8"}),
    Mutant(
        "asynchronous failures vanish",
        "lambda-async-failure-destination",
        "FunctionEventInvokeConfig/inventory-csv-to-queue-failures",
    ),
    Mutant(
        "a secret in the environment",
        "lambda-no-secrets-in-environment",
        TABLE,
        {"environment": {"variables": {"DB_PASSWORD": "hunter2-hunter2"}}},
    ),
    more_allowed(
        "all actions of DynamoDB", "iam-no-wildcard", "dynamodb:*", "arn:aws:dynamodb:eu-central-1:123456789012:table/x"
    ),
    more_allowed("everything", "iam-no-wildcard", "*"),
    Mutant("anybody assumes the role", "iam-no-wildcard", CSV_ROLE, {"assumeRolePolicy": statement(0, Principal="*")}),
    Mutant(
        "logs kept for ever", "log-group-retention", "LogGroup/inventory-csv-to-queue-logs", {"retentionInDays": None}
    ),
    Mutant("no block on public access", "s3-public-access-blocked", BUCKET_BLOCK),
    Mutant("public policies not blocked", "s3-public-access-blocked", BUCKET_BLOCK, {"blockPublicPolicy": False}),
    Mutant("no policy on the bucket", "s3-https-only", BUCKET_POLICY),
    Mutant(
        "plain HTTP for objects",
        "s3-https-only",
        BUCKET_POLICY,
        {"policy": lambda text: text.replace("/*", "/private/*")},
    ),
    Mutant(
        "notifications of everything",
        "s3-notification-no-loop",
        "BucketNotification/inventory-uploads-notification",
        {"lambdaFunctions": lambda listed: [{k: v for k, v in each.items() if k != "filterPrefix"} for each in listed]},
    ),
    Mutant(
        "no point-in-time recovery",
        "dynamodb-point-in-time-recovery",
        "Table/inventory-inventory",
        {"pointInTimeRecovery": {"enabled": False}},
    ),
    Mutant("no rotation", "kms-rotation", KEY, {"enableKeyRotation": False}),
    Mutant(
        "everybody uses the key",
        "kms-no-public-key-policy",
        KEY,
        {"policy": statement(1, Principal="*", Condition=None)},
    ),
    Mutant("a topic in clear", "sns-encrypted", TOPIC, {"kmsMasterKeyId": None}),
    Mutant("plain HTTP for the topic", "sns-https-only", TOPIC_POLICY, {"policy": removed(1)}),
    Mutant("no alarm on age", "queue-alarms", "MetricAlarm/inventory-alarms-updates-age"),
    Mutant("no alarm on dead letters", "queue-alarms", "MetricAlarm/inventory-alarms-dead-letter-not-empty"),
    Mutant(
        "an alarm on another queue",
        "queue-alarms",
        "MetricAlarm/inventory-alarms-updates-age",
        {"dimensions": {"QueueName": "other"}},
    ),
    Mutant(
        "one role for both functions",
        "lambda-own-role",
        CSV,
        {"role": "arn:aws:iam::123456789012:role/shared"},
        [
            Declared(
                "aws:lambda/function:Function",
                "Function/second",
                {"name": "second", "role": "arn:aws:iam::123456789012:role/shared", "runtime": "python3.13"},
            )
        ],
    ),
]
MUTANTS = [*QUEUE_MUTANTS, *TAG_MUTANTS, *OTHER_MUTANTS]


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Declared]]:
    """The project's own stack as its first preview shows it."""
    on_emulator = StackOnEmulator.start(tmp_path_factory.mktemp("mutants"))
    with on_emulator.stack.emulator:
        preview = on_emulator.preview("--json")
        assert preview.code == 0, preview.said
        yield recorded(json.loads(preview.out)["steps"])
        on_emulator.stack.stop()


def test_the_untouched_stack_is_found_clean(pack: Analyzer, own_stack: dict[str, Declared]) -> None:
    assert [each.message for each in pack.judge(list(own_stack.values()))] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_right_rule_notices(pack: Analyzer, own_stack: dict[str, Declared], mutant: Mutant) -> None:
    found = pack.judge(mutant.applied(own_stack))
    noticed = {each.rule for each in found if not each.undecided}
    assert mutant.rule in noticed, f"noticed by {noticed or 'none'}: {[each.message for each in found]}"


def test_there_are_enough_mutants_and_each_is_another() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) >= 80
