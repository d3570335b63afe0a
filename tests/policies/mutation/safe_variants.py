"""Other ways to write the same stack, no less safe: no rule may say a word about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared
from tests.policies.mutation import changes as own
from tests.policies.mutation.changes import remove, set_input, statement, with_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.policies.mutation.changes import Change
    from tests.policies.mutation.own_stack import OwnStack

ACCOUNT = "123456789012"
SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
TAGS = {"department": "inventory", "environment": "local", "owner": "inventory-team"}


@dataclass(frozen=True)
class Variant:
    """A change that takes nothing from the stack's safety."""

    name: str
    change: Change


def safe_variants() -> list[Variant]:
    changes = {**_https(), **_documents(), **_access(), **_dead_letters(), **_tags(), **_identities(), **_rest()}
    return [Variant(name, change) for name, change in changes.items()]


def _https() -> Mapping[str, Change]:
    deny = partial(statement, own.UPDATES_POLICY, "HttpsOnly")

    def when(operator: str, value: Any, key: str = "aws:SecureTransport") -> Change:
        return deny(Condition={operator: {key: value}})

    def in_two_halves(stack: OwnStack) -> None:
        stack.statement(own.UPDATES_POLICY, "HttpsOnly", Action="sqs:Send*")
        rest = {"Effect": "Deny", "Principal": "*", "NotAction": "sqs:Send*", "Resource": "*"}
        stack.with_statement(own.UPDATES_POLICY, **rest, Condition=own.NO_HTTP)

    def bucket_and_objects_apart(stack: OwnStack) -> None:
        name = stack.inputs(own.BUCKET)["bucket"]
        stack.statement(own.BUCKET_POLICY, "HttpsOnly", Resource=f"arn:aws:s3:::{name}")
        objects = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
        stack.with_statement(own.BUCKET_POLICY, **objects, Condition=own.NO_HTTP)

    return {
        "Deny: BoolIfExists": when("BoolIfExists", "false"),
        "Deny: a JSON boolean": when("Bool", value=False),
        "Deny: a list of one": when("Bool", ["false"]),
        "Deny: a text": when("StringEquals", "false"),
        "Deny: not true": when("StringNotEquals", "true"),
        "Deny: the key in another case": when("Bool", "false", "AWS:SECURETRANSPORT"),
        "Deny: the operator in another case": when("bool", "false"),
        "Deny: every AWS principal": deny(Principal={"AWS": "*"}),
        "Deny: every action": deny(Action="*"),
        "Deny: actions in capitals": deny(Action="SQS:*"),
        "Deny: actions as a list": deny(Action=["sqs:*"]),
        "Deny: every resource": deny(Resource="*"),
        "Deny: every queue of the account": deny(Resource=f"arn:aws:sqs:*:{ACCOUNT}:*"),
        "Deny: all but another queue": deny(
            Resource=None, NotResource=f"arn:aws:sqs:eu-central-1:{ACCOUNT}:another-queue"
        ),
        "Deny: in two halves": in_two_halves,
        "Deny: without any condition for strangers too": with_statement(
            own.UPDATES_POLICY,
            Effect="Deny",
            Principal="*",
            Action="sqs:*",
            Resource="*",
            Condition={
                "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
        "Deny: bucket and objects apart": bucket_and_objects_apart,
        "Deny: every resource of S3": statement(own.BUCKET_POLICY, "HttpsOnly", Resource="*"),
        "Deny: every action of SNS": statement(own.TOPIC_POLICY, "HttpsOnly", Action="sns:*"),
    }


def _documents() -> Mapping[str, Change]:
    def as_object(label: str, name: str = "policy") -> Change:
        return lambda stack: stack.set(label, name, json.loads(stack.inputs(label)[name]))

    def one_statement(stack: OwnStack) -> None:
        def single(document: dict[str, Any]) -> None:
            (document["Statement"],) = document["Statement"]

        stack.document(own.FAILURES_POLICY, single)

    def inline(stack: OwnStack) -> None:
        stack.set(own.UPDATES, "policy", stack.inputs(own.UPDATES_POLICY)["policy"])
        stack.remove(own.UPDATES_POLICY)

    def older(document: dict[str, Any]) -> None:
        document["Version"] = "2008-10-17"

    def named(document: dict[str, Any]) -> None:
        document["Id"] = "orders"

    return {
        "document: an object": as_object(own.UPDATES_POLICY),
        "document: a redrive policy as an object": as_object(own.UPDATES, "redrivePolicy"),
        "document: a role's rights as an object": as_object(own.CSV_RIGHTS),
        "document: a single statement": one_statement,
        "document: in the queue itself": inline,
        "document: of the older version": lambda stack: stack.document(own.UPDATES_POLICY, older),
        "document: with a name": lambda stack: stack.document(own.UPDATES_POLICY, named),
    }


def _access() -> Mapping[str, Change]:
    sender = partial(statement, own.UPDATES_POLICY, "LetSend")
    source = partial(statement, own.DEAD_POLICY, "FromSourceQueue")
    administrators = partial(statement, own.KEY, "AccountAdministersKey")
    return {
        "access: everybody of the account": sender(
            Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
        ),
        "access: everybody of the organisation": sender(
            Principal={"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
        ),
        "access: one role by condition": sender(
            Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/app"}}
        ),
        "access: a bucket of the account": sender(
            Principal={"Service": "s3.amazonaws.com"},
            Condition={
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::inventory-uploads"},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        ),
        "access: the source by a pattern of one": source(
            Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:inventory-updates-c4be9d8"}}
        ),
        "access: everybody of the account may administer the key": administrators(
            Principal="*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}
        ),
    }


def _dead_letters() -> Mapping[str, Change]:
    def redrive(**changes: Any) -> Change:
        return lambda stack: stack.document(own.UPDATES, lambda policy: policy.update(changes), "redrivePolicy")

    def of_its_own(stack: OwnStack) -> None:
        policy = stack.inputs(own.UPDATES)["redrivePolicy"]
        stack.set(own.UPDATES, "redrivePolicy", None)
        inputs = {"queueUrl": UNKNOWN, "redrivePolicy": policy}
        depends = {"queueUrl": [own.UPDATES], "redrivePolicy": [own.DEAD]}
        stack.add(Declared("aws:sqs/redrivePolicy:RedrivePolicy", "RedrivePolicy added", inputs, depends))

    def allowed_inline(stack: OwnStack) -> None:
        stack.set(own.DEAD, "redriveAllowPolicy", stack.inputs(own.ALLOW)["redriveAllowPolicy"])
        stack.remove(own.ALLOW)

    def own_key(stack: OwnStack) -> None:
        stack.set(own.UPDATES, "sqsManagedSseEnabled", None)
        stack.set(own.UPDATES, "kmsMasterKeyId", UNKNOWN)

    return {
        "dead letters: five receives": redrive(maxReceiveCount=5),
        "dead letters: receives as text": redrive(maxReceiveCount="3"),
        "dead letters: a redrive policy of its own": of_its_own,
        "dead letters: allowed in the queue itself": allowed_inline,
        "queue: a key not known yet": own_key,
        "queue: a longer visibility": set_input(own.UPDATES, "visibilityTimeoutSeconds", 300),
    }


def _tags() -> Mapping[str, Change]:
    def by_default(stack: OwnStack) -> None:
        given = stack.resources[own.UPDATES]
        provider = {"defaultTags": json.dumps({"tags": TAGS})}
        inputs = {name: value for name, value in given.inputs.items() if name != "tags"}
        stack.resources[own.UPDATES] = Declared(given.type, given.name, inputs, given.depends, provider=provider)

    def more(stack: OwnStack) -> None:
        stack.inputs(own.UPDATES)["tags"]["cost-centre"] = "4711"

    return {"tags: by the provider's default": by_default, "tags: one more": more}


def _identities() -> Mapping[str, Change]:
    def attached(stack: OwnStack) -> None:
        policy = stack.inputs(own.CSV_RIGHTS)["policy"]
        depends = stack.resources[own.CSV_RIGHTS].depends
        stack.remove(own.CSV_RIGHTS)
        inputs = {"policy": policy, "tags": TAGS}
        stack.add(Declared("aws:iam/policy:Policy", "Policy added", inputs, {"policy": depends["policy"]}))
        pointers = {"role": ["Role inventory-csv-to-queue"], "policyArn": ["Policy added"]}
        unknown = {"role": UNKNOWN, "policyArn": UNKNOWN}
        stack.add(Declared("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "Attachment added", unknown, pointers))

    def kept_from_uploads(stack: OwnStack) -> None:
        name = stack.inputs(own.BUCKET)["bucket"]
        stack.statement(own.CSV_RIGHTS, "WriteRejects", Resource=f"arn:aws:s3:::{name}/*")
        stack.with_statement(
            own.CSV_RIGHTS, Effect="Deny", Action="s3:PutObject", Resource=f"arn:aws:s3:::{name}/uploads/*"
        )

    keys = ("department", "environment", "owner")
    matching = {f"aws:ResourceTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in keys}
    requested = {f"aws:RequestTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in keys}
    limited = {"ForAllValues:StringEquals": {"aws:TagKeys": list(keys)}}
    by_tags = [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringEquals": matching}},
        {
            "Effect": "Allow",
            "Action": "sqs:CreateQueue",
            "Resource": "*",
            "Condition": {"StringEquals": requested, **limited},
        },
    ]

    def with_abac(stack: OwnStack) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": by_tags})
        stack.add(Declared("aws:iam/policy:Policy", "Policy added", {"policy": document, "tags": TAGS}))

    return {
        "identity: rights in an attached policy": attached,
        "identity: kept from the uploads by a Deny": kept_from_uploads,
        "identity: access by tags": with_abac,
        "identity: traces by a pattern": statement(own.CSV_RIGHTS, "WriteTraces", Action="xray:Put*"),
        "identity: a basic managed policy": set_input(
            "Role inventory-csv-to-queue",
            "managedPolicyArns",
            ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
        ),
        "identity: everything is denied outside the region": with_statement(
            own.CSV_RIGHTS,
            Effect="Deny",
            Action="*",
            Resource="*",
            Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}},
        ),
    }


def _rest() -> Mapping[str, Change]:
    def alarm_in_composite(stack: OwnStack) -> None:
        name = stack.inputs(own.AGE_ALARM)["name"]
        stack.set(own.AGE_ALARM, "alarmActions", [])
        inputs = {"alarmName": "stuck", "alarmRule": f'ALARM("{name}")', "alarmActions": ["x"], "tags": TAGS}
        stack.add(Declared("aws:cloudwatch/compositeAlarm:CompositeAlarm", "Composite added", inputs))

    def alarm_by_dependency(stack: OwnStack) -> None:
        stack.set(own.AGE_ALARM, "dimensions", {"QueueName": UNKNOWN})

    def blocked_by_account(stack: OwnStack) -> None:
        stack.remove(own.BLOCK)
        inputs = dict.fromkeys(SWITCHES, True)
        stack.add(Declared("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "Block added", inputs))

    def dead_letters_of_the_function(stack: OwnStack) -> None:
        stack.remove(own.INVOKE_CONFIG)
        failures = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{stack.inputs(own.FAILURES)['name']}"
        stack.set(own.CSV, "deadLetterConfig", {"targetArn": failures})

    def mapping_by_name(stack: OwnStack) -> None:
        stack.set(own.MAPPING, "functionName", stack.inputs(own.TO_TABLE)["name"])

    def through_an_alias(stack: OwnStack) -> None:
        alias = {"name": "live", "functionName": stack.inputs(own.TO_TABLE)["name"]}
        stack.add(Declared("aws:lambda/alias:Alias", "Alias added", alias))
        stack.resources[own.MAPPING].depends["functionName"][:] = ["Alias added"]  # type: ignore[index]

    queue = {"name": "orders", "tags": TAGS}
    return {
        "alarm: in a composite alarm": alarm_in_composite,
        "alarm: of a queue known by dependency": alarm_by_dependency,
        "bucket: blocked by the account": blocked_by_account,
        "bucket: a KMS key": set_input(
            own.BUCKET_ENCRYPTION,
            "rules",
            [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}],
        ),
        "function: a dead-letter queue of its own": dead_letters_of_the_function,
        "function: an image": set_input(own.CSV, "runtime", None),
        "function: a secret's name": lambda stack: stack.inputs(own.CSV)["environment"]["variables"].update(
            {"DB_PASSWORD_SECRET_ARN": f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:db"}
        ),
        "mapping: the function by name": mapping_by_name,
        "mapping: through an alias": through_an_alias,
        "mapping: enough reserved": set_input(own.TO_TABLE, "reservedConcurrentExecutions", 2),
        "mapping: of one message, without a report": lambda stack: stack.inputs(own.MAPPING).update(
            {"batchSize": 1, "functionResponseTypes": []}
        ),
        "notification: about removals": lambda stack: stack.inputs(own.NOTIFICATION)["lambdaFunctions"][0].update(
            {"events": ["s3:ObjectRemoved:*"], "filterPrefix": ""}
        ),
        "other services": lambda stack: stack.add(
            Declared("aws:ec2/instance:Instance", "Instance added", {"ami": "ami-1", "tags": TAGS, "policy": "none"})
        ),
        "other clouds": lambda stack: stack.add(Declared("gcp:pubsub/topic:Topic", "Topic added", queue)),
        "no dashboard": remove("Dashboard inventory-dashboard"),
    }
