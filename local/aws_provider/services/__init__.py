"""The resource types that the stand-in carries, one module a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.services import cloudwatch, dynamodb, iam, kms, lambda_, logs, s3, scheduler, sns, sqs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws_provider.resource import ResourceType

_SERVICES = (cloudwatch, dynamodb, iam, kms, lambda_, logs, s3, scheduler, sns, sqs)
RESOURCE_TYPES: Mapping[str, ResourceType] = {
    kind.token: kind for service in _SERVICES for kind in service.RESOURCE_TYPES
}
