"""The ways to break the stack, each with the rule that must notice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import Declared
from tests.policies.mutation.changes import (
    AGE_ALARM,
    ALLOW,
    BLOCK,
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_POLICY,
    CSV,
    CSV_RIGHTS,
    DEAD,
    DEAD_ALARM,
    DEAD_POLICY,
    FAILURES,
    FAILURES_POLICY,
    INVOKE_CONFIG,
    KEY,
    MAPPING,
    NO_HTTP,
    NOTIFICATION,
    STRANGER,
    TABLE_RIGHTS,
    TAGGED,
    TO_TABLE,
    TOPIC,
    TOPIC_POLICY,
    UPDATES,
    UPDATES_POLICY,
    remove,
    set_input,
    statement,
    unheard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.policies.mutation.changes import Change
    from tests.policies.mutation.own_stack import OwnStack


@dataclass(frozen=True)
class Mutant:
    """One way to break the stack, and the rule that must notice."""

    name: str
    rule: str
    break_: Change


def named(changes_by_rule: Mapping[str, Mapping[str, Change]]) -> list[Mutant]:
    """Mutants of changes by rule and name."""
    return [
        Mutant(f"{rule}: {name}", rule, change)
        for rule, changes in changes_by_rule.items()
        for name, change in changes.items()
    ]


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


def _encryption() -> Iterator[Mutant]:
    rule = "sqs-encrypted-at-rest"
    for queue in (UPDATES, DEAD, FAILURES):
        yield Mutant(f"{queue} not encrypted", rule, set_input(queue, "sqsManagedSseEnabled", False))
        yield Mutant(f"{queue} leaves encryption to the default", rule, set_input(queue, "sqsManagedSseEnabled", None))
    yield Mutant("both kinds of encryption", rule, set_input(UPDATES, "kmsMasterKeyId", "alias/aws/sqs"))

    def empty_key(stack: OwnStack) -> None:
        stack.set(UPDATES, "sqsManagedSseEnabled", None)
        stack.set(UPDATES, "kmsMasterKeyId", "")

    yield Mutant("an empty key", rule, empty_key)


def _https() -> Iterator[Mutant]:
    rule = "sqs-https-only"
    deny = partial(statement, UPDATES_POLICY, "HttpsOnly")
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
            "nothing but JSON": set_input(UPDATES_POLICY, "policy", "{}"),
            "no JSON": set_input(UPDATES_POLICY, "policy", "{'Statement': []}"),
            "no policy": remove(UPDATES_POLICY),
            "no policy on the failures queue": remove(FAILURES_POLICY),
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
    sender = partial(statement, UPDATES_POLICY, "LetSend")
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
    source = partial(statement, DEAD_POLICY, "FromSourceQueue")
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

    yield Mutant("no dead-letter queue", rule, set_input(UPDATES, "redrivePolicy", None))
    yield Mutant("one receive", rule, redrive(maxReceiveCount=1))
    yield Mutant("one receive, as text", rule, redrive(maxReceiveCount="1"))
    yield Mutant("a thousand receives", rule, redrive(maxReceiveCount=1000))
    yield Mutant("no number of receives", rule, redrive(maxReceiveCount=None))
    yield Mutant("a target that is no ARN", rule, redrive(deadLetterTargetArn="dead-letters"))
    yield Mutant("its own dead-letter queue", rule, to_itself)
    yield Mutant("a loop", rule, loop)
    yield Mutant("a FIFO target", rule, fifo_target)
    yield Mutant("no JSON in the redrive policy", rule, set_input(UPDATES, "redrivePolicy", "3"))

    allow = "sqs-dlq-redrive-allow"

    def allowing(**changes: Any) -> Callable[[OwnStack], None]:
        return lambda stack: stack.document(ALLOW, lambda policy: policy.update(changes), "redriveAllowPolicy")

    yield Mutant(
        "allowAll", allow, set_input(ALLOW, "redriveAllowPolicy", json.dumps({"redrivePermission": "allowAll"}))
    )
    yield Mutant("no redrive-allow policy", allow, remove(ALLOW))
    yield Mutant("byQueue without queues", allow, allowing(sourceQueueArns=[]))
    yield Mutant("another source", allow, allowing(sourceQueueArns=["arn:aws:sqs:eu-central-1:123456789012:orders"]))

    retention = "sqs-dlq-retention"
    yield Mutant("messages die in the dead-letter queue", retention, set_input(DEAD, "messageRetentionSeconds", 86_400))
    yield Mutant("no longer than in the source", retention, set_input(DEAD, "messageRetentionSeconds", 345_600))


def _queue_settings() -> Iterator[Mutant]:
    rule = "sqs-visibility-timeout"
    yield Mutant("visible too soon", rule, set_input(UPDATES, "visibilityTimeoutSeconds", 29))
    yield Mutant("a function that takes longer", rule, set_input(TO_TABLE, "timeout", 60))
    yield Mutant("a window that was forgotten", rule, set_input(MAPPING, "maximumBatchingWindowInSeconds", 5))
    yield Mutant("short polling", "sqs-long-polling", set_input(UPDATES, "receiveWaitTimeSeconds", 0))
    yield Mutant("short polling by default", "sqs-long-polling", set_input(UPDATES, "receiveWaitTimeSeconds", None))
    yield Mutant("kept for a minute", "sqs-retention-bounds", set_input(UPDATES, "messageRetentionSeconds", 60))


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
        yield Mutant(f"no tags on {label}", rule, set_input(label, "tags", None))
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
    yield Mutant("whole batches come back", batch, set_input(MAPPING, "functionResponseTypes", None))
    yield Mutant("an empty list of reports", batch, set_input(MAPPING, "functionResponseTypes", []))
    yield Mutant("no bound", "lambda-event-source-maximum-concurrency", set_input(MAPPING, "scalingConfig", None))
    yield Mutant(
        "a throttled consumer",
        "lambda-event-source-maximum-concurrency",
        set_input(TO_TABLE, "reservedConcurrentExecutions", 1),
    )
    yield Mutant("a shared role", "lambda-own-role", share_role)
    yield Mutant("not traced", "lambda-tracing", set_input(CSV, "tracingConfig", {"mode": "PassThrough"}))
    yield Mutant("an ended runtime", "lambda-supported-runtime", set_input(CSV, "runtime", "python3.8"))
    lost = "lambda-async-failure-destination"
    yield Mutant("failures vanish", lost, remove(INVOKE_CONFIG))
    yield Mutant("a destination for successes", lost, set_input(INVOKE_CONFIG, "destinationConfig", {"onSuccess": {}}))
    yield Mutant("a secret in the environment", "lambda-no-secrets-in-environment", secret)


def _rest() -> Iterator[Mutant]:
    wildcard = "iam-no-wildcard"
    yield Mutant("every DynamoDB action", wildcard, statement(TABLE_RIGHTS, "ApplyRows", Action="dynamodb:*"))
    yield Mutant("every table", wildcard, statement(TABLE_RIGHTS, "ApplyRows", Resource="*"))
    yield Mutant("all but one action", wildcard, statement(CSV_RIGHTS, "ReadUploads", Action=None, NotAction="s3:X"))
    trust = partial(statement, "Role inventory-csv-to-queue", "AssumedByService", document="assumeRolePolicy")
    yield Mutant("anybody assumes the role", wildcard, trust(Principal={"AWS": "*"}))
    group = "LogGroup inventory-csv-to-queue-logs"
    yield Mutant("logs for ever", "log-group-retention", set_input(group, "retentionInDays", None))
    table = "Table inventory-inventory"
    yield Mutant("a table in clear", "dynamodb-encrypted", set_input(table, "serverSideEncryption", None))
    recovery = {"enabled": False}
    yield Mutant("no way back", "dynamodb-point-in-time-recovery", set_input(table, "pointInTimeRecovery", recovery))
    yield Mutant("a key for ever", "kms-rotation", set_input(KEY, "enableKeyRotation", False))
    public = "kms-no-public-key-policy"
    yield Mutant("a key for everybody", public, statement(KEY, "AccountAdministersKey", Principal={"AWS": "*"}))
    yield Mutant("a key for everybody's alarms", public, statement(KEY, "AlarmsOfThisAccount", Condition=None))
    yield Mutant("a topic in clear", "sns-encrypted", set_input(TOPIC, "kmsMasterKeyId", None))
    https = "sns-https-only"
    yield Mutant("a topic over HTTP", https, lambda stack: stack.without_statement(TOPIC_POLICY, "HttpsOnly"))
    yield Mutant("a topic without a policy", https, remove(TOPIC_POLICY))
    alarms = "queue-alarms"
    yield Mutant("nobody is told of old messages", alarms, remove(AGE_ALARM))
    yield Mutant("nobody is told of dead letters", alarms, remove(DEAD_ALARM))
    yield Mutant("an alarm that does nothing", alarms, unheard(set_input(AGE_ALARM, "alarmActions", [])))
    yield Mutant("an alarm that is switched off", alarms, unheard(set_input(AGE_ALARM, "actionsEnabled", False)))
    yield Mutant("an alarm on another queue", alarms, set_input(AGE_ALARM, "dimensions", {"QueueName": "orders"}))
    yield Mutant("an alarm on another metric", alarms, set_input(AGE_ALARM, "metricName", "NumberOfMessagesSent"))


def _bucket() -> Iterator[Mutant]:
    public = "s3-public-access-blocked"
    yield Mutant("no public access block", public, remove(BLOCK))
    yield Mutant("one switch off", public, set_input(BLOCK, "restrictPublicBuckets", False))
    https = "s3-https-only"
    yield Mutant("a bucket without a policy", https, remove(BUCKET_POLICY))
    yield Mutant("HTTPS for the bucket alone", https, _objects_left_out)
    yield Mutant("HTTPS to read alone", https, statement(BUCKET_POLICY, "HttpsOnly", Action="s3:Get*"))
    yield Mutant("no encryption said", "s3-encrypted", remove(BUCKET_ENCRYPTION))
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
