"""Deliberately unsafe: preview it with the policy pack and see it refused.

pulumi preview --policy-pack ../../policies
"""

import pulumi_aws as aws

# No encryption at rest, no policy that insists on HTTPS, no tags, no dead-letter queue.
aws.sqs.Queue("orders", sqs_managed_sse_enabled=False)
