"""The list of SQS actions knows every operation of SQS."""

from __future__ import annotations

import botocore.session
from sqs_actions import ACCOUNT_ACTIONS, MANAGEMENT_ACTIONS, QUEUE_ACTIONS


def test_every_operation_of_the_service_has_its_action() -> None:
    operations = botocore.session.get_session().get_service_model("sqs").operation_names
    actions = {f"sqs:{name.removesuffix('Batch')}" for name in operations}  # batches are authorised as single ones
    assert actions == {*QUEUE_ACTIONS, *ACCOUNT_ACTIONS}


def test_management_actions_are_actions() -> None:
    assert set(MANAGEMENT_ACTIONS) < set(QUEUE_ACTIONS)
