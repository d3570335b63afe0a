"""Who uses a queue, bucket or table encrypted with a customer-managed key must be allowed to use the key.

Upstream stores which key encrypts what and asks nobody. AWS asks KMS in the caller's name, through the service
(``kms:ViaService``), and says about which resource (``kms:EncryptionContext:…``). Keys that AWS manages (``alias/aws/…``) are open to the account through their service.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html

Not done: SQS's reuse of data keys (each call asks), the key of a single object other than its bucket's.

Noticed when upstream no longer needs it: ``test_upstream_still_asks_nobody_for_a_key``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ENCRYPT, DECRYPT = "kms:GenerateDataKey", "kms:Decrypt"
ASKED = {
    "sqs:SendMessage": (ENCRYPT, DECRYPT),
    "sqs:ReceiveMessage": (DECRYPT,),
    "s3:PutObject": (ENCRYPT,),
    "s3:GetObject": (DECRYPT,),
    "s3:GetObjectVersion": (DECRYPT,),
    **{
        f"dynamodb:{name}": (DECRYPT,)
        for name in (
            "GetItem",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "Query",
            "Scan",
            "BatchGetItem",
            "BatchWriteItem",
            "PartiQLSelect",
            "PartiQLInsert",
            "PartiQLUpdate",
            "PartiQLDelete",
        )
    },
}


@dataclass(frozen=True)
class KeyUse:
    """One call of KMS that a service makes in the caller's name; ``context`` has the condition keys in lower case."""

    action: str
    key_arn: str
    context: dict[str, str]


def key_uses(action: str, resource_arn: str) -> list[KeyUse]:
    """What ``action`` on the resource asks of its key; nothing if its service or AWS manages the key."""
    from ministack.core.responses import get_account_id, get_region  # noqa: PLC0415 - reads the environment
    from ministack.services import kms  # noqa: PLC0415 - same

    if action not in ASKED:
        return []
    key_id = _key_id(resource_arn)
    key = None if "alias/aws/" in key_id else kms._resolve_key(key_id)  # noqa: SLF001
    if not key:
        return []
    service = action.partition(":")[0]
    context = {
        "kms:viaservice": f"{service}.{get_region()}.amazonaws.com",
        "kms:calleraccount": get_account_id(),
        **_encryption_context(service, resource_arn, get_account_id()),
    }
    return [KeyUse(name, key["Arn"], context) for name in ASKED[action]]


def _encryption_context(service: str, resource_arn: str, account: str) -> dict[str, str]:
    """What the service says about the resource; of an S3 object its bucket, as with bucket keys."""
    context = {"aws:sqs:arn": resource_arn}
    if service == "s3":
        context = {"aws:s3:arn": resource_arn.partition("/")[0]}
    elif service == "dynamodb":
        context = {"aws:dynamodb:tablename": resource_arn.split("/")[1], "aws:dynamodb:subscriberid": account}
    return {f"kms:encryptioncontext:{name}": value for name, value in context.items()}


def _key_id(resource_arn: str) -> str:
    """The identifier of the key that encrypts a queue, a bucket's objects or a table, as it was configured."""
    from ministack.services import dynamodb, s3, sqs  # noqa: PLC0415 - reads the environment when imported

    if not resource_arn.startswith("arn:"):
        return ""
    service, name = resource_arn.split(":", 5)[2], resource_arn.split(":", 5)[-1]
    if service == "sqs":
        queue = sqs._queue_by_arn(resource_arn) or {}  # noqa: SLF001
        return str(queue.get("attributes", {}).get("KmsMasterKeyId") or "")
    if service == "s3":
        headers = s3._bucket_default_sse_headers(name.partition("/")[0])  # noqa: SLF001
        return str(headers.get("x-amz-server-side-encryption-aws-kms-key-id") or "")
    table = dynamodb._tables.get(name.split("/")[1]) or {} if name.startswith("table/") else {}  # noqa: SLF001
    return str((table.get("SSEDescription") or {}).get("KMSMasterKeyArn") or "")


def apply() -> None:
    from ministack.core import iam_evaluator  # noqa: PLC0415 - reads the environment when imported

    upstream = iam_evaluator.enforce

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any
    ) -> Any:
        denied = upstream(access_key_id, action, service, region, resource_arn, **more)
        if denied:
            return denied
        for use in key_uses(action, resource_arn):
            if upstream(access_key_id, use.action, "kms", region, use.key_arn, service_context=use.context):
                code = "KMS.AccessDeniedException" if service == "sqs" else "AccessDenied"
                message = f"The caller is not authorized to perform: {use.action} on resource: {use.key_arn}"
                return iam_evaluator.AuthError(code, message)
        return None

    iam_evaluator.enforce = enforce
