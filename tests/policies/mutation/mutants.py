"""The ways to break the stack, each with the rule that must notice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import Declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.policies.mutation.own_stack import OwnStack

UPDATES, DEAD, FAILURES = "Queue inventory-updates", "Queue inventory-updates-dead-letter", "Queue inventory-failures"
UPDATES_POLICY, DEAD_POLICY = "QueuePolicy inventory-updates-policy", "QueuePolicy inventory-updates-dead-letter-policy"
FAILURES_POLICY = "QueuePolicy inventory-failures-policy"
ALLOW = "RedriveAllowPolicy inventory-updates-dead-letter-redrive-allow"
CSV, TO_TABLE = "Function inventory-csv-to-queue", "Function inventory-queue-to-table"
CSV_RIGHTS = "RolePolicy inventory-csv-to-queue-policy"
TABLE_RIGHTS = "RolePolicy inventory-queue-to-table-policy"
MAPPING = "EventSourceMapping inventory-updates-to-table"
INVOKE_CONFIG = "FunctionEventInvokeConfig inventory-csv-to-queue-failures"
BUCKET, BUCKET_POLICY = "Bucket inventory-uploads", "BucketPolicy inventory-uploads-policy"
BLOCK = "BucketPublicAccessBlock inventory-uploads-public-access-block"
BUCKET_ENCRYPTION = "BucketServerSideEncryptionConfiguration inventory-uploads-encryption"
NOTIFICATION = "BucketNotification inventory-uploads-notification"
KEY, TOPIC, TOPIC_POLICY = "Key inventory-alarms-key", "Topic inventory-alarms", "TopicPolicy inventory-alarms-policy"
AGE_ALARM = "MetricAlarm inventory-alarms-updates-age"
DEAD_ALARM = "MetricAlarm inventory-alarms-dead-letter-not-empty"
TAGGED = (
    UPDATES,
    CSV,
    MAPPING,
    BUCKET,
    KEY,
    TOPIC,
    AGE_ALARM,
    "Role inventory-csv-to-queue",
    "Table inventory-inventory",
    "LogGroup inventory-csv-to-queue-logs",
)
STRANGER = "arn:aws:iam::999999999999:root"
NO_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


@dataclass(frozen=True)
class Mutant:
    """One way to break the stack, and the rule that must notice."""

    name: str
    rule: str
    break_: Callable[[OwnStack], object]


def mutants() -> list[Mutant]:
    return [
        *_encryption(),
        *_https(),
        *_access(),
        *_dead_letters(),
        *_queue_settings(),
        *_tags(),
        *_abac(),
        *_functions(),
        *_rest(),
        *_bucket(),
    ]


def _set(label: str, name: str, value: Any) -> Callable[[OwnStack], None]:
    return lambda stack: stack.set(label, name, value)


def _remove(label: str) -> Callable[[OwnStack], None]:
    return lambda stack: stack.remove(label)


def _statement(label: str, sid: str, *, document: str = "policy", **changes: Any) -> Callable[[OwnStack], None]:
    return lambda stack: stack.statement(label, sid, document, **changes)


def _with_statement(label: str, **statement: Any) -> Callable[[OwnStack], None]:
    return lambda stack: stack.with_statement(label, **statement)


def _encryption() -> Iterator[Mutant]:
    rule = "sqs-encrypted-at-rest"
    for queue in (UPDATES, DEAD, FAILURES):
        yield Mutant(f"{queue} not encrypted", rule, _set(queue, "sqsManagedSseEnabled", False))
        yield Mutant(f"{queue} leaves encryption to the default", rule, _set(queue, "sqsManagedSseEnabled", None))
    yield Mutant("both kinds of encryption", rule, _set(UPDATES, "kmsMasterKeyId", "alias/aws/sqs"))

    def empty_key(stack: OwnStack) -> None:
        stack.set(UPDATES, "sqsManagedSseEnabled", None)
        stack.set(UPDATES, "kmsMasterKeyId", "")

    yield Mutant("an empty key", rule, empty_key)


def _https() -> Iterator[Mutant]:
    rule = "sqs-https-only"
    deny = partial(_statement, UPDATES_POLICY, "HttpsOnly")
    narrowed = {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}
    yield from (
        Mutant(f"HTTPS: {name}", rule, change)
        for name, change in {
            "no Deny": lambda stack: stack.without_statement(UPDATES_POLICY, "HttpsOnly"),
            "an Allow": deny(Effect="Allow"),
            "for one principal": deny(Principal={"AWS": "arn:aws:iam::123456789012:role/other"}),
            "for one account": deny(Principal={"AWS": "123456789012"}),
            "for services alone": deny(Principal={"Service": "s3.amazonaws.com"}),
            "for all but one": deny(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::123456789012:role/other"}),
            "the wrong key": deny(Condition={"StringEquals": {"aws:SourceVpc": "false"}}),
            "a misspelt key": deny(Condition={"Bool": {"aws:SecuredTransport": "false"}}),
            "a second key": deny(Condition={"Bool": narrowed}),
            "a second operator": deny(Condition={**NO_HTTP, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            "over HTTPS": deny(Condition={"Bool": {"aws:SecureTransport": "true"}}),
            "when the key is missing": deny(Condition={"Null": {"aws:SecureTransport": "true"}}),
            "SendMessage alone": deny(Action="sqs:SendMessage"),
            "sending alone": deny(Action="sqs:Send*"),
            "all but purging": deny(Action=None, NotAction="sqs:PurgeQueue"),
            "another queue": deny(Resource="arn:aws:sqs:eu-central-1:123456789012:orders"),
            "a queue whose name ends alike": deny(
                Resource="arn:aws:sqs:eu-central-1:123456789012:my-inventory-updates"
            ),
            "every other queue": _not_resource,
            "nothing but JSON": _set(UPDATES_POLICY, "policy", "{}"),
            "no JSON": _set(UPDATES_POLICY, "policy", "{'Statement': []}"),
            "no policy": _remove(UPDATES_POLICY),
            "no policy on the failures queue": _remove(FAILURES_POLICY),
            "no Deny on the dead-letter queue": lambda stack: stack.without_statement(DEAD_POLICY, "HttpsOnly"),
            "the right policy on the wrong queue": _swap_policies,
        }.items()
    )


def _not_resource(stack: OwnStack) -> None:
    queue = json.loads(stack.inputs(UPDATES_POLICY)["policy"])["Statement"][0]["Resource"]
    stack.statement(UPDATES_POLICY, "HttpsOnly", Resource=None, NotResource=queue)


def _swap_policies(stack: OwnStack) -> None:
    first, second = stack.inputs(UPDATES_POLICY), stack.inputs(DEAD_POLICY)
    first["policy"], second["policy"] = second["policy"], first["policy"]


def _access() -> Iterator[Mutant]:
    public = "sqs-no-public-access"
    sender = partial(_statement, UPDATES_POLICY, "LetSend")
    yield from (
        Mutant(f"public: {name}", public, change)
        for name, change in {
            "everybody": sender(Principal="*"),
            "every AWS account": sender(Principal={"AWS": "*"}),
            "another account": sender(Principal={"AWS": STRANGER}),
            "everybody but one": sender(Principal=None, NotPrincipal={"AWS": STRANGER}),
            "IfExists": sender(Principal="*", Condition={"ArnEqualsIfExists": {"aws:SourceArn": "arn:aws:s3:::own"}}),
            "ForAllValues": sender(
                Principal="*", Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": ["o-1/r-1/"]}}
            ),
            "any source": sender(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "*"}}),
            "any address": sender(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            "a browser": sender(Principal="*", Condition={"StringEquals": {"aws:UserAgent": "mine"}}),
            "a tag of the caller's own": sender(Principal="*", Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}}),
            "a service for anybody": sender(Principal={"Service": "*"}),
        }.items()
    )
    least = "sqs-least-privilege-policy"
    source = partial(_statement, DEAD_POLICY, "FromSourceQueue")
    yield from (
        Mutant(f"too much: {name}", least, change)
        for name, change in {
            "every SQS action": sender(Action="sqs:*"),
            "every action": sender(Action="*"),
            "all but one action": sender(Action=None, NotAction="sqs:DeleteQueue"),
            "every resource": sender(Resource="*"),
            "every queue of the account": sender(Resource="arn:aws:sqs:eu-central-1:123456789012:*"),
            "another queue": sender(Resource="arn:aws:sqs:eu-central-1:123456789012:orders"),
            "all but one resource": sender(Resource=None, NotResource="arn:aws:sqs:eu-central-1:123456789012:orders"),
            "a service without its source": source(Condition=None),
            "a service with any source": source(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sqs:*:*:*"}}),
        }.items()
    )


def _dead_letters() -> Iterator[Mutant]:
    rule = "sqs-dead-letter-queue"

    def redrive(**changes: Any) -> Callable[[OwnStack], None]:
        return lambda stack: stack.document(UPDATES, lambda policy: policy.update(changes), "redrivePolicy")

    def to_itself(stack: OwnStack) -> None:
        arn = f"arn:aws:sqs:eu-central-1:123456789012:{stack.inputs(UPDATES)['name']}"
        redrive(deadLetterTargetArn=arn)(stack)

    def loop(stack: OwnStack) -> None:
        arn = f"arn:aws:sqs:eu-central-1:123456789012:{stack.inputs(UPDATES)['name']}"
        stack.set(DEAD, "redrivePolicy", json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))

    def fifo_target(stack: OwnStack) -> None:
        stack.set(DEAD, "fifoQueue", True)

    yield Mutant("no dead-letter queue", rule, _set(UPDATES, "redrivePolicy", None))
    yield Mutant("one receive", rule, redrive(maxReceiveCount=1))
    yield Mutant("one receive, as text", rule, redrive(maxReceiveCount="1"))
    yield Mutant("a thousand receives", rule, redrive(maxReceiveCount=1000))
    yield Mutant("no number of receives", rule, redrive(maxReceiveCount=None))
    yield Mutant("a target that is no ARN", rule, redrive(deadLetterTargetArn="dead-letters"))
    yield Mutant("its own dead-letter queue", rule, to_itself)
    yield Mutant("a loop", rule, loop)
    yield Mutant("a FIFO target", rule, fifo_target)
    yield Mutant("no JSON in the redrive policy", rule, _set(UPDATES, "redrivePolicy", "3"))

    allow = "sqs-dlq-redrive-allow"

    def allowing(**changes: Any) -> Callable[[OwnStack], None]:
        return lambda stack: stack.document(ALLOW, lambda policy: policy.update(changes), "redriveAllowPolicy")

    yield Mutant("allowAll", allow, _set(ALLOW, "redriveAllowPolicy", json.dumps({"redrivePermission": "allowAll"})))
    yield Mutant("no redrive-allow policy", allow, _remove(ALLOW))
    yield Mutant("byQueue without queues", allow, allowing(sourceQueueArns=[]))
    yield Mutant("another source", allow, allowing(sourceQueueArns=["arn:aws:sqs:eu-central-1:123456789012:orders"]))

    retention = "sqs-dlq-retention"
    yield Mutant("messages die in the dead-letter queue", retention, _set(DEAD, "messageRetentionSeconds", 86_400))
    yield Mutant("no longer than in the source", retention, _set(DEAD, "messageRetentionSeconds", 345_600))


def _queue_settings() -> Iterator[Mutant]:
    rule = "sqs-visibility-timeout"
    yield Mutant("visible too soon", rule, _set(UPDATES, "visibilityTimeoutSeconds", 29))
    yield Mutant("a function that takes longer", rule, _set(TO_TABLE, "timeout", 60))
    yield Mutant("a window that was forgotten", rule, _set(MAPPING, "maximumBatchingWindowInSeconds", 5))
    yield Mutant("short polling", "sqs-long-polling", _set(UPDATES, "receiveWaitTimeSeconds", 0))
    yield Mutant("short polling by default", "sqs-long-polling", _set(UPDATES, "receiveWaitTimeSeconds", None))
    yield Mutant("kept for a minute", "sqs-retention-bounds", _set(UPDATES, "messageRetentionSeconds", 60))


def _tags() -> Iterator[Mutant]:
    rule = "abac-required-tags"

    def tags(label: str, **changes: str | None) -> Callable[[OwnStack], None]:
        def change(stack: OwnStack) -> None:
            given = stack.inputs(label)["tags"]
            given.update(changes)
            for key in [key for key, value in changes.items() if value is None]:
                del given[key]

        return change

    for label in TAGGED:
        yield Mutant(f"no tags on {label}", rule, _set(label, "tags", None))
    yield Mutant("no owner", rule, tags(UPDATES, owner=None))
    yield Mutant("an empty owner", rule, tags(UPDATES, owner=""))
    yield Mutant("a near miss", rule, tags(UPDATES, owner=None, Owner="inventory-team"))


def _abac() -> Iterator[Mutant]:
    def policy(*statements: dict[str, Any]) -> Callable[[OwnStack], None]:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return lambda stack: stack.add(Declared("aws:iam/policy:Policy", "Policy added", {"policy": document}))

    keys = ("department", "environment", "owner")
    matching = {f"aws:ResourceTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in keys}
    requested = {f"aws:RequestTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in keys}
    create = {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*"}
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    yield Mutant("queues created without tags", "abac-tag-on-create", policy(create))
    yield Mutant(
        "queues created with one tag",
        "abac-tag-on-create",
        policy({**create, "Condition": {"StringEquals": {"aws:RequestTag/owner": "${aws:PrincipalTag/owner}"}}}),
    )
    yield Mutant(
        "tags asked for if they are there",
        "abac-tag-on-create",
        policy({**create, "Condition": {"StringEqualsIfExists": requested}}),
    )
    yield Mutant("every queue, no tag condition", "abac-tag-condition", policy(send))
    yield Mutant(
        "tags compared if they are there",
        "abac-tag-condition",
        policy({**send, "Condition": {"StringEqualsIfExists": matching}}),
    )
    yield Mutant(
        "the deciding tags are in the holder's hands",
        "abac-tag-condition",
        policy(
            {**send, "Condition": {"StringEquals": matching}},
            {"Effect": "Allow", "Action": ["sqs:TagQueue", "sqs:UntagQueue"], "Resource": "*"},
        ),
    )
    yield Mutant(
        "the holder's own tags are in its hands",
        "abac-tag-condition",
        policy(
            {**send, "Condition": {"StringEquals": matching}},
            {"Effect": "Allow", "Action": "iam:TagRole", "Resource": "arn:aws:iam::123456789012:role/*"},
        ),
    )


def _functions() -> Iterator[Mutant]:
    def share_role(stack: OwnStack) -> None:
        stack.inputs(TO_TABLE)["role"] = stack.inputs(CSV)["role"]

    def secret(stack: OwnStack) -> None:
        stack.inputs(CSV)["environment"]["variables"]["DB_PASSWORD"] = "correct-horse-battery"

    batch = "lambda-event-source-partial-batch"
    yield Mutant("whole batches come back", batch, _set(MAPPING, "functionResponseTypes", None))
    yield Mutant("an empty list of reports", batch, _set(MAPPING, "functionResponseTypes", []))
    yield Mutant("no bound", "lambda-event-source-maximum-concurrency", _set(MAPPING, "scalingConfig", None))
    yield Mutant(
        "a throttled consumer",
        "lambda-event-source-maximum-concurrency",
        _set(TO_TABLE, "reservedConcurrentExecutions", 1),
    )
    yield Mutant("a shared role", "lambda-own-role", share_role)
    yield Mutant("not traced", "lambda-tracing", _set(CSV, "tracingConfig", {"mode": "PassThrough"}))
    yield Mutant("an ended runtime", "lambda-supported-runtime", _set(CSV, "runtime", "python3.8"))
    lost = "lambda-async-failure-destination"
    yield Mutant("failures vanish", lost, _remove(INVOKE_CONFIG))
    yield Mutant("a destination for successes", lost, _set(INVOKE_CONFIG, "destinationConfig", {"onSuccess": {}}))
    yield Mutant("a secret in the environment", "lambda-no-secrets-in-environment", secret)


def _rest() -> Iterator[Mutant]:
    wildcard = "iam-no-wildcard"
    yield Mutant("every DynamoDB action", wildcard, _statement(TABLE_RIGHTS, "ApplyRows", Action="dynamodb:*"))
    yield Mutant("every table", wildcard, _statement(TABLE_RIGHTS, "ApplyRows", Resource="*"))
    yield Mutant("all but one action", wildcard, _statement(CSV_RIGHTS, "ReadUploads", Action=None, NotAction="s3:X"))
    trust = partial(_statement, "Role inventory-csv-to-queue", "AssumedByService", document="assumeRolePolicy")
    yield Mutant("anybody assumes the role", wildcard, trust(Principal={"AWS": "*"}))
    group = "LogGroup inventory-csv-to-queue-logs"
    yield Mutant("logs for ever", "log-group-retention", _set(group, "retentionInDays", None))
    table = "Table inventory-inventory"
    yield Mutant("a table in clear", "dynamodb-encrypted", _set(table, "serverSideEncryption", None))
    recovery = {"enabled": False}
    yield Mutant("no way back", "dynamodb-point-in-time-recovery", _set(table, "pointInTimeRecovery", recovery))
    yield Mutant("a key for ever", "kms-rotation", _set(KEY, "enableKeyRotation", False))
    public = "kms-no-public-key-policy"
    yield Mutant("a key for everybody", public, _statement(KEY, "AccountAdministersKey", Principal={"AWS": "*"}))
    yield Mutant("a key for everybody's alarms", public, _statement(KEY, "AlarmsOfThisAccount", Condition=None))
    yield Mutant("a topic in clear", "sns-encrypted", _set(TOPIC, "kmsMasterKeyId", None))
    https = "sns-https-only"
    yield Mutant("a topic over HTTP", https, lambda stack: stack.without_statement(TOPIC_POLICY, "HttpsOnly"))
    yield Mutant("a topic without a policy", https, _remove(TOPIC_POLICY))
    alarms = "queue-alarms"
    yield Mutant("nobody is told of old messages", alarms, _remove(AGE_ALARM))
    yield Mutant("nobody is told of dead letters", alarms, _remove(DEAD_ALARM))
    yield Mutant("an alarm that does nothing", alarms, _set(AGE_ALARM, "alarmActions", []))
    yield Mutant("an alarm that is switched off", alarms, _set(AGE_ALARM, "actionsEnabled", False))
    yield Mutant("an alarm on another queue", alarms, _set(AGE_ALARM, "dimensions", {"QueueName": "orders"}))
    yield Mutant("an alarm on another metric", alarms, _set(AGE_ALARM, "metricName", "NumberOfMessagesSent"))


def _bucket() -> Iterator[Mutant]:
    public = "s3-public-access-blocked"
    yield Mutant("no public access block", public, _remove(BLOCK))
    yield Mutant("one switch off", public, _set(BLOCK, "restrictPublicBuckets", False))
    https = "s3-https-only"
    yield Mutant("a bucket without a policy", https, _remove(BUCKET_POLICY))
    yield Mutant("HTTPS for the bucket alone", https, _objects_left_out)
    yield Mutant("HTTPS to read alone", https, _statement(BUCKET_POLICY, "HttpsOnly", Action="s3:Get*"))
    yield Mutant("no encryption said", "s3-encrypted", _remove(BUCKET_ENCRYPTION))
    loop = "s3-notification-no-loop"
    yield Mutant("every object invokes", loop, _every_object_invokes)
    yield Mutant("rejects among the uploads", loop, _rejects_among_uploads)


def _objects_left_out(stack: OwnStack) -> None:
    bucket = stack.inputs(BUCKET)["bucket"]
    stack.statement(BUCKET_POLICY, "HttpsOnly", Resource=f"arn:aws:s3:::{bucket}")


def _every_object_invokes(stack: OwnStack) -> None:
    del stack.inputs(NOTIFICATION)["lambdaFunctions"][0]["filterPrefix"]


def _rejects_among_uploads(stack: OwnStack) -> None:
    bucket = stack.inputs(BUCKET)["bucket"]
    stack.statement(CSV_RIGHTS, "WriteRejects", Resource=f"arn:aws:s3:::{bucket}/uploads/rejects/*")
