"""The parts of the project's own stack by their labels, and how one of them is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tests.policies.analyzer import Declared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.policies.mutation.own_stack import OwnStack

Change: TypeAlias = "Callable[[OwnStack], object]"

UPDATES, DEAD, FAILURES = "Queue inventory-updates", "Queue inventory-updates-dead-letter", "Queue inventory-failures"
UPDATES_POLICY, DEAD_POLICY = "QueuePolicy inventory-updates-policy", "QueuePolicy inventory-updates-dead-letter-policy"
FAILURES_POLICY = "QueuePolicy inventory-failures-policy"
ALLOW = "RedriveAllowPolicy inventory-updates-dead-letter-redrive-allow"
CSV, TO_TABLE = "Function inventory-csv-to-queue", "Function inventory-queue-to-table"
CSV_RIGHTS = "RolePolicy inventory-csv-to-queue-policy"
TABLE_RIGHTS = "RolePolicy inventory-queue-to-table-policy"
MAPPING = "EventSourceMapping inventory-updates-to-table"
INVOKE_CONFIG = "FunctionEventInvokeConfig inventory-csv-to-queue-failures"
BUCKET, BUCKET_POLICY = "Bucket inventory-uploads", "BucketPolicy inventory-uploads-policy"
BLOCK = "BucketPublicAccessBlock inventory-uploads-public-access-block"
BUCKET_ENCRYPTION = "BucketServerSideEncryptionConfiguration inventory-uploads-encryption"
NOTIFICATION = "BucketNotification inventory-uploads-notification"
KEY, TOPIC, TOPIC_POLICY = "Key inventory-alarms-key", "Topic inventory-alarms", "TopicPolicy inventory-alarms-policy"
AGE_ALARM = "MetricAlarm inventory-alarms-updates-age"
DEAD_ALARM = "MetricAlarm inventory-alarms-dead-letter-not-empty"
UNHEALTHY = "CompositeAlarm inventory-alarms-unhealthy"
TAGGED = (
    UPDATES,
    CSV,
    MAPPING,
    BUCKET,
    KEY,
    TOPIC,
    AGE_ALARM,
    UNHEALTHY,
    "Role inventory-csv-to-queue",
    "Table inventory-inventory",
    "LogGroup inventory-csv-to-queue-logs",
)
STRANGER = "arn:aws:iam::999999999999:root"
RETENTION = "messageRetentionSeconds"
NO_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def set_input(label: str, name: str, value: Any) -> Change:
    return lambda stack: stack.set(label, name, value)


def remove(label: str) -> Change:
    return lambda stack: stack.remove(label)


def unheard(change: Change) -> Change:
    """The change, in a stack whose composite alarm tells nobody."""

    def both(stack: OwnStack) -> None:
        stack.set(UNHEALTHY, "alarmActions", [])
        change(stack)

    return both


def statement(label: str, sid: str, *, document: str = "policy", **changes: Any) -> Change:
    return lambda stack: stack.statement(label, sid, document, **changes)


def with_statement(label: str, **statement: Any) -> Change:
    return lambda stack: stack.with_statement(label, **statement)


def add(type_: str, name: str, inputs: dict[str, Any], **depends: list[str]) -> Change:
    """Add a resource; ``depends`` has the labels that each input depends on."""
    return lambda stack: stack.add(Declared(type_, name, inputs, depends))
