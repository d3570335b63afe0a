"""An encrypted queue that only answers over HTTPS, with its dead-letter queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace
from components.policy_documents import Statement, https_only, policy_document
from components.settings import SECONDS_PER_DAY, Encryption

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONG_POLL_SECONDS = 20
AWS_MANAGED_KEY = "alias/aws/sqs"


@dataclass(frozen=True)
class QueueEncryption:
    """Encryption at rest, of the queue and of its dead-letter queue alike.

    Attributes:
        mode: SSE-SQS, or SSE-KMS with the AWS managed or a customer-managed key.
        kms_key_id: the customer-managed key; needed by that mode, refused by the others.
        kms_data_key_reuse_period_seconds: 60 to 86,400; longer is cheaper, shorter asks KMS more often.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
    """

    mode: Encryption = Encryption.SSE_SQS
    kms_key_id: pulumi.Input[str] | None = None
    kms_data_key_reuse_period_seconds: int = 300

    def __post_init__(self) -> None:
        if (self.mode is Encryption.SSE_KMS_CUSTOMER_MANAGED) != (self.kms_key_id is not None):
            raise ValueError(f"encryption mode {self.mode}: kms_key_id goes with {Encryption.SSE_KMS_CUSTOMER_MANAGED}")

    def queue_arguments(self) -> dict[str, Any]:
        """The arguments of ``aws.sqs.Queue`` that turn it on."""
        if self.mode is Encryption.SSE_SQS:
            return {"sqs_managed_sse_enabled": True}
        return {
            "kms_master_key_id": self.kms_key_id or AWS_MANAGED_KEY,
            "kms_data_key_reuse_period_seconds": self.kms_data_key_reuse_period_seconds,
        }


@dataclass(frozen=True)
class DeadLetterArgs:
    """Where messages go that were received too often.

    Attributes:
        max_receive_count: receives before a message is moved; 1 is refused, since a throttled or timed-out poll of
            Lambda counts as a receive. AWS's article uses 3; its Lambda guide suggests 5 or more for busy consumers.
        message_retention_seconds: longer than the source's, because a moved message keeps its age.
        senders: roles that may put messages here themselves, besides the source queue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    max_receive_count: int = 3
    message_retention_seconds: int = 14 * SECONDS_PER_DAY
    senders: Sequence[pulumi.Input[str]] = ()

    def __post_init__(self) -> None:
        if self.max_receive_count < 2:  # noqa: PLR2004 - the practice's own number
            raise ValueError(f"max_receive_count is {self.max_receive_count}; at least 2 is needed")


@dataclass(frozen=True)
class EncryptedQueueArgs:
    """What an `EncryptedQueue` is made from.

    Attributes:
        tags: the ABAC tags, on both queues.
        encryption: at rest; SSE-SQS unless told otherwise.
        visibility_timeout_seconds: at least six times the consumer's timeout plus its batching window.
        message_retention_seconds: 60 to 1,209,600 (14 days).
        senders: ARNs of the roles that may send; nobody else is let in by the queue's policy.
        dead_letter: None for a queue that is itself the end of the road, such as a function's failure destination.
    """

    tags: Mapping[str, str]
    encryption: QueueEncryption = field(default_factory=QueueEncryption)
    visibility_timeout_seconds: int = 30
    message_retention_seconds: int = 4 * SECONDS_PER_DAY
    senders: Sequence[pulumi.Input[str]] = ()
    dead_letter: DeadLetterArgs | None = field(default_factory=DeadLetterArgs)

    def __post_init__(self) -> None:
        if self.dead_letter and self.dead_letter.message_retention_seconds <= self.message_retention_seconds:
            raise ValueError(
                f"dead_letter.message_retention_seconds ({self.dead_letter.message_retention_seconds}) must be more than"
                f" message_retention_seconds ({self.message_retention_seconds}): a moved message keeps its age"
            )


class EncryptedQueue(pulumi.ComponentResource):
    """A standard queue: encrypted, HTTPS only, long polling, tagged, with a dead-letter queue that only it may use.

    Makes: ``aws.sqs.Queue`` and ``aws.sqs.QueuePolicy``, and for the dead-letter queue the same again and an
    ``aws.sqs.RedriveAllowPolicy``.

    Attributes:
        queue, dead_letter_queue: the resources (the second is None without ``dead_letter``).
        url, arn, name: of the queue; ``arn`` is built from the name and known at preview.
        dead_letter_url, dead_letter_arn: of the dead-letter queue, or None.
    """

    queue: aws.sqs.Queue
    dead_letter_queue: aws.sqs.Queue | None
    dead_letter_url: pulumi.Output[str] | None
    dead_letter_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: EncryptedQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:EncryptedQueue", name, {}, opts)
        self._name = name
        self._args = args
        self._place = AwsPlace.current(self)
        dead_letter = args.dead_letter

        self.dead_letter_queue = None
        self.dead_letter_arn = None
        redrive: dict[str, Any] = {}
        if dead_letter:
            self.dead_letter_queue = self._queue("dead-letter", dead_letter.message_retention_seconds)
            self.dead_letter_arn = self._place.queue_arn(self.dead_letter_queue.name)
            redrive_policy = {
                "deadLetterTargetArn": self.dead_letter_arn,
                "maxReceiveCount": dead_letter.max_receive_count,
            }
            redrive = {"redrive_policy": pulumi.Output.json_dumps(redrive_policy)}
        self.queue = self._queue("queue", args.message_retention_seconds, **redrive)
        self.arn = self._place.queue_arn(self.queue.name)
        self.url = self.queue.url
        self.name = self.queue.name
        self.policy = self._policy("queue", self.queue, [_let_send(args.senders, self.arn)] if args.senders else [])
        if dead_letter and self.dead_letter_queue and self.dead_letter_arn:
            self._close_dead_letter_queue(self.dead_letter_queue, self.dead_letter_arn, dead_letter.senders)
        self.dead_letter_url = self.dead_letter_queue.url if self.dead_letter_queue else None
        self.register_outputs(
            {
                "url": self.url,
                "arn": self.arn,
                "name": self.name,
                "deadLetterUrl": self.dead_letter_url,
                "deadLetterArn": self.dead_letter_arn,
            }
        )

    def _queue(self, part: str, message_retention_seconds: int, **more: Any) -> aws.sqs.Queue:
        return aws.sqs.Queue(
            self._part_name(part),
            visibility_timeout_seconds=self._args.visibility_timeout_seconds,
            message_retention_seconds=message_retention_seconds,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            tags=dict(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self),
            **self._args.encryption.queue_arguments(),
            **more,
        )

    def _policy(self, part: str, queue: aws.sqs.Queue, statements: list[Statement]) -> aws.sqs.QueuePolicy:
        return aws.sqs.QueuePolicy(
            f"{self._part_name(part)}-policy",
            queue_url=queue.url,
            policy=policy_document([*statements, https_only("sqs", self._place.queue_arn(queue.name))]),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _close_dead_letter_queue(
        self, queue: aws.sqs.Queue, arn: pulumi.Output[str], senders: Sequence[pulumi.Input[str]]
    ) -> None:
        """Let in what comes from the source queue, and the roles that set single rows aside; nobody else."""
        from_source: Statement = {
            "Sid": "FromSourceQueue",
            "Effect": "Allow",
            "Principal": {"Service": "sqs.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.arn}},
        }
        self._policy("dead-letter", queue, [from_source, *([_let_send(senders, arn)] if senders else [])])
        allow = {"redrivePermission": "byQueue", "sourceQueueArns": [self.arn]}
        aws.sqs.RedriveAllowPolicy(
            f"{self._part_name('dead-letter')}-redrive-allow",
            queue_url=queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps(allow),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _part_name(self, part: str) -> str:
        return self._name if part == "queue" else f"{self._name}-{part}"


def _let_send(senders: Sequence[pulumi.Input[str]], queue_arn: pulumi.Output[str]) -> Statement:
    return {
        "Sid": "LetSend",
        "Effect": "Allow",
        "Principal": {"AWS": list(senders)},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
