"""Access to queues by tags (ABAC): one set of policies for every team, present and future."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace
from components.policy_documents import Statement, policy_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TAG_KEY = re.compile(r"(?!aws:)[\w.:/=+\-@]{1,128}", re.IGNORECASE)

# What is done with the messages of a queue; batch calls are authorised as their single form.
DATA_PLANE_ACTIONS = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:PurgeQueue",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
# What is done with the queue itself. Not `AddPermission`: it lets others in, whatever their tags.
CONTROL_PLANE_ACTIONS = (
    "sqs:CancelMessageMoveTask",
    "sqs:DeleteQueue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListDeadLetterSourceQueues",
    "sqs:ListMessageMoveTasks",
    "sqs:ListQueueTags",
    "sqs:SetQueueAttributes",
    "sqs:StartMessageMoveTask",
    "sqs:TagQueue",
    "sqs:UntagQueue",
)
# What would give the caller itself other tags.
OWN_TAGGING_ACTIONS = ("iam:TagRole", "iam:TagUser", "iam:UntagRole", "iam:UntagUser", "sts:TagSession")


@dataclass(frozen=True)
class QueueAccessByTagsArgs:
    """What `QueueAccessByTags` is made from.

    Attributes:
        tags: on the policies themselves.
        deciding_keys: the tags whose values must be the same on the queue and on the caller.
        allowed_values: further tags that a new queue must carry, and the values (or patterns with ``*`` and ``?``) that
            they may have; a deciding key may be among them, and then has to be the caller's and one of these.
        optional_keys: tags that a new queue may carry besides.
        within_boundary: what the permissions boundary lets through besides access to queues.

    Raises:
        ValueError: on construction, naming the key or value.
    """

    tags: Mapping[str, str]
    deciding_keys: Sequence[str] = ("department", "environment")
    allowed_values: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"owner": ("?*",)})
    optional_keys: Sequence[str] = ()
    within_boundary: Sequence[Statement] = ()

    def __post_init__(self) -> None:
        for fault in (*self._key_faults(), *self._value_faults()):
            raise ValueError(fault)

    @property
    def keys_of_a_new_queue(self) -> list[str]:
        """Every key that a new queue may have, each once."""
        return list(dict.fromkeys((*self.deciding_keys, *self.allowed_values, *self.optional_keys)))

    def _key_faults(self) -> Iterator[str]:
        if not self.deciding_keys:
            yield "deciding_keys is empty: every caller would match every queue"
        for key in self.keys_of_a_new_queue:
            if not _TAG_KEY.fullmatch(key):
                yield f"{key!r} is not a tag key: 1 to 128 letters, digits and . : / = + - @ _, not beginning with aws:"
        lower = [key.lower() for key in self.keys_of_a_new_queue]
        for key in self.keys_of_a_new_queue:
            if lower.count(key.lower()) > 1:
                yield f"{key!r} differs from another key only in case, which the names of condition keys ignore"
        for key in self.optional_keys:
            if key in self.deciding_keys or key in self.allowed_values:
                yield f"optional_keys has {key!r}, which a new queue must carry"

    def _value_faults(self) -> Iterator[str]:
        for key, values in self.allowed_values.items():
            if isinstance(values, str) or not values or not all(values):
                yield f"allowed_values[{key!r}] must be a list of texts that are not empty"
            elif key not in self.deciding_keys and "*" in values:
                yield f"allowed_values[{key!r}] allows '*', an empty value included; '?*' is any other"


class QueueAccessByTags(pulumi.ComponentResource):
    """Makes three ``aws.iam.Policy``, to attach to any number of tagged roles and users.

    Whoever holds them reaches the queues whose deciding tags are the same as its own, and no others: a new team needs
    tags, not policies. A caller or a queue that lacks a tag matches nothing. No holder can change the deciding tags, of
    a queue or its own, in any spelling, and none gets through over plain HTTP.

    AWS asks ``sqs:TagQueue`` too when a queue is created with tags, and cannot tell that from tagging a queue that has
    none; so a queue without any deciding tag can be claimed by a holder of ``control_plane``. Whoever may set a queue's
    attributes can write its policy: keep that right to those who may, and judge the programs with the policy pack.

    Attributes:
        data_plane, data_plane_arn: send, receive, delete, purge and change visibility.
        control_plane, control_plane_arn: create with the right tags, delete, set attributes, tag, and move messages
            out of dead-letter queues (for which AWS asks for the data plane on both queues as well).
        boundary, boundary_arn: a permissions boundary that caps its holder at both of these, whatever is attached.

    ARNs are built from names, known at preview.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def __init__(self, name: str, args: QueueAccessByTagsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:QueueAccessByTags", name, {}, opts)
        self._name = name
        self._tags = args.tags
        self._place = AwsPlace.current(self)
        queues = self._place.queue_arn("*")
        data, control, guard = _use(args, queues), _manage(args, queues), _guard(args, queues)

        self.data_plane = self._policy("data-plane", "Use the messages of queues with the caller's tags", data + guard)
        self.control_plane = self._policy("control-plane", "Manage queues with the caller's tags", control + guard)
        boundary = [*data, *control, *args.within_boundary, *guard]
        self.boundary = self._policy("boundary", "At most access to queues with the holder's tags", boundary)

        self.data_plane_arn = self._place.policy_arn(self.data_plane.name)
        self.control_plane_arn = self._place.policy_arn(self.control_plane.name)
        self.boundary_arn = self._place.policy_arn(self.boundary.name)
        self.register_outputs(
            {
                "dataPlaneArn": self.data_plane_arn,
                "controlPlaneArn": self.control_plane_arn,
                "boundaryArn": self.boundary_arn,
            }
        )

    def _policy(self, part: str, description: str, statements: list[Statement]) -> aws.iam.Policy:
        return aws.iam.Policy(
            f"{self._name}-{part}",
            description=description,
            policy=policy_document(statements),
            tags=dict(self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _callers(source: str, keys: Sequence[str]) -> dict[str, str]:
    """The condition that the tags of ``source`` (``ResourceTag`` or ``RequestTag``) are the caller's."""
    return {f"aws:{source}/{key}": f"${{aws:PrincipalTag/{key}}}" for key in keys}


def _use(args: QueueAccessByTagsArgs, queues: pulumi.Output[str]) -> list[Statement]:
    return [
        {
            "Sid": "UseQueuesWithOwnTags",
            "Effect": "Allow",
            "Action": list(DATA_PLANE_ACTIONS),
            "Resource": queues,
            "Condition": {"StringEquals": _callers("ResourceTag", args.deciding_keys)},
        }
    ]


def _manage(args: QueueAccessByTagsArgs, queues: pulumi.Output[str]) -> list[Statement]:
    new = {
        "StringEquals": _callers("RequestTag", args.deciding_keys),
        "StringLike": {f"aws:RequestTag/{key}": list(values) for key, values in args.allowed_values.items()},
        "ForAllValues:StringEquals": {"aws:TagKeys": args.keys_of_a_new_queue},
    }
    new = {operator: keys for operator, keys in new.items() if keys}
    untagged = {"Null": {f"aws:ResourceTag/{key}": "true" for key in args.deciding_keys}}
    return [
        {
            "Sid": "CreateQueuesWithOwnTags",
            "Effect": "Allow",
            "Action": "sqs:CreateQueue",
            "Resource": queues,
            "Condition": new,
        },
        {
            "Sid": "TagQueuesOnCreation",
            "Effect": "Allow",
            "Action": "sqs:TagQueue",
            "Resource": queues,
            "Condition": {**new, **untagged},
        },
        {
            "Sid": "ManageQueuesWithOwnTags",
            "Effect": "Allow",
            "Action": list(CONTROL_PLANE_ACTIONS),
            "Resource": queues,
            "Condition": {"StringEquals": _callers("ResourceTag", args.deciding_keys)},
        },
    ]


def _guard(args: QueueAccessByTagsArgs, queues: pulumi.Output[str]) -> list[Statement]:
    # The names of condition keys ignore case: `Department` beside `department` would confuse the comparison.
    deciding = {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": list(args.deciding_keys)}}
    return [
        *(
            {
                "Sid": f"KeepTagsOfQueues{number}",
                "Effect": "Deny",
                "Action": ["sqs:TagQueue", "sqs:UntagQueue"],
                "Resource": queues,
                "Condition": {**deciding, "Null": {f"aws:ResourceTag/{key}": "false"}},
            }
            for number, key in enumerate(args.deciding_keys, start=1)
        ),
        {
            "Sid": "KeepOwnTags",
            "Effect": "Deny",
            "Action": list(OWN_TAGGING_ACTIONS),
            "Resource": "*",
            "Condition": deciding,
        },
        {
            "Sid": "HttpsOnly",
            "Effect": "Deny",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
