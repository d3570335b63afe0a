"""Puts the programs' roles, policies and queues into an emulator, and asks it by making the calls.

Only documents, names and tags are taken from the preview; the emulator decides with its own IAM.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator.launcher import Credentials
from local.emulator.mends.sqs_move_handles import handle_of
from tests.access.cells import NEW_QUEUES, NO_QUEUE, OTHER_ACCOUNT, QUEUES, callers, new_tags
from tests.access.evaluator import Caller, CallerKind
from tests.local.emulator_fixture import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.launcher import RunningEmulator
    from tests.access.cells import Cell
    from tests.access.evaluator import Resource
    from tests.access.programs import Programs

REFUSED = "AccessDenied"
HANDLE = "a-handle-of-no-message"


@dataclass(frozen=True)
class EmulatedPrograms:
    """The programs' queues and callers, in an emulator."""

    emulator: RunningEmulator
    programs: Programs
    clients: dict[str, Any]
    urls: dict[str, str]
    numbers: Iterator[int] = field(default_factory=count)

    @staticmethod
    def of(emulator: RunningEmulator, programs: Programs) -> EmulatedPrograms:
        urls = {short: _make_queue(emulator, programs.queue(name)) for short, name in QUEUES.items()}
        clients = {name: _client(emulator, caller) for name, caller in callers(programs).items() if _can_come(caller)}
        return EmulatedPrograms(emulator, programs, clients, urls)

    def lets_through(self, cell: Cell) -> bool:
        """Make the call; whatever goes wrong after authorisation doesn't count."""
        try:
            self._call(cell)
        except ClientError as error:
            return not error.response["Error"]["Code"].endswith(REFUSED)
        return True

    def _call(self, cell: Cell) -> None:
        sqs = self.clients[cell.caller]
        if cell.queue == NO_QUEUE:
            sqs.list_queues()
            return
        if cell.queue in NEW_QUEUES:
            tags = new_tags(cell.request.caller, NEW_QUEUES[cell.queue])
            sqs.create_queue(QueueName=f"new-{next(self.numbers)}", tags=tags)
            return
        action, _, key = cell.ask.partition(" ")
        url, arn = self.urls[cell.queue], cell.request.resource.arn
        call, arguments = _calls(url, arn, key)[action]
        getattr(sqs, call)(**arguments)
        if action == "DeleteQueue":
            _make_queue(self.emulator, self.programs.queue(QUEUES[cell.queue]))


def can_be_emulated(cell: Cell) -> bool:
    """Whether the emulator can be asked, and knows what AWS knows; it does not ask for ``TagQueue`` on creation."""
    return _can_come(cell.request.caller) and cell.ask != "TagQueue on creation"


def _can_come(caller: Caller) -> bool:
    """Services and other accounts don't come to the emulator by themselves."""
    return caller.kind is CallerKind.NOBODY or (caller.kind is CallerKind.ROLE and caller.account != OTHER_ACCOUNT)


def _calls(url: str, arn: str, key: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The method of boto3 and its arguments, by action; they change nothing that decides access."""
    on: dict[str, Any] = {"QueueUrl": url}
    message = {**on, "ReceiptHandle": HANDLE}
    return {
        "AddPermission": ("add_permission", {**on, "Label": "x", "AWSAccountIds": ["123456789012"], "Actions": ["*"]}),
        "CancelMessageMoveTask": ("cancel_message_move_task", {"TaskHandle": handle_of(arn)}),
        "ChangeMessageVisibility": ("change_message_visibility", {**message, "VisibilityTimeout": 1}),
        "DeleteMessage": ("delete_message", message),
        "DeleteQueue": ("delete_queue", on),
        "GetQueueAttributes": ("get_queue_attributes", on),
        "GetQueueUrl": ("get_queue_url", {"QueueName": url.rpartition("/")[2]}),
        "ListDeadLetterSourceQueues": ("list_dead_letter_source_queues", on),
        "ListMessageMoveTasks": ("list_message_move_tasks", {"SourceArn": arn}),
        "ListQueueTags": ("list_queue_tags", on),
        "PurgeQueue": ("purge_queue", on),
        "ReceiveMessage": ("receive_message", {**on, "WaitTimeSeconds": 0}),
        "RemovePermission": ("remove_permission", {**on, "Label": "x"}),
        "SendMessage": ("send_message", {**on, "MessageBody": "x"}),
        "SetQueueAttributes": ("set_queue_attributes", {**on, "Attributes": {"VisibilityTimeout": "30"}}),
        "StartMessageMoveTask": ("start_message_move_task", {"SourceArn": arn}),
        "TagQueue": ("tag_queue", {**on, "Tags": {key: "another"}}),
        "UntagQueue": ("untag_queue", {**on, "TagKeys": [key]}),
    }


def _make_queue(emulator: RunningEmulator, queue: Resource) -> str:
    attributes = {"Policy": json.dumps(queue.policy), "ReceiveMessageWaitTimeSeconds": "0"}
    name = queue.arn.rpartition(":")[2]
    url = emulator.client("sqs").create_queue(QueueName=name, tags=dict(queue.tags), Attributes=attributes)["QueueUrl"]
    return str(url)


def _client(emulator: RunningEmulator, caller: Caller) -> Any:
    if caller.kind is CallerKind.NOBODY:
        return boto3.client(
            "sqs",
            endpoint_url=emulator.endpoint_url,
            region_name=emulator.region,
            verify=str(emulator.ca_bundle),
            config=Config(signature_version=UNSIGNED),
        )
    iam, name = emulator.client("iam"), caller.arn.rpartition("/")[2]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{caller.account}:root"}, "Action": "sts:AssumeRole"}
    tags = [{"Key": key, "Value": value} for key, value in caller.tags.items()]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), Tags=tags)
    for number, policy in enumerate(caller.policies):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy))
    if caller.boundary:
        boundary = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=json.dumps(caller.boundary))
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary["Policy"]["Arn"])
    answer = emulator.client("sts").assume_role(RoleArn=caller.arn, RoleSessionName="matrix")["Credentials"]
    credentials = Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    return emulator.client("sqs", credentials)
