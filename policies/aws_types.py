"""Tokens of the AWS resource types that rules look at; some resources have had more than one.

https://www.pulumi.com/registry/packages/aws/api-docs/
"""

from __future__ import annotations

from typing import Final

QUEUE: Final = frozenset({"aws:sqs/queue:Queue"})
QUEUE_POLICY: Final = frozenset({"aws:sqs/queuePolicy:QueuePolicy"})
REDRIVE_POLICY: Final = frozenset({"aws:sqs/redrivePolicy:RedrivePolicy"})
REDRIVE_ALLOW_POLICY: Final = frozenset({"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"})

FUNCTION: Final = frozenset({"aws:lambda/function:Function"})
FUNCTION_ALIAS: Final = frozenset({"aws:lambda/alias:Alias"})
EVENT_SOURCE_MAPPING: Final = frozenset({"aws:lambda/eventSourceMapping:EventSourceMapping"})
EVENT_INVOKE_CONFIG: Final = frozenset({"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"})
PERMISSION: Final = frozenset({"aws:lambda/permission:Permission"})

ROLE: Final = frozenset({"aws:iam/role:Role"})
IDENTITY_POLICY: Final = frozenset(
    {
        "aws:iam/groupPolicy:GroupPolicy",
        "aws:iam/policy:Policy",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/userPolicy:UserPolicy",
    }
)

MANAGED_POLICY: Final = frozenset({"aws:iam/policy:Policy"})
POLICY_ATTACHMENT: Final = frozenset(
    {
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }
)
PERMISSION_SET_POLICY: Final = frozenset({"aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"})

BUCKET: Final = frozenset({"aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"})
BUCKET_POLICY: Final = frozenset({"aws:s3/bucketPolicy:BucketPolicy"})
BUCKET_PUBLIC_ACCESS_BLOCK: Final = frozenset({"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"})
ACCOUNT_PUBLIC_ACCESS_BLOCK: Final = frozenset({"aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"})
BUCKET_ENCRYPTION: Final = frozenset(
    {
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    }
)
BUCKET_NOTIFICATION: Final = frozenset({"aws:s3/bucketNotification:BucketNotification"})
TABLE: Final = frozenset({"aws:dynamodb/table:Table"})
TOPIC: Final = frozenset({"aws:sns/topic:Topic"})
TOPIC_POLICY: Final = frozenset({"aws:sns/topicPolicy:TopicPolicy"})
TOPIC_SUBSCRIPTION: Final = frozenset({"aws:sns/topicSubscription:TopicSubscription"})
KEY: Final = frozenset({"aws:kms/key:Key"})
OTHER_KEY: Final = frozenset(
    {
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
        "aws:kms/replicaKey:ReplicaKey",
    }
)
KEY_POLICY: Final = frozenset({"aws:kms/keyPolicy:KeyPolicy"})
LOG_GROUP: Final = frozenset({"aws:cloudwatch/logGroup:LogGroup"})
METRIC_ALARM: Final = frozenset({"aws:cloudwatch/metricAlarm:MetricAlarm"})
COMPOSITE_ALARM: Final = frozenset({"aws:cloudwatch/compositeAlarm:CompositeAlarm"})
EVENT_TARGET: Final = frozenset({"aws:cloudwatch/eventTarget:EventTarget"})
SCHEDULE: Final = frozenset({"aws:scheduler/schedule:Schedule"})
