"""What a user can set on the pipeline: typed, validated together, with safe defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VISIBILITY_FACTOR = 6
"""Lambda's advice: the visibility timeout of a source queue is at least six times the function's timeout.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
LONGEST_VISIBILITY_SECONDS = 12 * 3600
SECONDS_PER_DAY = 86_400
LOG_RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
REQUIRED_TAGS = ("department", "environment", "owner")
_TAG_TEXT = re.compile(r"[\w\s.:/=+\-@]{1,256}")
_ADDRESS_OF_PAGE = re.compile(r"[^\s#]{1,400}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Encryption(StrEnum):
    """Who holds the key that encrypts the queues at rest.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
    """

    SSE_SQS = "sse-sqs"
    SSE_KMS_AWS_MANAGED = "sse-kms-aws-managed"
    SSE_KMS_CUSTOMER_MANAGED = "sse-kms-customer-managed"


class PackagingTarget(StrEnum):
    """Where the functions' archives are to run: on AWS Lambda, or in an emulator on this machine."""

    LAMBDA = "lambda"
    THIS_MACHINE = "this-machine"


class SettingsError(pulumi.RunError):
    """A setting is out of its range; the message names each key, its value, what is allowed and why."""


@dataclass(frozen=True)
class PipelineSettings:
    """Every choice of a pipeline. The field's camelCase name is its configuration key.

    Raises:
        SettingsError: on construction, naming all faults at once.
    """

    department: str = "inventory"
    environment: str = "dev"
    owner: str = "inventory-team"
    extra_tags: Mapping[str, str] = field(default_factory=dict)

    encryption: Encryption = Encryption.SSE_SQS
    kms_data_key_reuse_period_seconds: int = 300

    max_receive_count: int = 3
    visibility_timeout_seconds: int = 0
    message_retention_days: int = 4
    dead_letter_retention_days: int = 14
    batch_size: int = 10
    maximum_batching_window_seconds: int = 1
    maximum_concurrency: int = 10

    csv_function_timeout_seconds: int = 300
    csv_function_memory_megabytes: int = 1024
    table_function_timeout_seconds: int = 30
    table_function_memory_megabytes: int = 512
    rows_per_message: int = 100
    range_megabytes: int = 64
    maximum_parallel_ranges: int = 16

    log_retention_days: int = 30
    uploads_expire_after_days: int = 30
    rejects_expire_after_days: int = 90

    age_alarm_seconds: int = 600
    dead_letter_alarm_messages: int = 1
    error_alarm_count: int = 1
    throttle_alarm_count: int = 1
    duration_alarm_percent: int = 80
    event_age_alarm_seconds: int = 300
    rejected_rows_alarm_percent: int = 10
    receipt_alarm_minutes: int = 60
    alarm_email: str = ""
    runbooks_url: str = "docs/operating.md"

    protect: bool = False
    packaging_target: PackagingTarget = PackagingTarget.LAMBDA

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise SettingsError("the configuration cannot be used:\n" + "\n".join(f"  - {fault}" for fault in faults))

    @property
    def tags(self) -> dict[str, str]:
        """The ABAC tags, with the user's own: on every taggable resource, the roles included.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
        """
        return {**self.extra_tags, **self.required_tags}

    @property
    def required_tags(self) -> dict[str, str]:
        return {key: getattr(self, key) for key in REQUIRED_TAGS}

    @property
    def shortest_visibility_seconds(self) -> int:
        """Six times the consumer's timeout plus its batching window, in seconds."""
        return VISIBILITY_FACTOR * self.table_function_timeout_seconds + self.maximum_batching_window_seconds

    @property
    def effective_visibility_timeout_seconds(self) -> int:
        return self.visibility_timeout_seconds or self.shortest_visibility_seconds

    def _faults(self) -> Iterator[str]:
        yield from self._tag_faults()
        yield from self._range_faults()
        yield from self._visibility_faults()
        if self.dead_letter_retention_days <= self.message_retention_days:
            yield _fault(
                "dead_letter_retention_days",
                self.dead_letter_retention_days,
                f"more than messageRetentionDays ({self.message_retention_days})",
                "a message keeps its age when it moves to the dead-letter queue, and would expire there unseen",
            )
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            yield _fault(
                "log_retention_days",
                self.log_retention_days,
                "one of " + ", ".join(map(str, LOG_RETENTION_DAYS)),
                "CloudWatch Logs has no other",
            )
        if self.batch_size > 10 and not self.maximum_batching_window_seconds:  # noqa: PLR2004 - the API's own number
            yield _fault(
                "maximum_batching_window_seconds", 0, "at least 1", f"batchSize is {self.batch_size}, more than 10"
            )
        if self.alarm_email and not _EMAIL.fullmatch(self.alarm_email):
            yield _fault("alarm_email", self.alarm_email, "an e-mail address, or nothing", "alarms are sent to it")
        if not _ADDRESS_OF_PAGE.fullmatch(self.runbooks_url):
            yield _fault(
                "runbooks_url",
                self.runbooks_url,
                "an address or a path of at most 400 characters without spaces and without #",
                "alarms link to a section of it",
            )

    def _tag_faults(self) -> Iterator[str]:
        for key, value in {**self.extra_tags, **self.required_tags}.items():
            name = key if key in REQUIRED_TAGS else f"extraTags.{key}"
            if not value.strip() or not _TAG_TEXT.fullmatch(value):
                yield _fault(
                    name,
                    value,
                    "1 to 256 letters, digits, spaces and . : / = + - @ _",
                    "access to the queues is decided by tags (ABAC), and an empty tag decides nothing",
                )
        for key in self.extra_tags:
            if key.lower() in REQUIRED_TAGS:
                yield _fault(
                    f"extraTags.{key}",
                    self.extra_tags[key],
                    f"a key other than {', '.join(REQUIRED_TAGS)}",
                    "these have keys of their own in the configuration",
                )

    def _range_faults(self) -> Iterator[str]:
        for name, (least, most, reason) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                yield _fault(name, value, f"{least:,} to {most:,}", reason)

    def _visibility_faults(self) -> Iterator[str]:
        if self.visibility_timeout_seconds and not (
            self.shortest_visibility_seconds <= self.visibility_timeout_seconds <= LONGEST_VISIBILITY_SECONDS
        ):
            yield _fault(
                "visibility_timeout_seconds",
                self.visibility_timeout_seconds,
                f"{self.shortest_visibility_seconds:,} to {LONGEST_VISIBILITY_SECONDS:,}, or 0 to derive it",
                f"it must be at least {VISIBILITY_FACTOR} × tableFunctionTimeoutSeconds"
                f" ({self.table_function_timeout_seconds}) + maximumBatchingWindowSeconds"
                f" ({self.maximum_batching_window_seconds}), or messages in work are delivered again",
            )
        elif self.shortest_visibility_seconds > LONGEST_VISIBILITY_SECONDS:
            yield _fault(
                "table_function_timeout_seconds",
                self.table_function_timeout_seconds,
                "less",
                "six times it, plus the batching window, is more than the 12 hours that SQS can hide a message",
            )


_RANGES: dict[str, tuple[int, int, str]] = {
    "kms_data_key_reuse_period_seconds": (60, 86_400, "the range of KmsDataKeyReusePeriodSeconds"),
    "max_receive_count": (
        2,
        1000,
        "with 1, a single throttled or timed-out poll of Lambda sends good messages to the dead-letter queue",
    ),
    "message_retention_days": (1, 14, "SQS keeps messages for up to 14 days"),
    "dead_letter_retention_days": (1, 14, "SQS keeps messages for up to 14 days"),
    "batch_size": (1, 10_000, "the range of an event source mapping on a standard queue"),
    "maximum_batching_window_seconds": (0, 300, "the range of MaximumBatchingWindowInSeconds"),
    "maximum_concurrency": (2, 1000, "the range of MaximumConcurrency of an event source mapping"),
    "csv_function_timeout_seconds": (1, 900, "a Lambda function runs for at most 15 minutes"),
    "table_function_timeout_seconds": (5, 900, "it keeps 3 s of it for receipts; Lambda allows at most 15 minutes"),
    "csv_function_memory_megabytes": (128, 10_240, "the range of a Lambda function's memory"),
    "table_function_memory_megabytes": (128, 10_240, "the range of a Lambda function's memory"),
    "rows_per_message": (1, 10_000, "a message holds at most 1 MiB"),
    "range_megabytes": (1, 4096, "a range is what one invocation reads of a large file"),
    "maximum_parallel_ranges": (1, 1000, "so many invocations read one file at the same time"),
    "uploads_expire_after_days": (1, 3650, "uploads are short-lived; the table is what is kept"),
    "rejects_expire_after_days": (1, 3650, "rejected rows are kept until a supplier has mended them"),
    "age_alarm_seconds": (60, SECONDS_PER_DAY, "a message older than this means that rows are stuck"),
    "dead_letter_alarm_messages": (1, 1_000_000, "so many messages in the dead-letter or failures queue ring"),
    "error_alarm_count": (1, 1_000_000, "so many failed invocations of a function within a minute ring"),
    "throttle_alarm_count": (1, 1_000_000, "so many refused invocations of a function within a minute ring"),
    "duration_alarm_percent": (1, 99, "a share of the timeout; at 100 the invocation has been ended"),
    "event_age_alarm_seconds": (1, 21_600, "Lambda drops an asynchronous event after 6 hours"),
    "rejected_rows_alarm_percent": (1, 100, "a share of the rows read"),
    "receipt_alarm_minutes": (5, 10_080, "less is shorter than the check's own period; the queue forgets after days"),
}


def settings_from_config(config: pulumi.Config) -> PipelineSettings:
    """Read the settings of the stack; keys that are not set take the defaults of `PipelineSettings`.

    Raises:
        SettingsError: a value is of the wrong type or out of its range.
    """
    values: dict[str, Any] = {}
    for setting in fields(PipelineSettings):
        value = _read(config, setting.name, str(setting.type))
        if value is not None:
            values[setting.name] = value
    return PipelineSettings(**values)


def _read(config: pulumi.Config, name: str, type_name: str) -> Any:
    key = configuration_key(name)
    choices: dict[str, type[StrEnum]] = {"Encryption": Encryption, "PackagingTarget": PackagingTarget}
    try:
        if type_name == "int":
            return config.get_int(key)
        if type_name == "bool":
            return config.get_bool(key)
        if type_name.startswith("Mapping"):
            return _text_mapping(config, key)
    except pulumi.ConfigTypeError as error:
        kind = {"int": "a whole number", "bool": "true or false"}.get(type_name, "an object of texts")
        raise SettingsError(
            f"the configuration cannot be used:\n  - {_fault(name, config.get(key), kind, 'its type')}"
        ) from error
    value = config.get(key)
    if value is None or type_name not in choices:
        return value
    allowed = [str(choice) for choice in choices[type_name]]
    if value not in allowed:
        reason = "a mode that nobody knows encrypts nothing" if name == "encryption" else "there is no other"
        raise SettingsError(
            f"the configuration cannot be used:\n  - {_fault(name, value, 'one of ' + ', '.join(allowed), reason)}"
        )
    return choices[type_name](value)


def _text_mapping(config: pulumi.Config, key: str) -> dict[str, str] | None:
    value = config.get_object(key)
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise pulumi.ConfigTypeError(key, value, "object of texts")
    return value


def configuration_key(field_name: str) -> str:
    """``max_receive_count`` → ``maxReceiveCount``: fields are Python's, configuration keys are Pulumi's."""
    first, *rest = field_name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _fault(name: str, value: object, allowed: str, reason: str) -> str:
    key = name if "." in name else configuration_key(name)
    return f"{key} is {value!r}; allowed: {allowed} ({reason})"
