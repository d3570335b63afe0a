"""What roles may do: the policies written into them, put on them, or attached to them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import aws_types as types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossguard.resources import Resource
    from stack_graph import Attachment, StackGraph

MANAGED_ARNS = "managedPolicyArns"


def policies_by_role(graph: StackGraph) -> Mapping[Resource, list[Attachment]]:
    """The documents of this stack that count for each role."""
    found: dict[Resource, list[Attachment]] = defaultdict(list)
    managed: dict[Resource, Attachment] = {}
    for policy in graph.identity_policies:
        if policy.holder.type in types.MANAGED_POLICY:
            managed[policy.holder] = policy
            continue
        role = policy.target.resource or graph.resolve(policy.holder, types.ROLE, "role").resource
        if role:
            found[role].append(policy)
    for role, holder, name, arn in _attachments_to_roles(graph):
        reference = graph.resolve_value(holder, types.MANAGED_POLICY, name, arn)
        meant = [reference.resource] if reference.resource else reference.candidates
        found[role] += [managed[each] for each in meant if each in managed and managed[each] not in found[role]]
    return found


def attached_arns(graph: StackGraph) -> Iterator[tuple[Resource, str, Any]]:
    """Every managed policy that something attaches: where, by which property, and its ARN as given."""
    for attachment in graph.of_type(types.POLICY_ATTACHMENT):
        yield attachment, "policyArn", attachment.setting("policyArn")
    for role in graph.of_type(types.ROLE):
        arns = role.setting(MANAGED_ARNS)
        yield from ((role, MANAGED_ARNS, arn) for arn in (arns if isinstance(arns, list) else [arns]))


def _attachments_to_roles(graph: StackGraph) -> Iterator[tuple[Resource, Resource, str, Any]]:
    for holder, name, arn in attached_arns(graph):
        if holder.type in types.ROLE:
            yield holder, holder, name, arn
            continue
        pointer = "role" if holder.setting("roles") is None else "roles"
        given = holder.setting(pointer)
        for value in given if isinstance(given, list) else [given]:
            role = graph.resolve_value(holder, types.ROLE, pointer, value).resource
            if role:
                yield role, holder, name, arn
