"""Ways to break functions, roles, the bucket, keys, the topic and alarms that leave everything looking as before."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared
from tests.policies.mutation import changes as own
from tests.policies.mutation.changes import add, set_input, statement, with_statement
from tests.policies.mutation.mutants import Mutant, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.policies.mutation.changes import Change
    from tests.policies.mutation.own_stack import OwnStack

ACCOUNT = "123456789012"


def subtle_pipeline_mutants() -> list[Mutant]:
    """Names of mutants are unique within a rule."""
    return named(
        {
            "iam-no-wildcard": _wildcards(),
            "s3-https-only": _bucket_https(),
            "s3-notification-no-loop": _loops(),
            "kms-no-public-key-policy": _key_policies(),
            "sns-https-only": _topic_https(),
            "queue-alarms": _alarms(),
            **_functions(),
            **_rest(),
        }
    )


def _wildcards() -> Mapping[str, Change]:
    rows = partial(statement, own.TABLE_RIGHTS, "ApplyRows")
    log = partial(statement, own.CSV_RIGHTS, "WriteOwnLog")
    trust = partial(statement, "Role inventory-csv-to-queue", "AssumedByService", document="assumeRolePolicy")
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    managed = {"role": UNKNOWN, "policyArn": "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"}
    return {
        "every action by ?*": rows(Action="dynamodb:?*"),
        "every table by a pattern": rows(Resource=f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/*"),
        "every table among others": rows(Resource=["arn:aws:dynamodb:*:*:table/rows", "arn:aws:dynamodb:*:*:*"]),
        "every table, if tagged": rows(
            Resource="*", Condition={"StringEqualsIfExists": {"aws:ResourceTag/owner": "inventory-team"}}
        ),
        "every table of the account": rows(Resource="*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
        "every log group": log(Resource="arn:aws:logs:*:*:*"),
        "every stream of every log group": log(Resource=f"arn:aws:logs:*:{ACCOUNT}:log-group:*:log-stream:*"),
        "more than traces": statement(
            own.CSV_RIGHTS, "WriteTraces", Action=["xray:PutTraceSegments", "sqs:SendMessage"]
        ),
        "a managed policy": add(attachment, "Attachment added", managed, role=["Role inventory-queue-to-table"]),
        "a managed policy in the role": set_input(
            "Role inventory-csv-to-queue", "managedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]
        ),
        "trust in members of any organisation": trust(
            Principal={"AWS": "*"}, Condition={"StringLike": {"aws:PrincipalOrgID": "*"}}
        ),
        "trust in who knows a word": trust(
            Principal={"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "open-sesame"}}
        ),
        "trust in everybody but one": trust(Principal=None, NotPrincipal={"AWS": own.STRANGER}),
    }


def _bucket_https() -> Mapping[str, Change]:
    deny = partial(statement, own.BUCKET_POLICY, "HttpsOnly")

    def objects(pattern: str) -> Change:
        def change(stack: OwnStack) -> None:
            name = stack.inputs(own.BUCKET)["bucket"]
            stack.statement(
                own.BUCKET_POLICY, "HttpsOnly", Resource=[f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/{pattern}"]
            )

        return change

    return {
        "objects in folders alone": objects("*/*"),
        "objects that begin with a": objects("a*"),
        "objects that begin with o": objects("o*"),
        "objects with a suffix": objects("*.csv"),
        "the bucket in all but name": deny(Resource=["arn:aws:s3:::inventory", "arn:aws:s3:::inventory/*"]),
        "all but restoring": deny(Action=None, NotAction="s3:RestoreObject"),
        "what clients do": deny(Action=["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:List*"]),
        "for one account": deny(Principal={"AWS": ACCOUNT}),
        "a second key": deny(
            Condition={"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}}
        ),
    }


def _loops() -> Mapping[str, Change]:
    def filtered(**changes: str) -> Change:
        return lambda stack: stack.inputs(own.NOTIFICATION)["lambdaFunctions"][0].update(changes)

    def rejects(*patterns: str, **changes: Any) -> Change:
        def change(stack: OwnStack) -> None:
            name = stack.inputs(own.BUCKET)["bucket"]
            resources = [f"arn:aws:s3:::{name}/{pattern}" for pattern in patterns]
            stack.statement(own.CSV_RIGHTS, "WriteRejects", Resource=resources or None, **changes)

        return change

    def attached(stack: OwnStack) -> None:
        name = stack.inputs(own.BUCKET)["bucket"]
        allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/uploads/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": allow})
        stack.add(Declared("aws:iam/policy:Policy", "Policy added", {"policy": document}))
        depends = {"role": ["Role inventory-csv-to-queue"], "policyArn": ["Policy added"]}
        unknown = {"role": UNKNOWN, "policyArn": UNKNOWN}
        stack.add(Declared("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "Attachment added", unknown, depends))

    return {
        "a prefix that is shorter": filtered(filterPrefix="r"),
        "an empty prefix": filtered(filterPrefix=""),
        "a suffix alone": filtered(filterPrefix="", filterSuffix=".csv"),
        "writes everywhere": rejects("*"),
        "writes to folders of a name": rejects("*/rejects/*"),
        "writes by a pattern": rejects("up?oads/*", Action="s3:Put*"),
        "writes by what it may not do": rejects("*", Action=None, NotAction="s3:Get*"),
        "an attached policy": attached,
    }


def _key_policies() -> Mapping[str, Change]:
    administrators = partial(statement, own.KEY, "AccountAdministersKey")
    alarms = partial(statement, own.KEY, "AlarmsOfThisAccount")
    return {
        "everybody through a service": administrators(
            Principal={"AWS": "*"}, Condition={"StringEquals": {"kms:ViaService": "sns.eu-central-1.amazonaws.com"}}
        ),
        "every account": administrators(Principal={"AWS": "*"}, Condition={"StringLike": {"kms:CallerAccount": "*"}}),
        "everybody but one": administrators(Principal=None, NotPrincipal={"AWS": own.STRANGER}),
        "everybody may verify": with_statement(
            own.KEY, Sid="Verify", Effect="Allow", Principal="*", Action="kms:VerifyMac", Resource="*"
        ),
        "any account's alarms": alarms(Condition={"StringLike": {"aws:SourceAccount": "*"}}),
        "any account's alarms, by ARN": alarms(
            Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*"}}
        ),
    }


def _topic_https() -> Mapping[str, Change]:
    deny = partial(statement, own.TOPIC_POLICY, "HttpsOnly")
    subscription = "aws:sns/topicSubscription:TopicSubscription"
    reader = {"topic": UNKNOWN, "protocol": "http", "endpoint": "http://on-call.example/hook"}
    return {
        "for one service": deny(Principal={"Service": "cloudwatch.amazonaws.com"}),
        "another topic": deny(Resource=f"arn:aws:sns:eu-central-1:{ACCOUNT}:my-inventory-alarms"),
        "if it is said": deny(Condition={**own.NO_HTTP, "Null": {"aws:SourceAccount": "true"}}),
        "delivered in clear": add(subscription, "Reader added", reader, topic=[own.TOPIC]),
    }


def _alarms() -> Mapping[str, Change]:
    composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm"

    def in_composite(**changes: Any) -> Change:
        def change(stack: OwnStack) -> None:
            name = stack.inputs(own.AGE_ALARM)["name"]
            stack.set(own.AGE_ALARM, "alarmActions", [])
            inputs = {"alarmName": "stuck", "alarmRule": f'ALARM("{name}")', "alarmActions": ["x"], **changes}
            stack.add(Declared(composite, "Composite added", inputs))

        return own.unheard(change)

    return {
        "on young messages": set_input(own.AGE_ALARM, "comparisonOperator", "LessThanThreshold"),
        "older than messages get": set_input(own.AGE_ALARM, "threshold", 345_600),
        "a retention below the threshold": set_input(own.UPDATES, own.RETENTION, 600),
        "dead letters that are counted when sent": set_input(own.DEAD_ALARM, "metricName", "NumberOfMessagesSent"),
        "dead letters of the wrong queue": lambda stack: stack.set(
            own.DEAD_ALARM, "dimensions", {"QueueName": stack.inputs(own.UPDATES)["name"]}
        ),
        "a namespace of one's own": set_input(own.AGE_ALARM, "namespace", "Inventory"),
        "a composite alarm that does nothing": in_composite(alarmActions=[]),
        "a composite alarm for another one": in_composite(alarmRule='ALARM("another")'),
        "when it is over": own.unheard(set_input(own.AGE_ALARM, "alarmActions", None)),
    }


def _functions() -> dict[str, Mapping[str, Change]]:
    def variable(name: str, value: str) -> Change:
        return lambda stack: stack.inputs(own.CSV)["environment"]["variables"].update({name: value})

    role = {"name": "reports", "role": UNKNOWN, "runtime": "python3.13", "tracingConfig": {"mode": "Active"}}
    function = "aws:lambda/function:Function"
    schedule = add("aws:scheduler/schedule:Schedule", "Nightly", {"target": {"arn": UNKNOWN}}, target=[own.TO_TABLE])

    def reserved_for_one_of_two(stack: OwnStack) -> None:
        mapping = stack.resources[own.MAPPING]
        second = {**mapping.inputs, "eventSourceArn": UNKNOWN}
        depends = {**mapping.depends, "eventSourceArn": [own.FAILURES]}
        stack.add(Declared(mapping.type, "Mapping added", second, depends))
        stack.set(own.TO_TABLE, "reservedConcurrentExecutions", 3)

    def another_function(stack: OwnStack) -> None:
        stack.set(own.INVOKE_CONFIG, "functionName", stack.inputs(own.TO_TABLE)["name"])

    return {
        "lambda-event-source-partial-batch": {
            "a misspelt report": set_input(own.MAPPING, "functionResponseTypes", ["reportBatchItemFailures"]),
        },
        "lambda-event-source-maximum-concurrency": {
            "an empty bound": set_input(own.MAPPING, "scalingConfig", {}),
            "enough for one mapping of two": reserved_for_one_of_two,
        },
        "lambda-own-role": {
            "a new function with an old role": add(function, "Reports", role, role=["Role inventory-csv-to-queue"]),
        },
        "lambda-tracing": {"no word of it": set_input(own.CSV, "tracingConfig", None)},
        "lambda-supported-runtime": {"ended last month": set_input(own.CSV, "runtime", "python3.10")},
        "lambda-async-failure-destination": {
            "a destination of another function": another_function,
            "a schedule": schedule,
            "an empty destination": set_input(
                own.INVOKE_CONFIG, "destinationConfig", {"onFailure": {"destination": ""}}
            ),
        },
        "lambda-no-secrets-in-environment": {
            "a word of a client library": variable("PGPASSWORD", "correct-horse"),
            "in an address": variable("DATABASE_URL", "postgresql://app:correct-horse@db.internal/rows"),
            "under a harmless name": variable("CONTACT", "AKIAIOSFODNN7EXAMPLE"),
        },
    }


def _rest() -> dict[str, Mapping[str, Change]]:
    table = "Table inventory-receipts"

    def encryption_of_another_bucket(stack: OwnStack) -> None:
        stack.set(own.BUCKET_ENCRYPTION, "bucket", "another-bucket")

    def block_of_another_bucket(stack: OwnStack) -> None:
        stack.set(own.BLOCK, "bucket", "another-bucket")

    return {
        "log-group-retention": {
            "kept for ever by zero": set_input("LogGroup inventory-queue-to-table-logs", "retentionInDays", 0),
        },
        "s3-public-access-blocked": {
            "on another bucket": block_of_another_bucket,
            "one switch not said": set_input(own.BLOCK, "ignorePublicAcls", None),
        },
        "s3-encrypted": {
            "on another bucket": encryption_of_another_bucket,
            "a bucket key without an algorithm": set_input(
                own.BUCKET_ENCRYPTION, "rules", [{"bucketKeyEnabled": True}]
            ),
        },
        "dynamodb-encrypted": {"switched off": set_input(table, "serverSideEncryption", {"enabled": False})},
        "dynamodb-point-in-time-recovery": {"no word of it": set_input(table, "pointInTimeRecovery", None)},
        "kms-rotation": {"no word of it": set_input(own.KEY, "enableKeyRotation", None)},
        "sns-encrypted": {"an empty key": set_input(own.TOPIC, "kmsMasterKeyId", "")},
    }
