"""The resource types that the stand-in carries, one module a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.services import dynamodb, iam, lambda_, logs, s3, sqs

if TYPE_CHECKING:
    from local.aws_provider.resource import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    kind.token: kind
    for kind in (
        *dynamodb.RESOURCE_TYPES,
        *iam.RESOURCE_TYPES,
        *lambda_.RESOURCE_TYPES,
        *logs.RESOURCE_TYPES,
        *s3.RESOURCE_TYPES,
        *sqs.RESOURCE_TYPES,
    )
}
