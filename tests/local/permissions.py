"""Single permissions of the deployed pipeline, to be taken away and given back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from inventory.deployed_stack import DeployedStack

Document = dict[str, Any]


@dataclass(frozen=True)
class Permission:
    """One action of one Allow statement: of a role's policy, or of a resource's."""

    holder: str
    sid: str
    action: str

    def __str__(self) -> str:
        return f"{self.holder} {self.sid} {self.action}"


@dataclass(frozen=True)
class Permissions:
    """What the functions' roles and the policies of queues, functions and keys let through.

    Attributes:
        roles: names of roles by the name that the tests give them.
        queues: URLs of queues likewise.
        functions: names of functions likewise, whose policies let services invoke them.
        keys: ids of KMS keys likewise.
    """

    stack: DeployedStack
    roles: Mapping[str, str]
    queues: Mapping[str, str]
    functions: Mapping[str, str]
    keys: Mapping[str, str]

    def all(self) -> Iterator[Permission]:
        """Every single permission."""
        for holder, documents in self._documents().items():
            for document in documents.values():
                for statement in document["Statement"]:
                    if statement["Effect"] == "Allow":
                        for action in _listed(statement["Action"]):
                            yield Permission(holder, _sid(holder, statement), action)

    @contextmanager
    def without(self, permission: Permission) -> Iterator[None]:
        """Take one away, and give it back."""
        documents = self._documents()[permission.holder]
        (name, document), *others = [
            (name, document)
            for name, document in documents.items()
            if any(_sid(permission.holder, statement) == permission.sid for statement in document["Statement"])
        ]
        assert not others, permission
        self._put(permission.holder, name, _cut(document, permission))
        try:
            yield
        finally:
            self._put(permission.holder, name, document)

    def _documents(self) -> dict[str, dict[str, Document]]:
        iam, sqs, client = (self.stack.client(service) for service in ("iam", "sqs", "lambda"))
        found: dict[str, dict[str, Document]] = {}
        for holder, role in self.roles.items():
            names = iam.list_role_policies(RoleName=role)["PolicyNames"]
            found[holder] = {
                name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
            }
        for holder, url in self.queues.items():
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
            found[holder] = {"": json.loads(attributes["Policy"])}
        for holder, name in self.functions.items():
            found[holder] = {"": json.loads(client.get_policy(FunctionName=name)["Policy"])}
        for holder, key in self.keys.items():
            found[holder] = {"": json.loads(self.stack.client("kms").get_key_policy(KeyId=key)["Policy"])}
        return found

    def _put(self, holder: str, name: str, document: Document) -> None:
        if holder in self.queues:
            attributes = {"Policy": json.dumps(document)}
            self.stack.client("sqs").set_queue_attributes(QueueUrl=self.queues[holder], Attributes=attributes)
        elif holder in self.keys:
            policy = json.dumps(document)
            self.stack.client("kms").put_key_policy(KeyId=self.keys[holder], PolicyName="default", Policy=policy)
        elif holder in self.functions:
            self._permit(self.functions[holder], document)
        else:
            iam, role = self.stack.client("iam"), self.roles[holder]
            if document["Statement"]:
                iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
            else:
                iam.delete_role_policy(RoleName=role, PolicyName=name)

    def _permit(self, function: str, document: Document) -> None:
        client = self.stack.client("lambda")
        if not document["Statement"]:
            held = json.loads(client.get_policy(FunctionName=function)["Policy"])["Statement"]
            client.remove_permission(FunctionName=function, StatementId=held[0]["Sid"])
            return
        (statement,) = document["Statement"]
        client.add_permission(
            FunctionName=function,
            StatementId=statement["Sid"],
            Action=statement["Action"],
            Principal=statement["Principal"]["Service"],
            SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
            SourceAccount=statement["Condition"]["StringEquals"]["AWS:SourceAccount"],
        )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _sid(holder: str, statement: Document) -> str:
    """Lambda's are made up by the provider."""
    return "" if holder.endswith("policy of the function") else str(statement["Sid"])


def _cut(document: Document, permission: Permission) -> Document:
    statements = []
    for statement in document["Statement"]:
        if statement["Effect"] != "Allow" or _sid(permission.holder, statement) != permission.sid:
            statements.append(statement)
        elif left := [action for action in _listed(statement["Action"]) if action != permission.action]:
            statements.append({**statement, "Action": left})
    return {**document, "Statement": statements}
