"""Amazon SQS: queues and their policies.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import Property, boolean, json_document, number, policy_document, string
from local.aws_provider.resource import Change, ResourceType, Tagging
from local.aws_provider.shapes import texts_from_aws, texts_to_aws

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_ATTRIBUTES = {
    "contentBasedDeduplication": boolean(default=False),
    "deduplicationScope": string(computed=True, choices=("messageGroup", "queue")),
    "delaySeconds": number(default=0, within=(0, 900)),
    "fifoQueue": boolean(default=False, immutable=True),
    "fifoThroughputLimit": string(computed=True, choices=("perQueue", "perMessageGroupId")),
    "kmsDataKeyReusePeriodSeconds": number(computed=True, within=(60, 86_400)),
    "kmsMasterKeyId": string(),
    "maxMessageSize": number(default=262_144, within=(1024, 1_048_576), aws="MaximumMessageSize"),
    "messageRetentionSeconds": number(default=345_600, within=(60, 1_209_600), aws="MessageRetentionPeriod"),
    "policy": policy_document(computed=True),
    "receiveWaitTimeSeconds": number(default=0, within=(0, 20), aws="ReceiveMessageWaitTimeSeconds"),
    "redriveAllowPolicy": json_document(computed=True),
    "redrivePolicy": json_document(computed=True),
    "sqsManagedSseEnabled": boolean(computed=True),
    "visibilityTimeoutSeconds": number(default=30, within=(0, 43_200), aws="VisibilityTimeout"),
}
_ONLY_OF_FIFO_QUEUES = ("fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit")


def _with_fifo_suffix(name: str, inputs: Properties) -> str:
    return f"{name}.fifo" if inputs.get("fifoQueue") and not name.endswith(".fifo") else name


_NAME = AutoName(longest=80, prefix_property="namePrefix", shape=_with_fifo_suffix)


def _attributes(inputs: Properties) -> dict[str, str]:
    given = {
        name: value for name, value in inputs.items() if inputs.get("fifoQueue") or name not in _ONLY_OF_FIFO_QUEUES
    }
    return texts_to_aws(_ATTRIBUTES, given)


def _create_queue(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "sqs",
        "create_queue",
        QueueName=prefixed_name(inputs, _NAME),
        Attributes=_attributes(inputs),
        tags=inputs.get("tags"),
    )
    return str(made["QueueUrl"])


def _queue_attributes(aws: Aws, url: str) -> dict[str, str] | None:
    answer = aws.found("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    return None if answer is None else dict(answer.get("Attributes", {}))


def _read_queue(aws: Aws, url: str, _: Properties) -> Properties | None:
    attributes = _queue_attributes(aws, url)
    if attributes is None:
        return None
    return {
        "policy": "",
        "kmsMasterKeyId": "",
        "redrivePolicy": "",
        "redriveAllowPolicy": "",
        "fifoQueue": False,
        "contentBasedDeduplication": False,
        **texts_from_aws(_ATTRIBUTES, attributes),
        "arn": attributes["QueueArn"],
        "name": attributes["QueueArn"].rsplit(":", 1)[1],
        "url": url,
    }


def _update_queue(aws: Aws, change: Change) -> None:
    wanted = _attributes({name: value for name, value in change.new.items() if change.has(name)})
    removed = {_ATTRIBUTES[name].aws_name(name): "" for name in change.changed & _ATTRIBUTES.keys() - change.new.keys()}
    aws.call("sqs", "set_queue_attributes", QueueUrl=change.id, Attributes={**removed, **wanted})


def _delete_queue(aws: Aws, url: str, _: Properties) -> None:
    aws.found("sqs", "delete_queue", QueueUrl=url)


def _attribute_of_queue(token: str, attribute: str, document: Property) -> ResourceType:
    """Return a type that is one attribute of a queue, its id being the queue's URL."""
    name = attribute[0].lower() + attribute[1:]

    def write(aws: Aws, url: str, text: str) -> None:
        aws.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={attribute: text})

    def create(aws: Aws, inputs: Properties) -> str:
        write(aws, inputs["queueUrl"], inputs[name])
        return str(inputs["queueUrl"])

    def read(aws: Aws, url: str, _: Properties) -> Properties | None:
        text = (_queue_attributes(aws, url) or {}).get(attribute)
        return {name: text, "queueUrl": url} if text else None

    def delete(aws: Aws, url: str, _: Properties) -> None:
        if _queue_attributes(aws, url) is not None:
            write(aws, url, "")

    return ResourceType(
        token=token,
        properties={"queueUrl": string(required=True, immutable=True), name: document},
        create=create,
        read=read,
        update=lambda aws, change: write(aws, change.id, change.new[name]),
        delete=delete,
    )


QUEUE = ResourceType(
    token="aws:sqs/queue:Queue",  # noqa: S106 - a Pulumi type token
    properties={
        **_ATTRIBUTES,
        "name": string(computed=True, immutable=True),
        "namePrefix": string(immutable=True, kept=True),
        "arn": string(output=True),
        "url": string(output=True),
    },
    name=_NAME,
    create=_create_queue,
    read=_read_queue,
    update=_update_queue,
    delete=_delete_queue,
    tagging=Tagging(
        read=lambda aws, url, _: aws.call("sqs", "list_queue_tags", QueueUrl=url).get("Tags", {}),
        add=lambda aws, url, _, tags: aws.call("sqs", "tag_queue", QueueUrl=url, Tags=tags),
        remove=lambda aws, url, _, keys: aws.call("sqs", "untag_queue", QueueUrl=url, TagKeys=keys),
    ),
)
QUEUE_POLICY = _attribute_of_queue("aws:sqs/queuePolicy:QueuePolicy", "Policy", policy_document(required=True))
REDRIVE_ALLOW_POLICY = _attribute_of_queue(
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "RedriveAllowPolicy", json_document(required=True)
)
RESOURCE_TYPES = (QUEUE, QUEUE_POLICY, REDRIVE_ALLOW_POLICY)
