"""The bucket that suppliers upload to: private, HTTPS only, encrypted, versioned, short-lived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.names_and_arns import AwsPlace
from components.policy_documents import https_only, policy_document

if TYPE_CHECKING:
    from collections.abc import Mapping

UPLOADS_PREFIX = "uploads/"
REJECTS_PREFIX = "rejects/"


@dataclass(frozen=True)
class UploadsBucketArgs:
    """What an `UploadsBucket` is made from.

    Attributes:
        uploads_expire_after_days, rejects_expire_after_days: lifecycle of ``uploads/`` and ``rejects/``.
        kms_key_arn: a customer-managed key; None takes SSE-S3.
        protect: keep the bucket when it is not empty; otherwise deleting it deletes its objects.
    """

    tags: Mapping[str, str]
    uploads_expire_after_days: int = 30
    rejects_expire_after_days: int = 90
    kms_key_arn: pulumi.Input[str] | None = None
    protect: bool = False


class UploadsBucket(pulumi.ComponentResource):
    """Makes ``aws.s3.Bucket`` with all that locks it down.

    On it: public access block, ownership controls, policy, versioning, encryption and lifecycle.

    Attributes:
        bucket, name: the resource and its name.
        versioning: wait for it (``depends_on``) where uploads are read by their version.
        place: ARNs are built by ``place.bucket_arn(name, key)``.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """

    def __init__(self, name: str, args: UploadsBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inventory:index:UploadsBucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(name, force_destroy=not args.protect, tags=dict(args.tags), opts=child)
        self.name = self.bucket.bucket
        place = AwsPlace.current(self)
        self.arn = place.bucket_arn(self.name)
        blocked = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access-block",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=self.bucket.id,
            policy=policy_document([https_only("s3", [self.arn, place.bucket_arn(self.name, "*")])]),
            # S3 refuses a policy while the block on public policies is being put in place.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[blocked]),
        )
        self.versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms" if args.kms_key_arn else "AES256",
                        "kms_master_key_id": args.kms_key_arn,
                    },
                    "bucket_key_enabled": args.kms_key_arn is not None,
                }
            ],
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket.id,
            rules=[
                _expire("uploads", UPLOADS_PREFIX, args.uploads_expire_after_days),
                _expire("rejects", REJECTS_PREFIX, args.rejects_expire_after_days),
            ],
            # Rules on old versions are refused before versioning is on.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning]),
        )
        self.register_outputs({"name": self.name, "arn": self.arn})


def _expire(rule_id: str, prefix: str, days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    return {
        "id": f"expire-{rule_id}",
        "status": "Enabled",
        "filter": {"prefix": prefix},
        "expiration": {"days": days},
        "noncurrent_version_expiration": {"noncurrent_days": days},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
    }
