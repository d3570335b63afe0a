"""Amazon S3: buckets. What is configured on a bucket is in `s3_configuration`.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import boolean, string
from local.aws_provider.resource import ResourceType, Tagging
from local.aws_provider.services import s3_configuration

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_REGION_WITHOUT_CONSTRAINT = "us-east-1"
_NAME = AutoName(
    property="bucket", longest=63, prefix_property="bucketPrefix", shape=lambda name, _: name.lower().replace("_", "-")
)


def _create(aws: Aws, inputs: Properties) -> str:
    name = str(prefixed_name(inputs, _NAME))
    constraint = None if aws.region == _REGION_WITHOUT_CONSTRAINT else {"LocationConstraint": aws.region}
    aws.call(
        "s3",
        "create_bucket",
        Bucket=name,
        CreateBucketConfiguration=constraint,
        ObjectLockEnabledForBucket=inputs.get("objectLockEnabled"),
    )
    return name


def _finish(aws: Aws, name: str, inputs: Properties) -> None:
    if tags := inputs.get("tags"):
        _put_tags(aws, name, tags)


def _read(aws: Aws, name: str, _: Properties) -> Properties | None:
    if aws.found("s3", "head_bucket", Bucket=name) is None:
        return None
    locked = None
    try:
        locked = aws.found("s3", "get_object_lock_configuration", Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
            raise
    return {
        "arn": f"arn:{aws.partition}:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.{aws.dns_suffix}",
        "bucketRegion": aws.region,
        "bucketRegionalDomainName": f"{name}.s3.{aws.region}.{aws.dns_suffix}",
        "objectLockEnabled": locked is not None,
    }


def _delete(aws: Aws, name: str, state: Properties) -> None:
    try:
        aws.found("s3", "delete_bucket", Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketNotEmpty" or not state.get("forceDestroy"):
            raise
        _empty(aws, name)
        aws.found("s3", "delete_bucket", Bucket=name)


def _empty(aws: Aws, name: str) -> None:
    for page in aws.pages("s3", "list_object_versions", Bucket=name):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if versions:
            objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            aws.call("s3", "delete_objects", Bucket=name, Delete={"Objects": objects, "Quiet": True})


def _tags(aws: Aws, name: str) -> dict[str, str]:
    answer = aws.found("s3", "get_bucket_tagging", Bucket=name) or {"TagSet": []}
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def _put_tags(aws: Aws, name: str, tags: dict[str, str]) -> None:
    if not tags:
        aws.call("s3", "delete_bucket_tagging", Bucket=name)
        return
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_set})


def _remove_tags(aws: Aws, name: str, keys: list[str]) -> None:
    _put_tags(aws, name, {key: value for key, value in _tags(aws, name).items() if key not in keys})


BUCKET = ResourceType(
    token="aws:s3/bucket:Bucket",  # noqa: S106 - a Pulumi type token
    properties={
        "arn": string(output=True),
        "bucket": string(computed=True, immutable=True),
        "bucketDomainName": string(output=True),
        "bucketPrefix": string(immutable=True, kept=True),
        "bucketRegion": string(output=True),
        "bucketRegionalDomainName": string(output=True),
        "forceDestroy": boolean(default=False, kept=True),
        "objectLockEnabled": boolean(computed=True, immutable=True),
    },
    name=_NAME,
    create=_create,
    finish=_finish,
    read=_read,
    update=None,
    delete=_delete,
    tagging=Tagging(
        read=lambda aws, name, _: _tags(aws, name),
        add=lambda aws, name, _, tags: _put_tags(aws, name, {**_tags(aws, name), **tags}),
        remove=lambda aws, name, _, keys: _remove_tags(aws, name, keys),
    ),
)
RESOURCE_TYPES = (BUCKET, *s3_configuration.RESOURCE_TYPES)
