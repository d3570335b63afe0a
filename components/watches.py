"""What is worth an alarm: the metric, when it is too much, what that means and where the runbook is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

PERIOD_SECONDS = 60
LONG_PERIOD_SECONDS = 300
MILLISECONDS = 1000


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch, added up over a period by a statistic."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str
    period_seconds: int = PERIOD_SECONDS


@dataclass(frozen=True)
class Watch:
    """One alarm.

    Attributes:
        short: part of the alarm's name.
        runbook: the section of the runbooks that says what to do, as a link's anchor.
        means: a sentence for whoever is woken by it.
        metric: compared with ``threshold``; with ``expression``, metrics by the id that it uses.
        threshold: the alarm goes off at it and above.
        keeps_state: without new values the alarm stays as it is: for what is measured now and then only.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """

    short: str
    runbook: str
    means: str
    metric: Metric | Mapping[str, Metric]
    threshold: float
    expression: str = ""
    keeps_state: bool = False


@dataclass(frozen=True)
class WatchedFunction:
    """A function, and from when on it is too slow.

    Attributes:
        short: part of its alarms' names.
        name: the function's.
        timeout_seconds: Lambda ends it then.
        working_seconds: it works so long on purpose before it hands over; 0 if it doesn't.
    """

    short: str
    name: pulumi.Input[str]
    timeout_seconds: int
    working_seconds: int = 0

    def metric(self, name: str, statistic: str = "Sum") -> Metric:
        return Metric("AWS/Lambda", name, {"FunctionName": self.name}, statistic)


@dataclass(frozen=True)
class PublishedBy:
    """Whose own metrics are meant: those that a function of this project writes into its log.

    Attributes:
        namespace: where the functions publish.
        service, function: the dimensions of every metric, as the functions set them.
    """

    namespace: str
    service: str
    function: pulumi.Input[str]
    dimensions: Mapping[str, pulumi.Input[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimensions", {"service": self.service, "FunctionName": self.function})

    def metric(self, name: str, statistic: str, period_seconds: int = PERIOD_SECONDS) -> Metric:
        return Metric(self.namespace, name, self.dimensions, statistic, period_seconds)


def old_messages(short: str, queue: pulumi.Input[str], age_seconds: int) -> Watch:
    """The queue is not worked off."""
    return Watch(
        f"{short}-age",
        "messages-wait-too-long",
        f"The oldest message of the queue has waited for {age_seconds} s or longer: rows are stuck.",
        Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum"),
        age_seconds,
    )


def waiting_messages(short: str, queue: pulumi.Input[str], messages: int, *, runbook: str, means: str) -> Watch:
    """A queue at the end of the road is not empty."""
    return Watch(
        f"{short}-not-empty",
        runbook,
        means,
        Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue}, "Maximum"),
        messages,
    )


def failing(function: WatchedFunction, errors: int, throttles: int) -> list[Watch]:
    """Invocations fail or are refused."""
    return [
        Watch(
            f"{function.short}-errors",
            "a-function-fails",
            f"{function.short} ended {errors} or more invocations within a minute with an error or a timeout.",
            function.metric("Errors"),
            errors,
        ),
        Watch(
            f"{function.short}-throttles",
            "a-function-is-throttled",
            f"Lambda refused {throttles} or more invocations of {function.short} within a minute for want of concurrency.",
            function.metric("Throttles"),
            throttles,
        ),
    ]


def near_timeout(function: WatchedFunction, percent: int) -> Watch:
    """An invocation used more than its share of the time that it has, counted from when it should be done."""
    working = function.working_seconds
    seconds = working + (function.timeout_seconds - working) * percent / 100
    return Watch(
        f"{function.short}-near-timeout",
        "a-function-is-near-its-timeout",
        f"An invocation of {function.short} took {seconds:g} s or longer; Lambda ends it after"
        f" {function.timeout_seconds} s.",
        function.metric("Duration", "Maximum"),
        seconds * MILLISECONDS,
    )


def asynchronous_events(function: WatchedFunction, age_seconds: int) -> list[Watch]:
    """Events that nobody waits for are late or lost."""
    return [
        Watch(
            f"{function.short}-event-age",
            "uploads-wait-for-the-function",
            f"An event waited for {age_seconds} s or longer before {function.short} took it.",
            function.metric("AsyncEventAge", "Maximum"),
            age_seconds * MILLISECONDS,
        ),
        Watch(
            f"{function.short}-failures-lost",
            "failures-are-lost",
            f"An event of {function.short} failed for good and could not be kept in the failures queue.",
            function.metric("DestinationDeliveryFailures"),
            1,
        ),
    ]


def rejected_rows(csv_to_queue: PublishedBy, percent: int) -> Watch:
    """A supplier's file is full of faults."""
    metrics = {
        "rejected": csv_to_queue.metric("RowsRejected", "Sum", LONG_PERIOD_SECONDS),
        "read": csv_to_queue.metric("RowsRead", "Sum", LONG_PERIOD_SECONDS),
    }
    return Watch(
        "rows-rejected",
        "many-rows-are-rejected",
        f"{percent} % or more of the rows read within 5 minutes were rejected: a supplier's file is at fault.",
        metrics,
        percent,
        expression="100 * rejected / read",
    )


def incomplete_receipts(receipts_watch: PublishedBy, minutes: int) -> Watch:
    """Rows of an upload are unaccounted for."""
    return Watch(
        "receipts-incomplete",
        "a-receipt-stays-incomplete",
        f"What became of some rows of an upload is not known {minutes} minutes after it.",
        receipts_watch.metric("ReceiptsIncomplete", "Maximum"),
        1,
        keeps_state=True,
    )
