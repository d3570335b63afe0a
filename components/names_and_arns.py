"""ARNs built from names, so that policy documents are known at the first preview.

A provider knows a new resource's name at preview (it is chosen before anything exists) but not its ARN, URL or id. A
policy document built from ``queue.arn`` is unknown until the update, and no policy pack can judge it. The ARNs here
are made from the name, the partition, the account and the region, all known, and still depend on the resource.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class AwsPlace:
    """Where the program deploys to: partition (``aws``, ``aws-cn``, ``aws-us-gov``), region and account id."""

    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account_id: pulumi.Output[str]

    @staticmethod
    def current(parent: pulumi.Resource) -> AwsPlace:
        """Ask the provider that ``parent`` uses."""
        options = pulumi.InvokeOutputOptions(parent=parent)
        return AwsPlace(
            partition=aws.get_partition_output(opts=options).partition,
            region=aws.get_region_output(opts=options).region,
            account_id=aws.get_caller_identity_output(opts=options).account_id,
        )

    def queue_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return self._arn("sqs", name)

    def role_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.format("arn:{0}:iam::{1}:role/{2}", self.partition, self.account_id, name)

    def policy_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        """A customer-managed IAM policy."""
        return pulumi.Output.format("arn:{0}:iam::{1}:policy/{2}", self.partition, self.account_id, name)

    def root_arn(self) -> pulumi.Output[str]:
        """The account itself, as a principal."""
        return pulumi.Output.format("arn:{0}:iam::{1}:root", self.partition, self.account_id)

    def bucket_arn(self, name: pulumi.Input[str], key: str = "") -> pulumi.Output[str]:
        """The bucket, or its objects that ``key`` (such as ``uploads/*``) matches."""
        return pulumi.Output.format("arn:{0}:s3:::{1}{2}", self.partition, name, f"/{key}" if key else "")

    def table_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return self._arn("dynamodb", pulumi.Output.concat("table/", name))

    def function_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return self._arn("lambda", pulumi.Output.concat("function:", name))

    def log_group_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return self._arn("logs", pulumi.Output.concat("log-group:", name))

    def topic_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return self._arn("sns", name)

    def alarm_arn(self, name: pulumi.Input[str]) -> pulumi.Output[str]:
        return self._arn("cloudwatch", pulumi.Output.concat("alarm:", name))

    def service_endpoint(self, service: str) -> pulumi.Output[str]:
        """The name that ``kms:ViaService`` compares with, such as ``sqs.eu-west-1.amazonaws.com``."""
        return pulumi.Output.format("{0}.{1}.amazonaws.com", service, self.region)

    def _arn(self, service: str, rest: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.format(
            "arn:{0}:{1}:{2}:{3}:{4}", self.partition, service, self.region, self.account_id, rest
        )
