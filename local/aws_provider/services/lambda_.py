"""AWS Lambda: functions. Who may invoke them, and what does, is in `lambda_invocation`.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws_provider.archives import zip_bytes
from local.aws_provider.naming import AutoName
from local.aws_provider.properties import (
    an_object,
    archive,
    boolean,
    number,
    string,
    string_list,
    string_map,
)
from local.aws_provider.resource import Change, ResourceType, Tagging
from local.aws_provider.services import lambda_invocation
from local.aws_provider.shapes import from_aws, to_aws

if TYPE_CHECKING:
    from local.aws_provider.aws import Aws
    from local.aws_provider.values import Properties

_LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_CONFIGURATION = {
    "deadLetterConfig": an_object(members={"targetArn": string(required=True)}),
    "description": string(),
    "environment": an_object(members={"variables": string_map()}),
    "ephemeralStorage": an_object(computed=True, members={"size": number(computed=True, within=(512, 10_240))}),
    "handler": string(),
    "kmsKeyArn": string(aws="KMSKeyArn"),
    "layers": string_list(),
    "loggingConfig": an_object(
        computed=True,
        members={
            "applicationLogLevel": string(computed=True, choices=_LOG_LEVELS),
            "logFormat": string(required=True, choices=("JSON", "Text")),
            "logGroup": string(computed=True),
            "systemLogLevel": string(computed=True, choices=("DEBUG", "INFO", "WARN")),
        },
    ),
    "memorySize": number(default=128, within=(128, 32_768)),
    "role": string(required=True),
    "runtime": string(),
    "timeout": number(default=3, within=(1, 900)),
    "tracingConfig": an_object(
        computed=True, members={"mode": string(required=True, choices=("Active", "PassThrough"))}
    ),
}
_CODE = ("code", "codeSha256", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "architectures")
_ACTIVE = "function_active_v2"
_UPDATED = "function_updated_v2"


def _code(inputs: Properties) -> Properties:
    if inputs.get("code"):
        return {"ZipFile": zip_bytes(inputs["code"])}
    names = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
    return {in_aws: inputs[name] for name, in_aws in names.items() if inputs.get(name)}


def _create(aws: Aws, inputs: Properties) -> str:
    name = str(inputs["name"])
    aws.call(
        "lambda",
        "create_function",
        FunctionName=name,
        PackageType=inputs["packageType"],
        Publish=inputs["publish"],
        Architectures=inputs.get("architectures"),
        Code=_code(inputs),
        Tags=inputs.get("tags"),
        **to_aws(_CONFIGURATION, inputs),
    )
    return name


def _finish(aws: Aws, name: str, inputs: Properties) -> None:
    aws.wait("lambda", _ACTIVE, FunctionName=name)
    _reserve_concurrency(aws, name, inputs)


def _reserve_concurrency(aws: Aws, name: str, inputs: Properties) -> None:
    if (reserved := inputs["reservedConcurrentExecutions"]) >= 0:
        aws.call("lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved)


def _read(aws: Aws, name: str, old: Properties) -> Properties | None:
    answer = aws.found("lambda", "get_function", FunctionName=name)
    if answer is None:
        return None
    configuration = answer["Configuration"]
    arn = configuration["FunctionArn"]
    version = _latest_version(aws, name) if old.get("publish") else configuration.get("Version", "$LATEST")
    return {
        **from_aws(_CONFIGURATION, configuration),
        "layers": [layer["Arn"] for layer in configuration.get("Layers", [])],
        "architectures": configuration.get("Architectures", ["x86_64"]),
        "arn": arn,
        "codeSha256": configuration["CodeSha256"],
        "invokeArn": _invoke_arn(aws, arn),
        "lastModified": configuration["LastModified"],
        "name": configuration["FunctionName"],
        "packageType": configuration.get("PackageType", "Zip"),
        "qualifiedArn": f"{arn}:{version}",
        "qualifiedInvokeArn": _invoke_arn(aws, f"{arn}:{version}"),
        "reservedConcurrentExecutions": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
        "sourceCodeHash": old.get("sourceCodeHash") or old.get("code", {}).get("hash") or configuration["CodeSha256"],
        "sourceCodeSize": configuration["CodeSize"],
        "version": version,
    }


def _latest_version(aws: Aws, name: str) -> str:
    versions = [
        version["Version"]
        for page in aws.pages("lambda", "list_versions_by_function", FunctionName=name)
        for version in page["Versions"]
        if version["Version"] != "$LATEST"
    ]
    return max(versions, key=int, default="$LATEST")


def _invoke_arn(aws: Aws, arn: str) -> str:
    """Return the ARN by which API Gateway invokes a function."""
    return f"arn:{aws.partition}:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _update(aws: Aws, change: Change) -> None:
    name, new = change.id, change.new
    if change.has(*_CONFIGURATION):
        wanted = to_aws({key: known for key, known in _CONFIGURATION.items() if change.has(key)}, new)
        aws.call("lambda", "update_function_configuration", FunctionName=name, **_cleared(change), **wanted)
        aws.wait("lambda", _UPDATED, FunctionName=name)
    if change.has(*_CODE):
        aws.call(
            "lambda",
            "update_function_code",
            FunctionName=name,
            Architectures=new.get("architectures"),
            Publish=new["publish"],
            **_code(new),
        )
        aws.wait("lambda", _UPDATED, FunctionName=name)
    elif new["publish"] and change.has("publish", *_CONFIGURATION):
        aws.call("lambda", "publish_version", FunctionName=name)
    if change.has("reservedConcurrentExecutions"):
        if new["reservedConcurrentExecutions"] < 0:
            aws.call("lambda", "delete_function_concurrency", FunctionName=name)
        _reserve_concurrency(aws, name, new)


def _cleared(change: Change) -> Properties:
    """Return what takes away the settings that are no longer given."""
    empty: Properties = {
        "deadLetterConfig": {"TargetArn": ""},
        "description": "",
        "environment": {"Variables": {}},
        "kmsKeyArn": "",
        "layers": [],
    }
    return {
        _CONFIGURATION[name].aws_name(name): value
        for name, value in empty.items()
        if change.has(name) and change.new.get(name) is None
    }


def _recomputed(change: Change) -> set[str]:
    outputs = set()
    if change.has(*_CODE, *_CONFIGURATION):
        outputs |= {"lastModified"}
    if change.has(*_CODE):
        outputs |= {"codeSha256", "sourceCodeHash", "sourceCodeSize"}
    if change.new["publish"] and change.has("publish", *_CODE, *_CONFIGURATION):
        outputs |= {"version", "qualifiedArn", "qualifiedInvokeArn"}
    return outputs


def _delete(aws: Aws, name: str, state: Properties) -> None:
    if not state.get("skipDestroy"):
        aws.found("lambda", "delete_function", FunctionName=name)


FUNCTION = ResourceType(
    token="aws:lambda/function:Function",  # noqa: S106 - a Pulumi type token
    properties={
        **_CONFIGURATION,
        "architectures": string_list(computed=True),
        "arn": string(output=True),
        "code": archive(kept=True),
        "codeSha256": string(computed=True),
        "invokeArn": string(output=True),
        "lastModified": string(output=True),
        "name": string(computed=True, immutable=True),
        "packageType": string(default="Zip", immutable=True, choices=("Zip",)),
        "publish": boolean(default=False, kept=True),
        "qualifiedArn": string(output=True),
        "qualifiedInvokeArn": string(output=True),
        "reservedConcurrentExecutions": number(default=-1),
        "s3Bucket": string(kept=True),
        "s3Key": string(kept=True),
        "s3ObjectVersion": string(kept=True),
        "skipDestroy": boolean(default=False, kept=True),
        "sourceCodeHash": string(computed=True),
        "sourceCodeSize": number(output=True),
        "version": string(output=True),
    },
    name=AutoName(longest=64),
    create=_create,
    finish=_finish,
    read=_read,
    update=_update,
    delete=_delete,
    tagging=Tagging(
        read=lambda aws, _, state: aws.call("lambda", "list_tags", Resource=state["arn"]).get("Tags", {}),
        add=lambda aws, _, state, tags: aws.call("lambda", "tag_resource", Resource=state["arn"], Tags=tags),
        remove=lambda aws, _, state, keys: aws.call("lambda", "untag_resource", Resource=state["arn"], TagKeys=keys),
    ),
    recomputed=_recomputed,
)
RESOURCE_TYPES = (FUNCTION, *lambda_invocation.RESOURCE_TYPES)
