"""The resource types that the stand-in carries, one module a service.

To carry another property, add it to its type's table, with its name in the AWS API if that is not its own with a
capital. To carry another type, write a `ResourceType` into its service's module: the properties as the Pulumi registry
names them, and the calls that create, read, update and delete one. A new service goes into `_SERVICES` below and into
`configuration.SERVICES`. `tests/local/test_aws_provider_changes.py` then asks for a change to try it with.
"""

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
