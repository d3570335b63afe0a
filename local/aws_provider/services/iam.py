"""AWS IAM: roles, their inline policies, managed policies and attachments.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import boolean, number, policy_document, string
from local.aws_provider.resource import Change, ResourceType, Tagging

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties, Value

_ROLE_NAME = AutoName(longest=64, prefix_property="namePrefix")
_POLICY_NAME = AutoName(longest=128, prefix_property="namePrefix")
_VERSIONS_OF_A_POLICY = 5


def _text(document: Value) -> str:
    return unquote(document) if isinstance(document, str) else json.dumps(document)


def _listed_tags(tags: dict[str, str] | None) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tags else None


def _tags_of(answer: dict[str, Value]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}


def _create_role(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "iam",
        "create_role",
        RoleName=prefixed_name(inputs, _ROLE_NAME),
        AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
        Description=inputs.get("description"),
        MaxSessionDuration=inputs["maxSessionDuration"],
        Path=inputs["path"],
        PermissionsBoundary=inputs.get("permissionsBoundary"),
        Tags=_listed_tags(inputs.get("tags")),
    )
    return str(made["Role"]["RoleName"])


def _read_role(aws: Aws, name: str, _: Properties) -> Properties | None:
    answer = aws.found("iam", "get_role", RoleName=name)
    if answer is None:
        return None
    role = answer["Role"]
    return {
        "arn": role["Arn"],
        "assumeRolePolicy": _text(role["AssumeRolePolicyDocument"]),
        "createDate": role["CreateDate"].isoformat(),
        "description": role.get("Description", ""),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "name": role["RoleName"],
        "path": role["Path"],
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "uniqueId": role["RoleId"],
    }


def _update_role(aws: Aws, change: Change) -> None:
    new = change.new
    if change.has("assumeRolePolicy"):
        aws.call("iam", "update_assume_role_policy", RoleName=change.id, PolicyDocument=new["assumeRolePolicy"])
    if change.has("description", "maxSessionDuration"):
        aws.call(
            "iam",
            "update_role",
            RoleName=change.id,
            Description=new.get("description", ""),
            MaxSessionDuration=new["maxSessionDuration"],
        )
    if change.has("permissionsBoundary"):
        if boundary := new.get("permissionsBoundary"):
            aws.call("iam", "put_role_permissions_boundary", RoleName=change.id, PermissionsBoundary=boundary)
        else:
            aws.call("iam", "delete_role_permissions_boundary", RoleName=change.id)


def _delete_role(aws: Aws, name: str, state: Properties) -> None:
    if state.get("forceDetachPolicies") and aws.found("iam", "get_role", RoleName=name):
        for policy in aws.call("iam", "list_attached_role_policies", RoleName=name)["AttachedPolicies"]:
            aws.call("iam", "detach_role_policy", RoleName=name, PolicyArn=policy["PolicyArn"])
        for policy_name in aws.call("iam", "list_role_policies", RoleName=name)["PolicyNames"]:
            aws.call("iam", "delete_role_policy", RoleName=name, PolicyName=policy_name)
    aws.found("iam", "delete_role", RoleName=name)


ROLE = ResourceType(
    token="aws:iam/role:Role",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "assumeRolePolicy": policy_document(required=True),
        "createDate": string(output=True),
        "description": string(),
        "forceDetachPolicies": boolean(default=False, kept=True),
        "maxSessionDuration": number(default=3600, within=(3600, 43_200)),
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "path": string(default="/", immutable=True),
        "permissionsBoundary": string(),
        "uniqueId": string(output=True),
    },
    regional=False,
    name=_ROLE_NAME,
    create=_create_role,
    read=_read_role,
    update=_update_role,
    delete=_delete_role,
    tagging=Tagging(
        read=lambda aws, name, _: _tags_of(aws.call("iam", "list_role_tags", RoleName=name)),
        add=lambda aws, name, _, tags: aws.call("iam", "tag_role", RoleName=name, Tags=_listed_tags(tags)),
        remove=lambda aws, name, _, keys: aws.call("iam", "untag_role", RoleName=name, TagKeys=keys),
    ),
)


def _put_role_policy(aws: Aws, role: str, name: str, document: str) -> str:
    aws.call("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=document)
    return f"{role}:{name}"


def _read_role_policy(aws: Aws, resource_id: str, _: Properties) -> Properties | None:
    role, name = resource_id.split(":", 1)
    answer = aws.found("iam", "get_role_policy", RoleName=role, PolicyName=name)
    return answer and {"role": role, "name": name, "policy": _text(answer["PolicyDocument"])}


def _delete_role_policy(aws: Aws, resource_id: str, _: Properties) -> None:
    role, name = resource_id.split(":", 1)
    aws.found("iam", "delete_role_policy", RoleName=role, PolicyName=name)


ROLE_POLICY = ResourceType(
    token="aws:iam/rolePolicy:RolePolicy",  # noqa: S106 - a Pulumi type token
    properties={
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "policy": policy_document(required=True),
        "role": string(required=True, immutable=True),
    },
    regional=False,
    name=_POLICY_NAME,
    create=lambda aws, inputs: _put_role_policy(
        aws, inputs["role"], str(prefixed_name(inputs, _POLICY_NAME)), inputs["policy"]
    ),
    read=_read_role_policy,
    update=lambda aws, change: _put_role_policy(aws, change.new["role"], change.old["name"], change.new["policy"]),
    delete=_delete_role_policy,
)


def _create_policy(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "iam",
        "create_policy",
        PolicyName=prefixed_name(inputs, _POLICY_NAME),
        PolicyDocument=inputs["policy"],
        Description=inputs.get("description"),
        Path=inputs["path"],
        Tags=_listed_tags(inputs.get("tags")),
    )
    return str(made["Policy"]["Arn"])


def _read_policy(aws: Aws, arn: str, _: Properties) -> Properties | None:
    answer = aws.found("iam", "get_policy", PolicyArn=arn)
    if answer is None:
        return None
    policy = answer["Policy"]
    version = aws.call("iam", "get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return {
        "arn": arn,
        "attachmentCount": policy.get("AttachmentCount", 0),
        "description": policy.get("Description", ""),
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "policy": _text(version["PolicyVersion"]["Document"]),
        "policyId": policy["PolicyId"],
    }


def _update_policy(aws: Aws, change: Change) -> None:
    versions = _other_versions(aws, change.id)
    if len(versions) >= _VERSIONS_OF_A_POLICY - 1:
        aws.call("iam", "delete_policy_version", PolicyArn=change.id, VersionId=versions[0])
    aws.call(
        "iam", "create_policy_version", PolicyArn=change.id, PolicyDocument=change.new["policy"], SetAsDefault=True
    )


def _other_versions(aws: Aws, arn: str) -> list[str]:
    """Return the ids of the versions that are not the default one, the oldest first."""
    answer = aws.found("iam", "list_policy_versions", PolicyArn=arn) or {"Versions": []}
    others = [version for version in answer["Versions"] if not version["IsDefaultVersion"]]
    return [version["VersionId"] for version in sorted(others, key=lambda version: int(version["VersionId"][1:]))]


def _delete_policy(aws: Aws, arn: str, _: Properties) -> None:
    for version in _other_versions(aws, arn):
        aws.call("iam", "delete_policy_version", PolicyArn=arn, VersionId=version)
    aws.found("iam", "delete_policy", PolicyArn=arn)


POLICY = ResourceType(
    token="aws:iam/policy:Policy",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "attachmentCount": number(output=True),
        "description": string(immutable=True),
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "path": string(default="/", immutable=True),
        "policy": policy_document(required=True),
        "policyId": string(output=True),
    },
    regional=False,
    name=_POLICY_NAME,
    create=_create_policy,
    read=_read_policy,
    update=_update_policy,
    delete=_delete_policy,
    tagging=Tagging(
        read=lambda aws, arn, _: _tags_of(aws.call("iam", "list_policy_tags", PolicyArn=arn)),
        add=lambda aws, arn, _, tags: aws.call("iam", "tag_policy", PolicyArn=arn, Tags=_listed_tags(tags)),
        remove=lambda aws, arn, _, keys: aws.call("iam", "untag_policy", PolicyArn=arn, TagKeys=keys),
    ),
)


def _attach(aws: Aws, inputs: Properties) -> str:
    aws.call("iam", "attach_role_policy", RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
    return f"{inputs['role']}/{inputs['policyArn']}"


def _read_attachment(aws: Aws, resource_id: str, _: Properties) -> Properties | None:
    role, arn = resource_id.split("/", 1)
    answer = aws.found("iam", "list_attached_role_policies", RoleName=role) or {"AttachedPolicies": []}
    attached = any(policy["PolicyArn"] == arn for policy in answer["AttachedPolicies"])
    return {"role": role, "policyArn": arn} if attached else None


def _detach(aws: Aws, resource_id: str, _: Properties) -> None:
    role, arn = resource_id.split("/", 1)
    aws.found("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)


ROLE_POLICY_ATTACHMENT = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",  # noqa: S106 - a Pulumi type token
    properties={
        "policyArn": string(required=True, immutable=True),
        "role": string(required=True, immutable=True),
    },
    regional=False,
    create=_attach,
    read=_read_attachment,
    delete=_detach,
)
RESOURCE_TYPES = (ROLE, ROLE_POLICY, POLICY, ROLE_POLICY_ATTACHMENT)
