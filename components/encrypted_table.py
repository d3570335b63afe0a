"""A DynamoDB table: encrypted, with point-in-time recovery, paid by the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class EncryptedTableArgs:
    """What an `EncryptedTable` is made from; both keys are strings.

    Attributes:
        time_to_live_attribute: items expire at the epoch second that it holds; None keeps them.
        kms_key_arn: a customer-managed key; None takes the AWS managed one.
        protect: DynamoDB refuses to delete the table.
    """

    tags: Mapping[str, str]
    hash_key: str
    range_key: str
    time_to_live_attribute: str | None = None
    kms_key_arn: pulumi.Input[str] | None = None
    protect: bool = False


class EncryptedTable(pulumi.ComponentResource):
    """Makes one ``aws.dynamodb.Table``.

    Attributes:
        table, name: the resource and its name.
        arn: built from the name, known at preview.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/best-practices-security-preventative.html
    """

    def __init__(self, name: str, args: EncryptedTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:EncryptedTable", name, {}, opts)
        self.table = aws.dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.hash_key,
            range_key=args.range_key,
            attributes=[{"name": key, "type": "S"} for key in (args.hash_key, args.range_key)],
            server_side_encryption={"enabled": True, "kms_key_arn": args.kms_key_arn},
            point_in_time_recovery={"enabled": True},
            ttl={"enabled": True, "attribute_name": args.time_to_live_attribute}
            if args.time_to_live_attribute
            else None,
            deletion_protection_enabled=args.protect,
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = self.table.name
        self.arn = AwsPlace.current(self).table_arn(self.table.name)
        self.register_outputs({"name": self.name, "arn": self.arn})
