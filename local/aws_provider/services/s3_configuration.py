"""What is configured on an S3 bucket, each a resource of its own whose id is the bucket's name.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.properties import (
    Property,
    an_object,
    boolean,
    list_of,
    number,
    policy_document,
    set_of,
    string,
    string_set,
)
from local.aws_provider.resource import Change, ResourceType
from local.aws_provider.shapes import from_aws, to_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_BUCKET = string(required=True, immutable=True)


def _on_bucket(
    token: str,
    properties: Mapping[str, Property],
    put: Callable[[Aws, str, Properties], object],
    read: Callable[[Aws, str], Properties | None],
    delete: Callable[[Aws, str], object],
) -> ResourceType:
    """Return a type that is put on a bucket as a whole, read and deleted again."""

    def create(aws: Aws, inputs: Properties) -> str:
        put(aws, inputs["bucket"], inputs)
        return str(inputs["bucket"])

    def read_with_bucket(aws: Aws, bucket: str, _: Properties) -> Properties | None:
        found = read(aws, bucket)
        return None if found is None else {**found, "bucket": bucket}

    def update(aws: Aws, change: Change) -> None:
        put(aws, change.id, change.new)

    return ResourceType(
        token=token,
        properties={"bucket": _BUCKET, **properties},
        create=create,
        read=read_with_bucket,
        update=update,
        delete=lambda aws, bucket, _: delete(aws, bucket),
    )


_PUBLIC_ACCESS_BLOCK = {
    "blockPublicAcls": boolean(default=False),
    "blockPublicPolicy": boolean(default=False),
    "ignorePublicAcls": boolean(default=False),
    "restrictPublicBuckets": boolean(default=False),
}


def _read_public_access_block(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_public_access_block", Bucket=bucket)
    return answer and from_aws(_PUBLIC_ACCESS_BLOCK, answer["PublicAccessBlockConfiguration"])


PUBLIC_ACCESS_BLOCK = _on_bucket(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    _PUBLIC_ACCESS_BLOCK,
    put=lambda aws, bucket, inputs: aws.call(
        "s3",
        "put_public_access_block",
        Bucket=bucket,
        PublicAccessBlockConfiguration=to_aws(_PUBLIC_ACCESS_BLOCK, inputs),
    ),
    read=_read_public_access_block,
    delete=lambda aws, bucket: aws.found("s3", "delete_public_access_block", Bucket=bucket),
)


_OWNERSHIP_RULE = {
    "objectOwnership": string(required=True, choices=("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"))
}


def _read_ownership(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_bucket_ownership_controls", Bucket=bucket)
    return answer and {"rule": from_aws(_OWNERSHIP_RULE, answer["OwnershipControls"]["Rules"][0])}


OWNERSHIP_CONTROLS = _on_bucket(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    {"rule": an_object(required=True, members=_OWNERSHIP_RULE)},
    put=lambda aws, bucket, inputs: aws.call(
        "s3",
        "put_bucket_ownership_controls",
        Bucket=bucket,
        OwnershipControls={"Rules": [to_aws(_OWNERSHIP_RULE, inputs["rule"])]},
    ),
    read=_read_ownership,
    delete=lambda aws, bucket: aws.found("s3", "delete_bucket_ownership_controls", Bucket=bucket),
)


def _read_policy(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_bucket_policy", Bucket=bucket)
    return answer and {"policy": answer["Policy"]}


POLICY = _on_bucket(
    "aws:s3/bucketPolicy:BucketPolicy",
    {"policy": policy_document(required=True)},
    put=lambda aws, bucket, inputs: aws.call("s3", "put_bucket_policy", Bucket=bucket, Policy=inputs["policy"]),
    read=_read_policy,
    delete=lambda aws, bucket: aws.found("s3", "delete_bucket_policy", Bucket=bucket),
)


_VERSIONING = {
    "mfaDelete": string(computed=True, aws="MFADelete", choices=("Enabled", "Disabled")),
    "status": string(required=True, choices=("Enabled", "Suspended", "Disabled")),
}


def _put_versioning(aws: Aws, bucket: str, inputs: Properties) -> None:
    wanted = inputs["versioningConfiguration"]
    if wanted["status"] != "Disabled":  # a bucket that was never versioned has no status at all
        aws.call("s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration=to_aws(_VERSIONING, wanted))


def _read_versioning(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_bucket_versioning", Bucket=bucket)
    return answer and {"versioningConfiguration": {"status": "Disabled", **from_aws(_VERSIONING, answer)}}


def _suspend_versioning(aws: Aws, bucket: str) -> None:
    answer = aws.found("s3", "get_bucket_versioning", Bucket=bucket) or {}
    if answer.get("Status") == "Enabled":
        aws.found("s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


VERSIONING = _on_bucket(
    "aws:s3/bucketVersioning:BucketVersioning",
    {"versioningConfiguration": an_object(required=True, members=_VERSIONING)},
    put=_put_versioning,
    read=_read_versioning,
    delete=_suspend_versioning,
)


_ENCRYPTION = {
    "rules": set_of(
        {
            "applyServerSideEncryptionByDefault": an_object(
                members={
                    "kmsMasterKeyId": string(aws="KMSMasterKeyID"),
                    "sseAlgorithm": string(
                        required=True, aws="SSEAlgorithm", choices=("AES256", "aws:kms", "aws:kms:dsse")
                    ),
                }
            ),
            "bucketKeyEnabled": boolean(),
        },
        required=True,
    )
}


def _read_encryption(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_bucket_encryption", Bucket=bucket)
    return answer and from_aws(_ENCRYPTION, answer["ServerSideEncryptionConfiguration"])


ENCRYPTION = _on_bucket(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    _ENCRYPTION,
    put=lambda aws, bucket, inputs: aws.call(
        "s3", "put_bucket_encryption", Bucket=bucket, ServerSideEncryptionConfiguration=to_aws(_ENCRYPTION, inputs)
    ),
    read=_read_encryption,
    delete=lambda aws, bucket: aws.found("s3", "delete_bucket_encryption", Bucket=bucket),
)


_SIZES = {"objectSizeGreaterThan": number(), "objectSizeLessThan": number()}
_LIFECYCLE = {
    "rules": list_of(
        {
            "abortIncompleteMultipartUpload": an_object(members={"daysAfterInitiation": number()}),
            "expiration": an_object(members={"days": number(), "expiredObjectDeleteMarker": boolean()}),
            "filter": an_object(
                computed=True,
                members={
                    **_SIZES,
                    "and": an_object(members={**_SIZES, "prefix": string()}),
                    "prefix": string(),
                    "tag": an_object(members={"key": string(required=True), "value": string(required=True)}),
                },
            ),
            "id": string(required=True, aws="ID"),
            "noncurrentVersionExpiration": an_object(
                members={"newerNoncurrentVersions": number(), "noncurrentDays": number(required=True)}
            ),
            "prefix": string(computed=True),
            "status": string(required=True, choices=("Enabled", "Disabled")),
            "transitions": set_of({"days": number(), "storageClass": string(required=True)}),
        },
        required=True,
    )
}


def _put_lifecycle(aws: Aws, bucket: str, inputs: Properties) -> None:
    wanted = to_aws(_LIFECYCLE, inputs)
    for rule in wanted["Rules"]:
        if "Filter" not in rule and "Prefix" not in rule:
            rule["Filter"] = {"Prefix": ""}  # S3 wants one of them
    aws.call(
        "s3",
        "put_bucket_lifecycle_configuration",
        Bucket=bucket,
        LifecycleConfiguration=wanted,
        TransitionDefaultMinimumObjectSize=inputs.get("transitionDefaultMinimumObjectSize"),
    )


def _read_lifecycle(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_bucket_lifecycle_configuration", Bucket=bucket)
    if answer is None:
        return None
    size = answer.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
    return {**from_aws(_LIFECYCLE, answer), "transitionDefaultMinimumObjectSize": size}


LIFECYCLE = _on_bucket(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    {
        **_LIFECYCLE,
        "transitionDefaultMinimumObjectSize": string(
            computed=True, choices=("all_storage_classes_128K", "varies_by_storage_class")
        ),
    },
    put=_put_lifecycle,
    read=_read_lifecycle,
    delete=lambda aws, bucket: aws.found("s3", "delete_bucket_lifecycle", Bucket=bucket),
)


def _notification_targets(arn_property: str, arn_in_aws: str) -> dict[str, Property]:
    return {
        "events": string_set(required=True),
        "filterPrefix": string(),
        "filterSuffix": string(),
        "id": string(computed=True),
        arn_property: string(required=True, aws=arn_in_aws),
    }


_NOTIFICATION_TARGETS = {
    "lambdaFunctions": (
        "LambdaFunctionConfigurations",
        _notification_targets("lambdaFunctionArn", "LambdaFunctionArn"),
    ),
    "queues": ("QueueConfigurations", _notification_targets("queueArn", "QueueArn")),
    "topics": ("TopicConfigurations", _notification_targets("topicArn", "TopicArn")),
}


def _notification_to_aws(target: Properties, members: Mapping[str, Property]) -> Properties:
    wanted = to_aws({name: known for name, known in members.items() if not name.startswith("filter")}, target)
    if "id" in target:
        wanted["Id"] = target["id"]
    rules = [
        {"Name": part, "Value": target[name]}
        for name, part in (("filterPrefix", "prefix"), ("filterSuffix", "suffix"))
        if target.get(name)
    ]
    return {**wanted, "Filter": {"Key": {"FilterRules": rules}}} if rules else wanted


def _notification_from_aws(configuration: Properties, members: Mapping[str, Property]) -> Properties:
    rules = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    filters = {f"filter{rule['Name'].capitalize()}": rule["Value"] for rule in rules}
    return {**from_aws(members, configuration), **filters}


def _put_notification(aws: Aws, bucket: str, inputs: Properties) -> None:
    wanted: Properties = {
        in_aws: [_notification_to_aws(target, members) for target in inputs[name]]
        for name, (in_aws, members) in _NOTIFICATION_TARGETS.items()
        if inputs.get(name)
    }
    if inputs.get("eventbridge"):
        wanted["EventBridgeConfiguration"] = {}
    aws.call("s3", "put_bucket_notification_configuration", Bucket=bucket, NotificationConfiguration=wanted)


def _read_notification(aws: Aws, bucket: str) -> Properties | None:
    answer = aws.found("s3", "get_bucket_notification_configuration", Bucket=bucket)
    if answer is None:
        return None
    found = {
        name: [_notification_from_aws(configuration, members) for configuration in answer[in_aws]]
        for name, (in_aws, members) in _NOTIFICATION_TARGETS.items()
        if answer.get(in_aws)
    }
    eventbridge = "EventBridgeConfiguration" in answer
    return {**found, "eventbridge": eventbridge} if found or eventbridge else None


NOTIFICATION = _on_bucket(
    "aws:s3/bucketNotification:BucketNotification",
    {
        "eventbridge": boolean(default=False),
        **{name: list_of(members) for name, (_, members) in _NOTIFICATION_TARGETS.items()},
    },
    put=_put_notification,
    read=_read_notification,
    delete=lambda aws, bucket: aws.found(
        "s3", "put_bucket_notification_configuration", Bucket=bucket, NotificationConfiguration={}
    ),
)
RESOURCE_TYPES = (
    PUBLIC_ACCESS_BLOCK,
    OWNERSHIP_CONTROLS,
    POLICY,
    VERSIONING,
    ENCRYPTION,
    LIFECYCLE,
    NOTIFICATION,
)
