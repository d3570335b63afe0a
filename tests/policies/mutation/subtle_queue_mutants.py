"""Ways to break queues, tags and access by tags that leave everything looking as before."""

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
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
KEYS = ("department", "environment", "owner")
REQUESTED = {f"aws:RequestTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in KEYS}
MATCHING = {f"aws:ResourceTag/{key}": f"${{aws:PrincipalTag/{key}}}" for key in KEYS}
LIMITED = {"ForAllValues:StringEquals": {"aws:TagKeys": list(KEYS)}}


def subtle_queue_mutants() -> list[Mutant]:
    """Names of mutants are unique within a rule."""
    return named(
        {
            "sqs-encrypted-at-rest": _encryption(),
            "sqs-https-only": _https(),
            "sqs-no-public-access": _public_access(),
            "sqs-least-privilege-policy": _least_privilege(),
            "sqs-dead-letter-queue": _dead_letters(),
            "sqs-dlq-redrive-allow": _redrive_allow(),
            "sqs-dlq-retention": {"a second longer than the source": set_input(own.DEAD, own.RETENTION, 345_601)},
            "sqs-visibility-timeout": {
                "a function a second slower": set_input(own.TO_TABLE, "timeout", 6),
                "a window of a second": set_input(own.MAPPING, "maximumBatchingWindowInSeconds", 1),
                "visible at once": set_input(own.UPDATES, "visibilityTimeoutSeconds", 0),
            },
            "sqs-long-polling": {"on the failures queue": set_input(own.FAILURES, "receiveWaitTimeSeconds", 0)},
            "sqs-fifo-deduplication": {
                "a FIFO queue that says nothing": add(
                    "aws:sqs/queue:Queue", "Queue added", {"name": "orders.fifo", "fifoQueue": True}
                ),
            },
            "abac-required-tags": _tags(),
            "abac-tag-on-create": _tag_on_create(),
            "abac-tag-condition": _tag_condition(),
        }
    )


def _encryption() -> Mapping[str, Change]:
    def blank_key(stack: OwnStack) -> None:
        stack.set(own.UPDATES, "sqsManagedSseEnabled", None)
        stack.set(own.UPDATES, "kmsMasterKeyId", " ")

    return {"a key of white space": blank_key}


def _https() -> Mapping[str, Change]:
    deny = partial(statement, own.UPDATES_POLICY, "HttpsOnly")

    def and_also(operator: str, **test: str) -> Change:
        return deny(Condition={**own.NO_HTTP, operator: {key.replace("_", ":"): value for key, value in test.items()}})

    def in_two_halves(stack: OwnStack) -> None:
        given = stack.inputs(own.UPDATES_POLICY)["policy"]
        resource = json.loads(given)["Statement"][0]["Resource"]
        half = {"Effect": "Deny", "Principal": "*", "Resource": resource, "Condition": own.NO_HTTP}
        stack.statement(own.UPDATES_POLICY, "HttpsOnly", Action=["sqs:SendMessage", "sqs:ReceiveMessage"])
        stack.with_statement(own.UPDATES_POLICY, **half, Sid="Rest", Action=["sqs:Delete*", "sqs:Get*", "sqs:Purge*"])

    def a_second_policy(stack: OwnStack) -> None:
        stack.add(
            Declared(
                "aws:sqs/queuePolicy:QueuePolicy",
                "QueuePolicy again",
                {"queueUrl": UNKNOWN, "policy": json.dumps({"Version": "2012-10-17", "Statement": []})},
                {"queueUrl": [own.UPDATES]},
            )
        )

    def one_letter(stack: OwnStack) -> None:
        name = stack.inputs(own.UPDATES)["name"]
        stack.statement(own.UPDATES_POLICY, "HttpsOnly", Resource=f"arn:aws:sqs:*:*:{name[:-1]}??")

    return {
        "compared with False": deny(Condition={"StringEquals": {"aws:SecureTransport": "False"}}),
        "not for one role": and_also("ArnNotEquals", aws_PrincipalArn=OTHER_ROLE),
        "not for one address": and_also("NotIpAddress", aws_SourceIp="203.0.113.7/32"),
        "from a date on": and_also("DateGreaterThan", aws_CurrentTime="2030-01-01T00:00:00Z"),
        "for tagged callers": and_also("StringLike", **{"aws_PrincipalTag/team": "*"}),
        "for callers of the organisation": and_also("StringEqualsIfExists", aws_PrincipalOrgID="o-1234567890"),
        "when both are asked for": deny(
            Condition={"Bool": {"aws:SecureTransport": "false"}, "Null": {"aws:PrincipalArn": "false"}}
        ),
        "true and false mixed up": deny(Condition={"Bool": {"aws:SecureTransport": ["true"]}}),
        "not what it is not": deny(Condition={"StringNotEquals": {"aws:SecureTransport": ["true", "false"]}}),
        "in two halves with a gap": in_two_halves,
        "a second policy takes the first one's place": a_second_policy,
        "a letter too many": one_letter,
    }


def _public_access() -> Mapping[str, Change]:
    sender = partial(statement, own.UPDATES_POLICY, "LetSend")

    def everybody(**condition: Any) -> Change:
        return sender(Principal="*", Condition=condition)

    return {
        "everybody among others": sender(Principal={"AWS": [OTHER_ROLE, "*"]}),
        "roles of any account": everybody(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/inventory-*"}),
        "members of any organisation": everybody(StringLike={"aws:PrincipalOrgID": "o-*"}),
        "members of some organisation": everybody(Null={"aws:PrincipalOrgID": "false"}),
        "all other accounts": everybody(StringNotEquals={"aws:PrincipalAccount": ACCOUNT}),
        "who uses HTTPS": everybody(Bool={"aws:SecureTransport": "true"}),
        "buckets of any account": everybody(ArnLike={"aws:SourceArn": "arn:aws:s3:*:*:*"}),
        "the account or anybody": everybody(StringLike={"aws:PrincipalAccount": [ACCOUNT, "*"]}),
        "a second statement": with_statement(
            own.UPDATES_POLICY, Sid="Also", Effect="Allow", Principal="*", Action="sqs:SendMessage", Resource="*"
        ),
    }


def _least_privilege() -> Mapping[str, Change]:
    sender = partial(statement, own.UPDATES_POLICY, "LetSend")
    source = partial(statement, own.DEAD_POLICY, "FromSourceQueue")
    queue = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:inventory-updates-dead-letter-183fcda"
    return {
        "every action in capitals": sender(Action="SQS:*"),
        "every action among others": sender(Action=["sqs:SendMessage", "sqs:*"]),
        "every action by ?*": sender(Action="sqs:?*"),
        "every resource among others": sender(Resource=[queue, "*"]),
        "a service with its source, if it says so": source(
            Condition={"ArnEqualsIfExists": {"aws:SourceArn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:orders"}}
        ),
        "a service with all but one source": source(
            Condition={"ArnNotEquals": {"aws:SourceArn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:orders"}}
        ),
    }


def _dead_letters() -> Mapping[str, Change]:
    def redrive(**changes: Any) -> Change:
        return lambda stack: stack.document(own.UPDATES, lambda policy: policy.update(changes), "redrivePolicy")

    return {
        "no receive": redrive(maxReceiveCount=0),
        "fewer than none": redrive(maxReceiveCount=-1),
        "true receives": redrive(maxReceiveCount=True),
        "an empty policy": set_input(own.UPDATES, "redrivePolicy", "{}"),
        "an empty text": set_input(own.UPDATES, "redrivePolicy", ""),
        "a FIFO queue before a standard one": set_input(own.UPDATES, "fifoQueue", True),
        "a misspelt count": redrive(maxReceiveCount=None, maxRecieveCount=3),
    }


def _redrive_allow() -> Mapping[str, Change]:
    def allowing(**changes: Any) -> Change:
        return lambda stack: stack.document(own.ALLOW, lambda policy: policy.update(changes), "redriveAllowPolicy")

    def on_the_source(stack: OwnStack) -> None:
        stack.resources[own.ALLOW].depends["queueUrl"][:] = [own.UPDATES]  # type: ignore[index]

    return {
        "nobody": allowing(redrivePermission="denyAll"),
        "itself": allowing(
            sourceQueueArns=[f"arn:aws:sqs:eu-central-1:{ACCOUNT}:inventory-updates-dead-letter-183fcda"]
        ),
        "nothing said": set_input(own.ALLOW, "redriveAllowPolicy", "{}"),
        "on the wrong queue": on_the_source,
    }


def _tags() -> Mapping[str, Change]:
    def tags(**changes: str) -> Change:
        return lambda stack: stack.inputs(own.UPDATES)["tags"].update(changes)

    def spaced(stack: OwnStack) -> None:
        given = stack.inputs(own.UPDATES)["tags"]
        given["owner "] = given.pop("owner")

    return {"a value of white space": tags(owner="  "), "a key with a space": spaced}


def _policy(*statements: dict[str, Any]) -> Change:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return add("aws:iam/policy:Policy", "Policy added", {"policy": document})


def _tag_on_create() -> Mapping[str, Change]:
    create = {"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*"}
    right = {**create, "Condition": {"StringEquals": REQUESTED, **LIMITED}}
    temporary = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:tmp-*"
    return {
        "by a pattern": _policy({**create, "Action": "sqs:Create*"}),
        "tags that must be missing": _policy({**create, "Condition": {"Null": dict.fromkeys(REQUESTED, "true")}}),
        "any of the tags": _policy(
            *({**create, "Condition": {"StringEquals": {key: value}, **LIMITED}} for key, value in REQUESTED.items())
        ),
        "a second statement for temporary queues": _policy(right, {**create, "Resource": temporary}),
        "other tag keys beside them": _policy({**create, "Condition": {"StringEquals": REQUESTED}}),
        "tags of the resource, which is not there yet": _policy(
            {**create, "Condition": {"StringEqualsIfExists": MATCHING}}
        ),
    }


def _tag_condition() -> Mapping[str, Change]:
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    right = {**send, "Condition": {"StringEquals": MATCHING}}
    every_role = f"arn:aws:iam::{ACCOUNT}:role/*"
    return {
        "queues by a prefix": _policy({**send, "Resource": f"arn:aws:sqs:*:{ACCOUNT}:inventory-*"}),
        "any value": _policy({**send, "Condition": {"StringLike": dict.fromkeys(MATCHING, "*")}}),
        "all other values": _policy({**send, "Condition": {"StringNotEquals": MATCHING}}),
        "for all of no values": _policy({**send, "Condition": {"ForAllValues:StringEquals": MATCHING}}),
        "in one statement of two": _policy(right, {**send, "Action": "sqs:Receive*"}),
        "tags of the request": _policy({**send, "Condition": {"StringEquals": REQUESTED}}),
        "the holder may tag queues by a pattern": _policy(right, {**send, "Action": "sqs:*Tag*"}),
        "the holder may tag its user": _policy(
            right, {"Effect": "Allow", "Action": "iam:TagUser", "Resource": f"arn:aws:iam::{ACCOUNT}:user/*"}
        ),
        "the holder may untag its role": _policy(
            right, {"Effect": "Allow", "Action": "iam:UntagRole", "Resource": every_role}
        ),
    }
