"""Functions that S3, SNS, EventBridge or its scheduler invoke have a destination for invocations that failed for good.

A dead-letter queue of the function counts too. Event source mappings of queues don't: their failures go to the queue's
own dead-letter queue.

Why: an asynchronous invocation is tried three times and then dropped; the event, and the file that it was about, is
forgotten without a word.

Mend: name a queue or topic of its own::

    aws.lambda_.FunctionEventInvokeConfig("uploads", function_name=function.name,
        destination_config={"on_failure": {"destination": failures.arn}})

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import StackGraph

ASYNCHRONOUS = frozenset({"s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"})


def check(graph: StackGraph, _config: Config) -> Iterator[Finding]:
    """Yield functions whose lost invocations nobody keeps."""
    kept, maybe_kept = _functions_with_destination(graph)
    invoked: dict[Resource, str] = {}
    for permission in graph.of_type(types.PERMISSION):
        yield from _permitted(graph, permission, invoked)
    for schedule in graph.of_type(types.SCHEDULE):  # it invokes by a role, so it needs no permission
        scheduled = graph.function_of(schedule, "target", "arn").resource
        if scheduled:
            invoked.setdefault(scheduled, "scheduler.amazonaws.com")
    for function, invoker in invoked.items():
        dead_letters = function.setting("deadLetterConfig", "targetArn")
        if function in kept or dead_letters not in (None, ""):
            continue
        if function in maybe_kept:
            yield Undecided(function, "deadLetterConfig", "whether a failure destination is configured for it")
        else:
            problem = f"{invoker} invokes it asynchronously, and nothing keeps what failed for good"
            yield Violation(function, "deadLetterConfig", problem)


def _permitted(graph: StackGraph, permission: Resource, invoked: dict[Resource, str]) -> Iterator[Finding]:
    """Note in ``invoked`` which function a permission lets a service invoke; yield what is not known of it yet."""
    principal = permission.setting("principal")
    target = graph.function_of(permission, "function")
    if principal is UNKNOWN:
        yield Undecided(permission, "principal", "whether the function is invoked asynchronously")
    if not isinstance(principal, str) or principal not in ASYNCHRONOUS:
        return
    if target.resource:
        invoked.setdefault(target.resource, principal)
    elif target.undecided:
        yield Undecided(permission, "function", f"which function {principal} invokes")


def _functions_with_destination(graph: StackGraph) -> tuple[set[Resource], set[Resource]]:
    kept: set[Resource] = set()
    maybe: set[Resource] = set()
    for config in graph.of_type(types.EVENT_INVOKE_CONFIG):
        destination = config.setting("destinationConfig", "onFailure", "destination")
        if destination is not UNKNOWN and not destination:
            continue
        function = graph.function_of(config, "functionName")
        if function.resource:
            kept.add(function.resource)
        maybe.update(function.candidates)
    return kept, maybe


RULE = StackRule(
    id="lambda-async-failure-destination",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="REL05-BP04",
    check=check,
)
