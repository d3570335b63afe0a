"""What invokes AWS Lambda functions: permissions, event source mappings, and how asynchronous invocations fail.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from local.aws_provider.naming import AutoName, prefixed_name
from local.aws_provider.properties import an_object, boolean, json_document, number, set_of, string, string_set
from local.aws_provider.resource import Change, ResourceType, Tagging
from local.aws_provider.shapes import from_aws, to_aws

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_MAPPING_STEP_SECONDS = 0.25
_MAPPING_LONGEST_SECONDS = 60.0


def function_name(name_or_arn: str) -> str:
    """Return the name of a function given by name or by ARN, without a qualifier."""
    return name_or_arn.split(":function:", 1)[-1].split(":", 1)[0]


def _same_function(left: str, right: str) -> bool:
    return function_name(left) == function_name(right)


_STATEMENT_ID = AutoName(property="statementId", longest=100, prefix_property="statementIdPrefix")
_PERMISSION = {
    "action": string(required=True, immutable=True),
    "eventSourceToken": string(immutable=True),
    "function": string(required=True, immutable=True, aws="FunctionName", same=_same_function),
    "principal": string(required=True, immutable=True),
    "principalOrgId": string(immutable=True, aws="PrincipalOrgID"),
    "qualifier": string(immutable=True),
    "sourceAccount": string(immutable=True),
    "sourceArn": string(immutable=True),
}


def _create_permission(aws: Aws, inputs: Properties) -> str:
    statement_id = str(prefixed_name(inputs, _STATEMENT_ID))
    aws.call("lambda", "add_permission", StatementId=statement_id, **to_aws(_PERMISSION, inputs))
    return statement_id


def _read_permission(aws: Aws, resource_id: str, old: Properties) -> Properties | None:
    name, _, statement_id = resource_id.rpartition("/")  # an import gives function/statement
    function = old.get("function") or name
    answer = aws.found("lambda", "get_policy", FunctionName=function, Qualifier=old.get("qualifier"))
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    statement = next((each for each in statements if each.get("Sid") == statement_id), None)
    if statement is None:
        return None
    principal = statement["Principal"]
    conditions = {key.lower(): value for keys in statement.get("Condition", {}).values() for key, value in keys.items()}
    return {
        "action": statement["Action"],
        "eventSourceToken": conditions.get("lambda:eventsourcetoken"),
        "function": function,
        "principal": next(iter(principal.values())) if isinstance(principal, dict) else principal,
        "principalOrgId": conditions.get("aws:principalorgid"),
        "qualifier": old.get("qualifier"),
        "sourceAccount": conditions.get("aws:sourceaccount"),
        "sourceArn": conditions.get("aws:sourcearn"),
        "statementId": statement_id,
    }


def _delete_permission(aws: Aws, resource_id: str, state: Properties) -> None:
    aws.found(
        "lambda",
        "remove_permission",
        FunctionName=state["function"],
        StatementId=state.get("statementId", resource_id),
        Qualifier=state.get("qualifier"),
    )


PERMISSION = ResourceType(
    token="aws:lambda/permission:Permission",  # noqa: S106 - a Pulumi type token
    properties={
        **_PERMISSION,
        "statementId": string(computed=True, immutable=True),
        "statementIdPrefix": string(immutable=True, kept=True),
    },
    name=_STATEMENT_ID,
    create=_create_permission,
    read=_read_permission,
    delete=_delete_permission,
)


_MAPPING = {
    "batchSize": number(computed=True, within=(1, 10_000)),
    "eventSourceArn": string(immutable=True),
    "filterCriteria": an_object(members={"filters": set_of({"pattern": json_document()})}),
    "functionName": string(required=True, same=_same_function),
    "functionResponseTypes": string_set(),
    "kmsKeyArn": string(aws="KMSKeyArn"),
    "maximumBatchingWindowInSeconds": number(within=(0, 300)),
    "metricsConfig": an_object(members={"metrics": string_set(required=True)}),
    "provisionedPollerConfig": an_object(
        computed=True, members={"maximumPollers": number(computed=True), "minimumPollers": number(computed=True)}
    ),
    "scalingConfig": an_object(members={"maximumConcurrency": number(within=(2, 1000))}),
}


def _create_mapping(aws: Aws, inputs: Properties) -> str:
    made = aws.call(
        "lambda",
        "create_event_source_mapping",
        Enabled=inputs["enabled"],
        Tags=inputs.get("tags"),
        **to_aws(_MAPPING, inputs),
    )
    return str(made["UUID"])


def _wait_for_mapping(aws: Aws, uuid: str) -> None:
    deadline = time.monotonic() + _MAPPING_LONGEST_SECONDS
    while time.monotonic() < deadline:
        answer = aws.found("lambda", "get_event_source_mapping", UUID=uuid)
        if answer is None or not answer["State"].endswith("ing"):
            return
        time.sleep(_MAPPING_STEP_SECONDS)
    raise TimeoutError(f"the event source mapping {uuid} is still {answer['State'] if answer else 'there'}")


def _read_mapping(aws: Aws, uuid: str, _: Properties) -> Properties | None:
    answer = aws.found("lambda", "get_event_source_mapping", UUID=uuid)
    if answer is None or answer.get("State") == "Deleting":
        return None
    modified = answer.get("LastModified")
    return {
        **from_aws(_MAPPING, {**answer, "FunctionName": function_name(answer["FunctionArn"])}),
        "arn": answer.get("EventSourceMappingArn") or aws.arn("lambda", f"event-source-mapping:{uuid}"),
        "enabled": answer["State"] in {"Enabled", "Enabling", "Creating", "Updating"},
        "functionArn": answer["FunctionArn"],
        "lastModified": modified.isoformat() if modified else None,
        "lastProcessingResult": answer.get("LastProcessingResult"),
        "state": answer["State"],
        "stateTransitionReason": answer.get("StateTransitionReason"),
        "uuid": uuid,
    }


def _update_mapping(aws: Aws, change: Change) -> None:
    empty: Properties = {
        "filterCriteria": {},
        "functionResponseTypes": [],
        "kmsKeyArn": "",
        "maximumBatchingWindowInSeconds": 0,
        "metricsConfig": {"metrics": []},
        "provisionedPollerConfig": {},
        "scalingConfig": {},
    }
    changed = {name: change.new.get(name, empty.get(name)) for name in _MAPPING if change.has(name)}
    aws.call(
        "lambda",
        "update_event_source_mapping",
        UUID=change.id,
        Enabled=change.new["enabled"],
        **to_aws(_MAPPING, changed),
    )
    _wait_for_mapping(aws, change.id)


def _delete_mapping(aws: Aws, uuid: str, _: Properties) -> None:
    if aws.found("lambda", "delete_event_source_mapping", UUID=uuid) is not None:
        _wait_for_mapping(aws, uuid)


EVENT_SOURCE_MAPPING = ResourceType(
    token="aws:lambda/eventSourceMapping:EventSourceMapping",  # noqa: S106 - a Pulumi type token
    properties={
        **_MAPPING,
        "arn": string(output=True),
        "enabled": boolean(default=True),
        "functionArn": string(output=True),
        "lastModified": string(output=True),
        "lastProcessingResult": string(output=True),
        "state": string(output=True),
        "stateTransitionReason": string(output=True),
        "uuid": string(output=True),
    },
    create=_create_mapping,
    finish=lambda aws, uuid, _: _wait_for_mapping(aws, uuid),
    read=_read_mapping,
    update=_update_mapping,
    delete=_delete_mapping,
    tagging=Tagging(
        read=lambda aws, _, state: aws.call("lambda", "list_tags", Resource=state["arn"]).get("Tags", {}),
        add=lambda aws, _, state, tags: aws.call("lambda", "tag_resource", Resource=state["arn"], Tags=tags),
        remove=lambda aws, _, state, keys: aws.call("lambda", "untag_resource", Resource=state["arn"], TagKeys=keys),
    ),
    recomputed=lambda change: (
        *(("functionArn",) if change.has("functionName") else ()),
        *(("state",) if change.has("enabled") else ()),
    ),
)


_DESTINATION = an_object(members={"destination": string(required=True)})
_INVOKE_CONFIG = {
    "destinationConfig": an_object(members={"onFailure": _DESTINATION, "onSuccess": _DESTINATION}),
    "maximumEventAgeInSeconds": number(computed=True, within=(60, 21_600)),
    "maximumRetryAttempts": number(default=2, within=(0, 2)),
}


def _put_invoke_config(aws: Aws, inputs: Properties) -> str:
    name, qualifier = inputs["functionName"], inputs.get("qualifier")
    aws.call(
        "lambda",
        "put_function_event_invoke_config",
        FunctionName=name,
        Qualifier=qualifier,
        **to_aws(_INVOKE_CONFIG, inputs),
    )
    return f"{name}:{qualifier}" if qualifier else str(name)


def _function_and_qualifier(resource_id: str) -> tuple[str, str | None]:
    name = function_name(resource_id)
    rest = resource_id.split(name, 1)[1].removeprefix(":")
    return name, rest or None


def _read_invoke_config(aws: Aws, resource_id: str, _: Properties) -> Properties | None:
    name, qualifier = _function_and_qualifier(resource_id)
    answer = aws.found("lambda", "get_function_event_invoke_config", FunctionName=name, Qualifier=qualifier)
    return answer and {**from_aws(_INVOKE_CONFIG, answer), "functionName": name, "qualifier": qualifier}


def _delete_invoke_config(aws: Aws, resource_id: str, _: Properties) -> None:
    name, qualifier = _function_and_qualifier(resource_id)
    aws.found("lambda", "delete_function_event_invoke_config", FunctionName=name, Qualifier=qualifier)


FUNCTION_EVENT_INVOKE_CONFIG = ResourceType(
    token="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",  # noqa: S106 - a Pulumi type token
    properties={
        **_INVOKE_CONFIG,
        "functionName": string(required=True, immutable=True, same=_same_function),
        "qualifier": string(immutable=True),
    },
    create=_put_invoke_config,
    read=_read_invoke_config,
    update=lambda aws, change: _put_invoke_config(aws, change.new),
    delete=_delete_invoke_config,
)
RESOURCE_TYPES = (PERMISSION, EVENT_SOURCE_MAPPING, FUNCTION_EVENT_INVOKE_CONFIG)
