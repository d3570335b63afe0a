"""The whole pipeline as one component."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, AlarmsArgs
from components.dashboard import PipelineDashboard
from components.encrypted_queue import DeadLetterArgs, EncryptedQueue, EncryptedQueueArgs, QueueEncryption
from components.encrypted_table import EncryptedTable, EncryptedTableArgs
from components.encryption_key import AUTO_NAMED, DECRYPTING, EncryptionKey, EncryptionKeyArgs, KeyUse
from components.least_privilege_function import ExecutionRole
from components.names_and_arns import AwsPlace
from components.pipeline_alarms import pipeline_watches
from components.pipeline_functions import PipelineFunctions
from components.policy_documents import allow
from components.receipts_watch import ReceiptsWatch, ReceiptsWatchArgs
from components.settings import SECONDS_PER_DAY, Encryption
from components.uploads_bucket import REJECTS_PREFIX, UPLOADS_PREFIX, UploadsBucket, UploadsBucketArgs

if TYPE_CHECKING:
    from components.least_privilege_function import LeastPrivilegeFunction
    from components.policy_documents import Statement
    from components.settings import PipelineSettings

BYTES_PER_MEGABYTE = 1024 * 1024


class InventoryPipeline(pulumi.ComponentResource):
    """CSV files of suppliers, through an encrypted queue, into a table.

    A file below ``uploads/`` invokes ``csv_to_queue``, which sends its rows to the queue; ``queue_to_table`` applies
    them to the inventory table. Rows that cannot be applied end in the dead-letter queue, and invocations of
    ``csv_to_queue`` that failed for good in the failures queue.

    Makes: `UploadsBucket`, two `EncryptedQueue`, two `EncryptedTable`, two `LeastPrivilegeFunction` with an
    `ExecutionRole` each, `ReceiptsWatch`, `Alarms`, `PipelineDashboard`, what connects them, and with a customer-managed key an
    `EncryptionKey`.

    Attributes:
        uploads, queue, failures, inventory, receipts, csv_function, table_function, receipts_watch, alarms, dashboard:
            its parts.

    https://aws.amazon.com/blogs/compute/implementing-aws-well-architected-best-practices-for-amazon-sqs-part-2/
    """

    def __init__(self, name: str, settings: PipelineSettings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:InventoryPipeline", name, {}, opts)
        self._name = name
        self._settings = settings
        self._tags = settings.tags
        self._child = pulumi.ResourceOptions(parent=self)
        self._place = AwsPlace.current(self)

        csv_role = ExecutionRole(f"{name}-csv-to-queue", self._tags, self._child)
        table_role = ExecutionRole(f"{name}-queue-to-table", self._tags, self._child)
        watch_role = ExecutionRole(f"{name}-receipts-watch", self._tags, self._child)
        self._functions = PipelineFunctions(name, settings)
        self._key = self._customer_managed_key(csv_role, table_role, watch_role)
        self.uploads = self._uploads_bucket()
        self.queue = self._inventory_queue(csv_role, table_role)
        self.failures = self._failures_queue()
        self.inventory = self._table("inventory", "product_id", "location")
        self.receipts = self._table("receipts", "file", "part", time_to_live_attribute="expires_at")
        self.csv_function = self._csv_function(csv_role)
        self.table_function = self._table_function(table_role)
        self._connect_bucket()
        self._connect_queue()
        self.receipts_watch = self._receipts_watch(watch_role)
        self.alarms = self._alarms()
        self.dashboard = self._dashboard()
        self.register_outputs(self.outputs())

    def outputs(self) -> dict[str, pulumi.Output[str] | None]:
        """What operators and other stacks need, by the name that it is exported under."""
        return {
            "bucketName": self.uploads.name,
            "bucketArn": self.uploads.arn,
            "queueUrl": self.queue.url,
            "queueArn": self.queue.arn,
            "deadLetterQueueUrl": self.queue.dead_letter_url,
            "deadLetterQueueArn": self.queue.dead_letter_arn,
            "failuresQueueUrl": self.failures.url,
            "failuresQueueArn": self.failures.arn,
            "inventoryTableName": self.inventory.name,
            "receiptsTableName": self.receipts.name,
            "csvFunctionName": self.csv_function.name,
            "tableFunctionName": self.table_function.name,
            "receiptsWatchFunctionName": self.receipts_watch.function.name,
            "dashboardName": self.dashboard.name,
            "alarmTopicArn": self.alarms.topic_arn,
            "unhealthyAlarmName": self.alarms.unhealthy.alarm_name,
        }

    def _customer_managed_key(
        self, csv_role: ExecutionRole, table_role: ExecutionRole, watch_role: ExecutionRole
    ) -> EncryptionKey | None:
        if self._settings.encryption is not Encryption.SSE_KMS_CUSTOMER_MANAGED:
            return None
        updates, dead_letters, failures, receipts, inventory, uploads, alarms = (
            f"{self._name}-{part}-{AUTO_NAMED}"
            for part in ("updates", "updates-dead-letter", "failures", "receipts", "inventory", "uploads", "alarms")
        )
        uses = (
            KeyUse("CsvToQueueSends", "sqs", csv_role.arn, [updates, failures]),
            KeyUse("CsvToQueueReadsAndRejects", "s3", csv_role.arn, [uploads]),
            KeyUse("CsvToQueueWritesReceipts", "dynamodb", csv_role.arn, [receipts], DECRYPTING),
            KeyUse("QueueToTableReceives", "sqs", table_role.arn, [updates], DECRYPTING),
            KeyUse("QueueToTableSetsAside", "sqs", table_role.arn, [dead_letters]),
            KeyUse("QueueToTableWrites", "dynamodb", table_role.arn, [inventory, receipts], DECRYPTING),
            KeyUse("ReceiptsWatchLooks", "dynamodb", watch_role.arn, [receipts], DECRYPTING),
            KeyUse("ReceiptsWatchFails", "sqs", watch_role.arn, [failures]),
        )
        description = "Encrypts the queues, tables, uploads and alarms of the inventory pipeline"
        return EncryptionKey(
            f"{self._name}-key",
            EncryptionKeyArgs(tags=self._tags, description=description, uses=uses, alarm_topics=[alarms]),
            self._child,
        )

    def _uploads_bucket(self) -> UploadsBucket:
        return UploadsBucket(
            f"{self._name}-uploads",
            UploadsBucketArgs(
                tags=self._tags,
                uploads_expire_after_days=self._settings.uploads_expire_after_days,
                rejects_expire_after_days=self._settings.rejects_expire_after_days,
                kms_key_arn=self._key.arn if self._key else None,
                protect=self._settings.protect,
            ),
            self._child,
        )

    def _queue_encryption(self) -> QueueEncryption:
        return QueueEncryption(
            mode=self._settings.encryption,
            kms_key_id=self._key.arn if self._key else None,
            kms_data_key_reuse_period_seconds=self._settings.kms_data_key_reuse_period_seconds,
        )

    def _inventory_queue(self, csv_role: ExecutionRole, table_role: ExecutionRole) -> EncryptedQueue:
        settings = self._settings
        return EncryptedQueue(
            f"{self._name}-updates",
            EncryptedQueueArgs(
                tags=self._tags,
                encryption=self._queue_encryption(),
                visibility_timeout_seconds=settings.effective_visibility_timeout_seconds,
                message_retention_seconds=settings.message_retention_days * SECONDS_PER_DAY,
                senders=[csv_role.arn],
                dead_letter=DeadLetterArgs(
                    max_receive_count=settings.max_receive_count,
                    message_retention_seconds=settings.dead_letter_retention_days * SECONDS_PER_DAY,
                    senders=[table_role.arn],
                ),
            ),
            self._child,
        )

    def _failures_queue(self) -> EncryptedQueue:
        return EncryptedQueue(
            f"{self._name}-failures",
            EncryptedQueueArgs(
                tags=self._tags,
                encryption=self._queue_encryption(),
                message_retention_seconds=self._settings.dead_letter_retention_days * SECONDS_PER_DAY,
                dead_letter=None,
            ),
            self._child,
        )

    def _table(
        self, part: str, hash_key: str, range_key: str, time_to_live_attribute: str | None = None
    ) -> EncryptedTable:
        return EncryptedTable(
            f"{self._name}-{part}",
            EncryptedTableArgs(
                tags=self._tags,
                hash_key=hash_key,
                range_key=range_key,
                time_to_live_attribute=time_to_live_attribute,
                kms_key_arn=self._key.arn if self._key else None,
                protect=self._settings.protect,
            ),
            self._child,
        )

    def _csv_function(self, role: ExecutionRole) -> LeastPrivilegeFunction:
        settings = self._settings
        statements: list[Statement] = [
            # Of the version that the notification names; `s3:GetObject` would be for the latest.
            allow(
                "ReadUploads",
                ["s3:GetObjectVersion"],
                self._place.bucket_arn(self.uploads.name, f"{UPLOADS_PREFIX}*"),
            ),
            allow("WriteRejects", ["s3:PutObject"], self._place.bucket_arn(self.uploads.name, f"{REJECTS_PREFIX}*")),
            allow("WriteReceipts", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], self.receipts.arn),
            allow("SendFailures", ["sqs:SendMessage"], self.failures.arn),
        ]
        environment: dict[str, pulumi.Input[str]] = {
            "QUEUE_URL": self.queue.url,
            "RECEIPTS_TABLE": self.receipts.name,
            "REJECTS_PREFIX": REJECTS_PREFIX,
            "ROWS_PER_MESSAGE": str(settings.rows_per_message),
            "RANGE_BYTES": str(settings.range_megabytes * BYTES_PER_MEGABYTE),
            "MAXIMUM_PARALLEL_RANGES": str(settings.maximum_parallel_ranges),
        }
        return self._functions.make(
            "csv_to_queue",
            role,
            environment,
            statements,
            self._child,
            timeout_seconds=settings.csv_function_timeout_seconds,
            memory_megabytes=settings.csv_function_memory_megabytes,
            invokes_itself=True,
        )

    def _table_function(self, role: ExecutionRole) -> LeastPrivilegeFunction:
        settings = self._settings
        statements: list[Statement] = [
            allow(
                "ReceiveUpdates",
                ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                self.queue.arn,
            ),
            allow("ApplyRows", ["dynamodb:UpdateItem"], self.inventory.arn),
            allow("WriteReceipts", ["dynamodb:PutItem"], self.receipts.arn),
        ]
        environment: dict[str, pulumi.Input[str]] = {
            "INVENTORY_TABLE": self.inventory.name,
            "RECEIPTS_TABLE": self.receipts.name,
            "DEAD_LETTER_QUEUE_URL": self.queue.dead_letter_url or "",
            "MAX_RECEIVE_COUNT": str(settings.max_receive_count),
        }
        return self._functions.make(
            "queue_to_table",
            role,
            environment,
            statements,
            self._child,
            timeout_seconds=settings.table_function_timeout_seconds,
            memory_megabytes=settings.table_function_memory_megabytes,
        )

    def _connect_bucket(self) -> None:
        """Invoke ``csv_to_queue`` for each upload; what fails for good goes to the failures queue."""
        function = self.csv_function
        failure = aws.lambda_.FunctionEventInvokeConfig(
            f"{self._name}-csv-to-queue-failures",
            function_name=function.name,
            maximum_retry_attempts=2,
            destination_config={"on_failure": {"destination": self.failures.arn}},
            # Lambda checks on the spot that the role may send to the destination.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function.policy, self.failures]),
        )
        permission = aws.lambda_.Permission(
            f"{self._name}-uploads-invoke",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="s3.amazonaws.com",
            source_arn=self.uploads.arn,
            source_account=self._place.account_id,
            opts=self._child,
        )
        aws.s3.BucketNotification(
            f"{self._name}-uploads-notification",
            bucket=self.uploads.bucket.id,
            lambda_functions=[
                {
                    "lambda_function_arn": function.function.arn,
                    "events": ["s3:ObjectCreated:*"],
                    "filter_prefix": UPLOADS_PREFIX,
                }
            ],
            # No upload may arrive before everything that its rows need is there, and versions are kept.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[permission, failure, function, self.queue, self.uploads.versioning]
            ),
        )

    def _connect_queue(self) -> None:
        function = self.table_function
        aws.lambda_.EventSourceMapping(
            f"{self._name}-updates-to-table",
            event_source_arn=self.queue.queue.arn,
            function_name=function.function.arn,
            batch_size=self._settings.batch_size,
            maximum_batching_window_in_seconds=self._settings.maximum_batching_window_seconds,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximum_concurrency": self._settings.maximum_concurrency},
            tags=dict(self._tags),
            # Lambda checks on the spot that the role may receive from the queue.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function.policy, self.queue]),
        )

    def _receipts_watch(self, role: ExecutionRole) -> ReceiptsWatch:
        return ReceiptsWatch(
            f"{self._name}-receipts-watch",
            ReceiptsWatchArgs(
                role=role,
                functions=self._functions,
                receipts=self.receipts,
                failures_arn=self.failures.arn,
                late_after_minutes=self._settings.receipt_alarm_minutes,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[self.failures]),
        )

    def _alarms(self) -> Alarms:
        return Alarms(
            f"{self._name}-alarms",
            AlarmsArgs(
                tags=self._tags,
                watches=pipeline_watches(self, self._settings),
                unhealthy_alarm_name=pulumi.Output.concat(self.queue.name, "-pipeline-unhealthy"),
                runbooks=self._settings.runbooks_url,
                email=self._settings.alarm_email,
                key=self._key,
            ),
            self._child,
        )

    def _dashboard(self) -> PipelineDashboard:
        dead_letter_queues = {"failures": self.failures.name}
        if self.queue.dead_letter_queue:
            dead_letter_queues["dead-letter"] = self.queue.dead_letter_queue.name
        functions = {"csv-to-queue": self.csv_function.name, "queue-to-table": self.table_function.name}
        return PipelineDashboard(f"{self._name}-dashboard", self.queue.name, dead_letter_queues, functions, self._child)
