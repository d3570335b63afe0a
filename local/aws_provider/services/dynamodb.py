"""Amazon DynamoDB: tables.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName
from local.aws_provider.properties import an_object, boolean, number, set_of, string
from local.aws_provider.resource import Change, ResourceType, Tagging

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties, Value

_PER_REQUEST = "PAY_PER_REQUEST"


def _create(aws: Aws, inputs: Properties) -> str:
    name = str(inputs["name"])
    keys = [("HASH", inputs["hashKey"]), *([("RANGE", inputs["rangeKey"])] if inputs.get("rangeKey") else [])]
    tags = [{"Key": key, "Value": value} for key, value in inputs.get("tags", {}).items()]
    aws.call(
        "dynamodb",
        "create_table",
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
            for attribute in inputs.get("attributes", [])
        ],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for kind, key in keys],
        BillingMode=inputs["billingMode"],
        ProvisionedThroughput=_throughput(inputs),
        StreamSpecification=_stream(inputs) if inputs.get("streamEnabled") else None,
        SSESpecification=_encryption(inputs) if inputs.get("serverSideEncryption") else None,
        TableClass=inputs["tableClass"],
        DeletionProtectionEnabled=inputs["deletionProtectionEnabled"],
        Tags=tags or None,
    )
    return name


def _finish(aws: Aws, name: str, inputs: Properties) -> None:
    aws.wait("dynamodb", "table_exists", TableName=name)
    if (inputs.get("pointInTimeRecovery") or {}).get("enabled"):
        _put_recovery(aws, name, inputs)
    if (inputs.get("ttl") or {}).get("enabled"):
        _put_ttl(aws, name, inputs["ttl"], enabled=True)


def _throughput(inputs: Properties) -> Value:
    if inputs["billingMode"] == _PER_REQUEST:
        return None
    return {"ReadCapacityUnits": inputs.get("readCapacity", 1), "WriteCapacityUnits": inputs.get("writeCapacity", 1)}


def _stream(inputs: Properties) -> Value:
    if not inputs.get("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs.get("streamViewType")}


def _encryption(inputs: Properties) -> Value:
    given = inputs.get("serverSideEncryption") or {}
    if not given.get("enabled"):
        return {"Enabled": False}
    key = {"KMSMasterKeyId": given["kmsKeyArn"]} if given.get("kmsKeyArn") else {}
    return {"Enabled": True, "SSEType": "KMS", **key}


def _put_recovery(aws: Aws, name: str, inputs: Properties) -> None:
    given = inputs.get("pointInTimeRecovery") or {}
    enabled = bool(given.get("enabled"))
    days = {"RecoveryPeriodInDays": given["recoveryPeriodInDays"]} if given.get("recoveryPeriodInDays") else {}
    aws.call(
        "dynamodb",
        "update_continuous_backups",
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled, **(days if enabled else {})},
    )


def _put_ttl(aws: Aws, name: str, ttl: Properties, *, enabled: bool) -> None:
    aws.call(
        "dynamodb",
        "update_time_to_live",
        TableName=name,
        TimeToLiveSpecification={"Enabled": enabled, "AttributeName": ttl["attributeName"]},
    )


def _read(aws: Aws, name: str, _: Properties) -> Properties | None:
    answer = aws.found("dynamodb", "describe_table", TableName=name)
    if answer is None:
        return None
    table = answer["Table"]
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    throughput = table.get("ProvisionedThroughput", {})
    stream = table.get("StreamSpecification", {})
    encryption = table.get("SSEDescription", {})
    encrypted = encryption.get("Status") in {"ENABLED", "ENABLING", "UPDATING"}
    return {
        "arn": table["TableArn"],
        "attributes": [
            {"name": attribute["AttributeName"], "type": attribute["AttributeType"]}
            for attribute in table["AttributeDefinitions"]
        ],
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "hashKey": keys["HASH"],
        "name": table["TableName"],
        "pointInTimeRecovery": _recovery(aws, name),
        "rangeKey": keys.get("RANGE", ""),
        "readCapacity": throughput.get("ReadCapacityUnits", 0),
        "serverSideEncryption": {
            "enabled": encrypted,
            **({"kmsKeyArn": encryption["KMSMasterKeyArn"]} if encryption.get("KMSMasterKeyArn") else {}),
        },
        "streamArn": table.get("LatestStreamArn", ""),
        "streamEnabled": stream.get("StreamEnabled", False),
        "streamLabel": table.get("LatestStreamLabel", ""),
        "streamViewType": stream.get("StreamViewType", ""),
        "tableClass": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "ttl": _ttl(aws, name),
        "writeCapacity": throughput.get("WriteCapacityUnits", 0),
    }


def _recovery(aws: Aws, name: str) -> Properties:
    backups = aws.call("dynamodb", "describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    days = recovery.get("RecoveryPeriodInDays")
    enabled = recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
    return {"enabled": enabled, **({"recoveryPeriodInDays": days} if days else {})}


def _ttl(aws: Aws, name: str) -> Properties:
    ttl = aws.call("dynamodb", "describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    enabled = ttl.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    return {"attributeName": ttl.get("AttributeName", "") if enabled else "", "enabled": enabled}


def _update(aws: Aws, change: Change) -> None:
    name, new = change.id, change.new
    # One call for each: DynamoDB takes one kind of change at a time.
    if change.has("deletionProtectionEnabled"):
        _update_table(aws, name, DeletionProtectionEnabled=new["deletionProtectionEnabled"])
    if change.has("billingMode", "readCapacity", "writeCapacity"):
        _update_table(aws, name, BillingMode=new["billingMode"], ProvisionedThroughput=_throughput(new))
    if change.has("streamEnabled", "streamViewType"):
        _update_table(aws, name, StreamSpecification=_stream(new))
    if change.has("serverSideEncryption"):
        _update_table(aws, name, SSESpecification=_encryption(new))
    if change.has("tableClass"):
        _update_table(aws, name, TableClass=new["tableClass"])
    if change.has("pointInTimeRecovery"):
        _put_recovery(aws, name, new)
    if change.has("ttl"):
        wanted = new.get("ttl") or {}
        there = change.old.get("ttl") or {}
        if there.get("enabled"):
            _put_ttl(aws, name, there, enabled=False)
        if wanted.get("enabled"):
            _put_ttl(aws, name, wanted, enabled=True)


def _update_table(aws: Aws, name: str, **specification: Value) -> None:
    aws.call("dynamodb", "update_table", TableName=name, **specification)
    aws.wait("dynamodb", "table_exists", TableName=name)


def _delete(aws: Aws, name: str, _: Properties) -> None:
    if aws.found("dynamodb", "delete_table", TableName=name) is not None:
        aws.wait("dynamodb", "table_not_exists", TableName=name)


TABLE = ResourceType(
    token="aws:dynamodb/table:Table",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "attributes": set_of(
            {"name": string(required=True), "type": string(required=True, choices=("S", "N", "B"))}, immutable=True
        ),
        "billingMode": string(default="PROVISIONED", choices=("PROVISIONED", _PER_REQUEST)),
        "deletionProtectionEnabled": boolean(default=False),
        "hashKey": string(required=True, immutable=True),
        "name": string(computed=True, immutable=True),
        "pointInTimeRecovery": an_object(
            computed=True,
            members={
                "enabled": boolean(required=True),
                "recoveryPeriodInDays": number(computed=True, within=(1, 35)),
            },
        ),
        "rangeKey": string(immutable=True),
        "readCapacity": number(computed=True),
        "serverSideEncryption": an_object(
            computed=True, members={"enabled": boolean(required=True), "kmsKeyArn": string(computed=True)}
        ),
        "streamArn": string(output=True),
        "streamEnabled": boolean(),
        "streamLabel": string(output=True),
        "streamViewType": string(computed=True, choices=("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")),
        "tableClass": string(default="STANDARD", choices=("STANDARD", "STANDARD_INFREQUENT_ACCESS")),
        "ttl": an_object(computed=True, members={"attributeName": string(), "enabled": boolean(default=False)}),
        "writeCapacity": number(computed=True),
    },
    name=AutoName(longest=255),
    create=_create,
    finish=_finish,
    read=_read,
    update=_update,
    delete=_delete,
    tagging=Tagging(
        read=lambda aws, _, state: {
            tag["Key"]: tag["Value"]
            for tag in aws.call("dynamodb", "list_tags_of_resource", ResourceArn=state["arn"]).get("Tags", [])
        },
        add=lambda aws, _, state, tags: aws.call(
            "dynamodb",
            "tag_resource",
            ResourceArn=state["arn"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        ),
        remove=lambda aws, _, state, keys: aws.call(
            "dynamodb", "untag_resource", ResourceArn=state["arn"], TagKeys=keys
        ),
    ),
    recomputed=lambda change: ("streamArn", "streamLabel") if change.has("streamEnabled", "streamViewType") else (),
)
RESOURCE_TYPES = (TABLE,)
