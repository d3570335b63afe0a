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


@dataclass(frozen=True)
class KeyUse:
    """Roles that may encrypt and decrypt through one service, such as ``sqs``, and through nothing else."""

    service: str
    roles: Sequence[pulumi.Input[str]]


@dataclass(frozen=True)
class EncryptionKeyArgs:
    """What an `EncryptionKey` is made from.

    Attributes:
        uses: who may use the key, service by service.
        alarms: let CloudWatch alarms of this account publish to topics that the key encrypts.
    """

    tags: Mapping[str, str]
    description: str
    uses: Sequence[KeyUse] = ()
    alarms: bool = False


class EncryptionKey(pulumi.ComponentResource):
    """Makes ``aws.kms.Key`` (rotated every year) and ``aws.kms.Alias``.

    The account administers the key through its IAM policies, as AWS advises; a key without that statement can become
    unmanageable. Everybody else is named, with the service that the request must come through.

    Attributes:
        key, arn, key_id: the resource and its identities, unknown at the first preview.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:EncryptionKey", name, {}, opts)
        place = AwsPlace.current(self)
        statements = [_administration(place), *(_use(place, use) for use in args.uses if use.roles)]
        if args.alarms:
            statements.append(_alarms(place))
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
    return {
        "Sid": f"UseThrough{use.service.capitalize()}",
        "Effect": "Allow",
        "Principal": {"AWS": list(use.roles)},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey", *(["kms:DescribeKey"] if use.service == "dynamodb" else [])],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": place.service_endpoint(use.service)}},
    }


def _alarms(place: AwsPlace) -> Statement:
    return {
        "Sid": "AlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
    }
