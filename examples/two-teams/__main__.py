"""Two teams in two environments: a queue and an operators' role each, and one set of policies for all of them.

pulumi preview --policy-pack ../../policies

An operator uses and manages the queues of its own team and environment, makes new ones with the same tags, and reaches
no other queue of the account. A third team needs a line in TEAMS, and no policy.
"""

from itertools import product

import pulumi
import pulumi_aws as aws

from components.alarms import Alarms, AlarmsArgs
from components.encrypted_queue import EncryptedQueue, EncryptedQueueArgs
from components.names_and_arns import AwsPlace
from components.policy_documents import policy_document
from components.queue_access_by_tags import QueueAccessByTags, QueueAccessByTagsArgs
from components.watches import Watch, old_messages, waiting_messages

TEAMS = ("inventory", "shipping")
ENVIRONMENTS = ("dev", "prod")

PLATFORM = {"department": "platform", "environment": "shared", "owner": "platform-team"}

access = QueueAccessByTags(
    "queue-access",
    QueueAccessByTagsArgs(
        tags=PLATFORM,
        allowed_values={"environment": ENVIRONMENTS, "owner": ["*-team"]},
    ),
)
place = AwsPlace.current(access)
watches: list[Watch] = []

for team, environment in product(TEAMS, ENVIRONMENTS):
    name = f"{team}-{environment}"
    tags = {"department": team, "environment": environment, "owner": f"{team}-team"}
    queue = EncryptedQueue(f"{name}-orders", EncryptedQueueArgs(tags=tags))
    watches.append(old_messages(name, queue.name, age_seconds=600))
    if queue.dead_letter_queue:
        means = f"Orders of {name} wait in the dead-letter queue to be looked at and redriven."
        runbook = "the-dead-letter-queue-is-not-empty"
        watches.append(waiting_messages(name, queue.dead_letter_queue.name, 1, runbook=runbook, means=means))
    operators = aws.iam.Role(
        f"{name}-operators",
        # People of the account may assume it if they are of the team: their own tags say so.
        assume_role_policy=policy_document(
            [
                {
                    "Sid": "PeopleOfTheTeam",
                    "Effect": "Allow",
                    "Principal": {"AWS": place.root_arn()},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:PrincipalTag/department": team}},
                }
            ]
        ),
        permissions_boundary=access.boundary_arn,
        tags=tags,
        # The boundary's ARN is built from its name: what it names has to be there.
        opts=pulumi.ResourceOptions(depends_on=[access.boundary]),
    )
    for plane, policy in (("data-plane", access.data_plane), ("control-plane", access.control_plane)):
        aws.iam.RolePolicyAttachment(f"{name}-operators-{plane}", role=operators.name, policy_arn=policy.arn)
    pulumi.export(f"{name}-queue-url", queue.url)
    pulumi.export(f"{name}-operators-role", operators.name)

Alarms("alarms", AlarmsArgs(tags=PLATFORM, watches=watches, unhealthy_alarm_name="two-teams-unhealthy"))
