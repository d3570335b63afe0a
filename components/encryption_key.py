"""A customer-managed KMS key whose policy names who may use it, through which service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace
from components.policy_documents import Statement, policy_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DELETION_WINDOW_DAYS = 30
AUTO_NAMED = "?" * 7
"""What Pulumi adds to a logical name, as a pattern: https://www.pulumi.com/docs/iac/concepts/resources/names/"""
# https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html and its neighbours
_CONTEXT_KEYS = {"sqs": "aws:sqs:arn", "s3": "aws:s3:arn", "dynamodb": "aws:dynamodb:tableName"}


ENCRYPTING, DECRYPTING = ("kms:GenerateDataKey", "kms:Decrypt"), ("kms:Decrypt",)


@dataclass(frozen=True)
class KeyUse:
    """Roles that may use the key through one service, for resources with these names, and for nothing else.

    Attributes:
        sid: of the statement.
        service: ``sqs``, ``s3`` or ``dynamodb``.
        names: names of queues, buckets or tables, or patterns: the key is made before what it encrypts, whose names
            end in a hyphen and `AUTO_NAMED`.
        actions: ``ENCRYPTING`` for who puts something there, ``DECRYPTING`` for who only takes; tables need the
            latter alone, as their own key is all that this key encrypts.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
    """

    sid: str
    service: str
    role: pulumi.Input[str]
    names: Sequence[str]
    actions: Sequence[str] = ENCRYPTING


@dataclass(frozen=True)
class EncryptionKeyArgs:
    """What an `EncryptionKey` is made from.

    Attributes:
        uses: who may use the key, for what.
        alarm_topics: names or patterns of the topics to which CloudWatch alarms of this account may publish.
    """

    tags: Mapping[str, str]
    description: str
    uses: Sequence[KeyUse] = ()
    alarm_topics: Sequence[str] = ()


class EncryptionKey(pulumi.ComponentResource):
    """Makes ``aws.kms.Key`` (rotated every year) and ``aws.kms.Alias``.

    The account administers the key through its IAM policies, as AWS advises; a key without that statement can become
    unmanageable. Everybody else is named, with the service that the request must come through and the resource that it must be about.

    Attributes:
        key, arn, key_id: the resource and its identities, unknown at the first preview.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:EncryptionKey", name, {}, opts)
        place = AwsPlace.current(self)
        statements = [_administration(place), *(_use(place, use) for use in args.uses)]
        if args.alarm_topics:
            statements.append(_alarms(place, args.alarm_topics))
        self.key = aws.kms.Key(
            name,
            description=args.description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policy_document(statements),
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name_prefix=f"alias/{name}-",
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = self.key.arn
        self.key_id = self.key.key_id
        self.register_outputs({"arn": self.arn, "keyId": self.key_id})


def _administration(place: AwsPlace) -> Statement:
    return {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": place.root_arn()},
        "Action": "kms:*",
        "Resource": "*",
    }


def _use(place: AwsPlace, use: KeyUse) -> Statement:
    context = f"kms:EncryptionContext:{_CONTEXT_KEYS[use.service]}"
    named = [_in_context(place, use.service, name) for name in use.names]
    return {
        "Sid": use.sid,
        "Effect": "Allow",
        "Principal": {"AWS": use.role},
        "Action": list(use.actions),
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:ViaService": place.service_endpoint(use.service)},
            "StringLike": {context: named},
        },
    }


def _in_context(place: AwsPlace, service: str, name: str) -> pulumi.Input[str]:
    """How the service writes a resource into the encryption context; S3 names the bucket, as it uses bucket keys."""
    if service == "dynamodb":
        return name
    return place.queue_arn(name) if service == "sqs" else place.bucket_arn(name)


def _alarms(place: AwsPlace, topics: Sequence[str]) -> Statement:
    return {
        "Sid": "AlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": place.account_id},
            "StringLike": {"kms:EncryptionContext:aws:sns:topicArn": [place.topic_arn(name) for name in topics]},
        },
    }
