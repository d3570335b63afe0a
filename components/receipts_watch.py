"""Somebody looks whether every upload ends in a complete receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.function_schedule import FunctionSchedule, FunctionScheduleArgs
from components.pipeline_functions import METRICS_NAMESPACE
from components.policy_documents import allow
from components.watches import PublishedBy, WatchedFunction

if TYPE_CHECKING:
    from components.encrypted_table import EncryptedTable
    from components.least_privilege_function import ExecutionRole
    from components.pipeline_functions import PipelineFunctions

PACKAGE = "receipts_watch"
EVERY = "rate(5 minutes)"
TIMEOUT_SECONDS = 60
MEMORY_MEGABYTES = 256


@dataclass(frozen=True)
class ReceiptsWatchArgs:
    """What a `ReceiptsWatch` is made from.

    Attributes:
        role: the function's own.
        functions: makes the function.
        receipts: the table.
        failures_arn: the queue that keeps runs that failed for good.
        late_after_minutes: how long after its upload a receipt may be incomplete.
    """

    role: ExecutionRole
    functions: PipelineFunctions
    receipts: EncryptedTable
    failures_arn: pulumi.Input[str]
    late_after_minutes: int


class ReceiptsWatch(pulumi.ComponentResource):
    """Makes a `LeastPrivilegeFunction` that publishes how many receipts are late, and its `FunctionSchedule`.

    Attributes:
        function: the function.
        watched: what its alarms look at.
        published: whose metric ``ReceiptsIncomplete`` is.
    """

    def __init__(self, name: str, args: ReceiptsWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:ReceiptsWatch", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.function = args.functions.make(
            PACKAGE,
            args.role,
            {"RECEIPTS_TABLE": args.receipts.name, "LATE_AFTER_MINUTES": str(args.late_after_minutes)},
            [
                allow("ReadReceipts", ["dynamodb:Query", "dynamodb:DeleteItem"], args.receipts.arn),
                allow("SendFailures", ["sqs:SendMessage"], args.failures_arn),
            ],
            child,
            timeout_seconds=TIMEOUT_SECONDS,
            memory_megabytes=MEMORY_MEGABYTES,
        )
        tags = args.functions.settings.tags
        FunctionSchedule(f"{name}-schedule", FunctionScheduleArgs(tags, self.function, EVERY, args.failures_arn), child)
        self.watched = WatchedFunction("receipts-watch", self.function.name, TIMEOUT_SECONDS)
        self.published = PublishedBy(METRICS_NAMESPACE, PACKAGE, self.function.name)
        self.register_outputs({"functionName": self.function.name})
