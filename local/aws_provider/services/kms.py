"""AWS KMS: keys and aliases.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import boolean, number, policy_document, string
from local.aws_provider.resource import Change, ResourceType, Tagging

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties


def _create_key(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "kms",
        "create_key",
        BypassPolicyLockoutSafetyCheck=inputs["bypassPolicyLockoutSafetyCheck"] or None,
        Description=inputs.get("description"),
        KeySpec=inputs["customerMasterKeySpec"],
        KeyUsage=inputs["keyUsage"],
        MultiRegion=inputs.get("multiRegion"),
        Policy=inputs.get("policy"),
        Tags=[{"TagKey": key, "TagValue": value} for key, value in inputs.get("tags", {}).items()] or None,
    )
    return str(made["KeyMetadata"]["KeyId"])


def _finish_key(aws: Aws, key_id: str, inputs: Properties) -> None:
    if inputs["enableKeyRotation"]:
        _put_rotation(aws, key_id, inputs)
    if not inputs["isEnabled"]:
        aws.call("kms", "disable_key", KeyId=key_id)


def _put_rotation(aws: Aws, key_id: str, inputs: Properties) -> None:
    if inputs["enableKeyRotation"]:
        aws.call("kms", "enable_key_rotation", KeyId=key_id, RotationPeriodInDays=inputs.get("rotationPeriodInDays"))
    else:
        aws.call("kms", "disable_key_rotation", KeyId=key_id)


def _read_key(aws: Aws, key_id: str, _: Properties) -> Properties | None:
    answer = aws.found("kms", "describe_key", KeyId=key_id)
    if answer is None or answer["KeyMetadata"]["KeyState"] in {"PendingDeletion", "PendingReplicaDeletion"}:
        return None
    key = answer["KeyMetadata"]
    rotation = aws.call("kms", "get_key_rotation_status", KeyId=key_id)
    return {
        "arn": key["Arn"],
        "customerMasterKeySpec": key.get("KeySpec") or key["CustomerMasterKeySpec"],
        "description": key.get("Description", ""),
        "enableKeyRotation": rotation["KeyRotationEnabled"],
        "isEnabled": key["Enabled"],
        "keyId": key["KeyId"],
        "keyUsage": key["KeyUsage"],
        "multiRegion": key.get("MultiRegion", False),
        "policy": aws.call("kms", "get_key_policy", KeyId=key_id, PolicyName="default")["Policy"],
        "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
    }


def _update_key(aws: Aws, change: Change) -> None:
    key_id, new = change.id, change.new
    if change.has("isEnabled") and new["isEnabled"]:
        aws.call("kms", "enable_key", KeyId=key_id)  # first: a disabled key takes no other change
    if change.has("enableKeyRotation", "rotationPeriodInDays"):
        _put_rotation(aws, key_id, new)
    if change.has("description"):
        aws.call("kms", "update_key_description", KeyId=key_id, Description=new.get("description", ""))
    if change.has("policy"):
        aws.call(
            "kms",
            "put_key_policy",
            KeyId=key_id,
            PolicyName="default",
            Policy=new["policy"],
            BypassPolicyLockoutSafetyCheck=new["bypassPolicyLockoutSafetyCheck"] or None,
        )
    if change.has("isEnabled") and not new["isEnabled"]:
        aws.call("kms", "disable_key", KeyId=key_id)


def _delete_key(aws: Aws, key_id: str, state: Properties) -> None:
    if _read_key(aws, key_id, state) is not None:
        aws.call("kms", "schedule_key_deletion", KeyId=key_id, PendingWindowInDays=state.get("deletionWindowInDays"))


KEY = ResourceType(
    token="aws:kms/key:Key",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "bypassPolicyLockoutSafetyCheck": boolean(default=False, kept=True),
        "customerMasterKeySpec": string(default="SYMMETRIC_DEFAULT", immutable=True),
        "deletionWindowInDays": number(kept=True, within=(7, 30)),
        "description": string(computed=True),
        "enableKeyRotation": boolean(default=False),
        "isEnabled": boolean(default=True),
        "keyId": string(output=True),
        "keyUsage": string(
            default="ENCRYPT_DECRYPT",
            immutable=True,
            choices=("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
        ),
        "multiRegion": boolean(computed=True, immutable=True),
        "policy": policy_document(computed=True),
        "rotationPeriodInDays": number(computed=True, within=(90, 2560)),
    },
    create=_create_key,
    finish=_finish_key,
    read=_read_key,
    update=_update_key,
    delete=_delete_key,
    tagging=Tagging(
        read=lambda aws, key_id, _: {
            tag["TagKey"]: tag["TagValue"]
            for tag in aws.call("kms", "list_resource_tags", KeyId=key_id).get("Tags", [])
        },
        add=lambda aws, key_id, _, tags: aws.call(
            "kms",
            "tag_resource",
            KeyId=key_id,
            Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()],
        ),
        remove=lambda aws, key_id, _, keys: aws.call("kms", "untag_resource", KeyId=key_id, TagKeys=keys),
    ),
)


def _same_key(left: str, right: str) -> bool:
    """Whether two keys, by id or by ARN, are one."""
    return left.rsplit("key/", 1)[-1] == right.rsplit("key/", 1)[-1]


_ALIAS_NAME = AutoName(
    longest=256,
    prefix_property="namePrefix",
    shape=lambda name, _: name if name.startswith("alias/") else f"alias/{name}",
)


def _create_alias(aws: Aws, inputs: Properties) -> str:
    name = str(prefixed_name(inputs, _ALIAS_NAME))
    aws.call("kms", "create_alias", AliasName=name, TargetKeyId=inputs["targetKeyId"])
    return name


def _read_alias(aws: Aws, name: str, _: Properties) -> Properties | None:
    for page in aws.pages("kms", "list_aliases"):
        for alias in page["Aliases"]:
            if alias["AliasName"] == name:
                return {
                    "arn": alias["AliasArn"],
                    "name": name,
                    "targetKeyArn": aws.arn("kms", f"key/{alias['TargetKeyId']}"),
                    "targetKeyId": alias["TargetKeyId"],
                }
    return None


ALIAS = ResourceType(
    token="aws:kms/alias:Alias",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "targetKeyArn": string(output=True),
        "targetKeyId": string(required=True, same=_same_key),
    },
    name=_ALIAS_NAME,
    create=_create_alias,
    read=_read_alias,
    update=lambda aws, change: aws.call(
        "kms", "update_alias", AliasName=change.id, TargetKeyId=change.new["targetKeyId"]
    ),
    delete=lambda aws, name, _: aws.found("kms", "delete_alias", AliasName=name),
    recomputed=lambda change: ("targetKeyArn",) if change.has("targetKeyId") else (),
)
RESOURCE_TYPES = (KEY, ALIAS)
