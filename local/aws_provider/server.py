"""The provider's side of the engine's protocol.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""
# ruff: noqa: N802 - the methods are named by the protocol, and described there

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, TypeVar

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from local.aws_provider import resource
from local.aws_provider.archives import ArchiveError
from local.aws_provider.aws import Aws
from local.aws_provider.configuration import ConfigurationError, check_keys, configuration
from local.aws_provider.invokes import INVOKES
from local.aws_provider.naming import EngineNaming
from local.aws_provider.schema import schema
from local.aws_provider.services import RESOURCE_TYPES
from local.aws_provider.values import from_struct, to_struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws_provider.diff import Difference
    from local.aws_provider.resource import ResourceType

    Request = TypeVar("Request")
    Response = TypeVar("Response")

_CONFIG_PREFIX = "aws:config:"
_AUTONAMING = provider_pb2.CheckRequest.AutonamingOptions


class NotCarriedError(LookupError):
    """A program asks for a type or function that the stand-in does not carry."""


_EXPECTED = (
    ArchiveError,
    BotoCoreError,
    ClientError,
    ConfigurationError,
    NotCarriedError,
    TimeoutError,
    resource.VanishedError,
)


def _answering(
    method: Callable[[Provider, Request], Response],
) -> Callable[[Provider, Request, grpc.ServicerContext], Response]:
    """Return the method as gRPC calls it, its faults told to the engine in a sentence."""

    @functools.wraps(method)
    def answer(self: Provider, request: Request, context: grpc.ServicerContext) -> Response:
        try:
            return method(self, request)
        except resource.InitFailedError as error:
            context.abort_with_status(_InitFailedStatus(error))
            raise
        except _EXPECTED as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise

    return answer


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """``pulumirpc.ResourceProvider`` for the types in `RESOURCE_TYPES`; one for each provider of a program."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._configured: Aws | None = None

    @_answering
    def Handshake(self, _: provider_pb2.ProviderHandshakeRequest) -> provider_pb2.ProviderHandshakeResponse:
        # Secrets and outputs come as plain values, and the engine marks again what was secret.
        return provider_pb2.ProviderHandshakeResponse(supports_autonaming_configuration=True)

    @_answering
    def Attach(self, _: plugin_pb2.PluginAttach) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    @_answering
    def GetPluginInfo(self, _: empty_pb2.Empty) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    @_answering
    def GetSchema(self, _: provider_pb2.GetSchemaRequest) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=schema(self._version, RESOURCE_TYPES, INVOKES))

    @_answering
    def Cancel(self, _: empty_pb2.Empty) -> empty_pb2.Empty:
        return empty_pb2.Empty()  # what is in progress finishes: each is one or a few calls to the emulator

    @_answering
    def CheckConfig(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        check_keys(from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news)

    @_answering
    def DiffConfig(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        # Another region means other resources; a new port of the emulator changes nothing of them.
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        return provider_pb2.DiffResponse(
            changes=_changes(changed),
            diffs=changed,
            replaces=[key for key in changed if key == "region"],
        )

    @_answering
    def Configure(self, request: provider_pb2.ConfigureRequest) -> provider_pb2.ConfigureResponse:
        given = {key.removeprefix(_CONFIG_PREFIX): value for key, value in request.variables.items()}
        self._configured = Aws(configuration(given, os.environ))
        return provider_pb2.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    @_answering
    def Invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        if request.tok not in INVOKES:
            raise NotCarriedError(
                f"the local stand-in provider does not carry {request.tok}; it carries {', '.join(INVOKES)}"
            )
        given = {name: value for name, value in from_struct(request.args).items() if value is not None}
        if unknown := sorted(name for name in given if name not in INVOKES[request.tok].arguments):
            raise NotCarriedError(
                f"the local stand-in provider does not carry the argument {', '.join(unknown)} of {request.tok}"
            )
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(INVOKES[request.tok].answer(self._aws, given)))
        return response

    @_answering
    def Check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        inputs, faults = resource.check(
            self._aws,
            _kind(request.urn),
            from_struct(request.olds),
            from_struct(request.news),
            EngineNaming(
                request.urn.rsplit("::", 1)[1],
                seed=request.randomSeed,
                proposed=request.autonaming.proposed_name,
                enforced=request.autonaming.mode == _AUTONAMING.ENFORCE,
                disabled=request.autonaming.mode == _AUTONAMING.DISABLE,
            ),
        )
        failures = [provider_pb2.CheckFailure(property=fault.path, reason=fault.reason) for fault in faults]
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)

    @_answering
    def Diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        kind, inputs = _kind(request.urn), from_struct(request.news)
        found = resource.diff(kind, from_struct(request.olds), inputs, frozenset(request.ignoreChanges))
        replaces = sorted({difference.property for difference in found if difference.replaces})
        return provider_pb2.DiffResponse(
            changes=_changes(found),
            diffs=sorted({difference.property for difference in found}),
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and resource.has_given_name(kind, inputs),
            detailedDiff={difference.path: _property_diff(difference) for difference in found},
            hasDetailedDiff=True,
        )

    @_answering
    def Create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        kind, inputs = _kind(request.urn), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(resource.preview_create(kind, inputs)))
        resource_id, state = resource.create(self._aws, kind, inputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=to_struct(state))

    @_answering
    def Read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        found = resource.read(
            self._aws, _kind(request.urn), request.id, from_struct(request.properties), from_struct(request.inputs)
        )
        if found is None:
            return provider_pb2.ReadResponse()
        state, inputs = found
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(state), inputs=to_struct(inputs))

    @_answering
    def Update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        kind = _kind(request.urn)
        old, inputs = from_struct(request.olds), from_struct(request.news)
        if request.preview:
            state = resource.preview_update(kind, request.id, old, inputs)
        else:
            state = resource.update(self._aws, kind, request.id, old, inputs)
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    @_answering
    def Delete(self, request: provider_pb2.DeleteRequest) -> empty_pb2.Empty:
        _kind(request.urn).delete(self._aws, request.id, from_struct(request.properties))
        return empty_pb2.Empty()

    @property
    def _aws(self) -> Aws:
        if self._configured is None:
            raise ConfigurationError("the provider is not configured")
        return self._configured


class _InitFailedStatus(grpc.Status):
    """Tells the engine that a resource exists although its creation failed, so that it keeps it in the state."""

    def __init__(self, error: resource.InitFailedError) -> None:
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=error.id,
                properties=to_struct(error.state),
                inputs=to_struct(error.inputs),
                reasons=[str(error)],
            )
        )
        self.code = grpc.StatusCode.UNKNOWN
        self.details = str(error)
        status = status_pb2.Status(code=self.code.value[0], message=self.details, details=[detail])
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)


def _kind(urn: str) -> ResourceType:
    token = urn.split("::")[2].rsplit("$", 1)[-1]
    if token not in RESOURCE_TYPES:
        raise NotCarriedError(
            f"the local stand-in provider does not carry {token}; it carries {', '.join(sorted(RESOURCE_TYPES))}"
        )
    return RESOURCE_TYPES[token]


def _changes(found: list[str] | list[Difference]) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    return provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE


def _property_diff(difference: Difference) -> provider_pb2.PropertyDiff:
    if difference.added:
        kind = "ADD"
    elif difference.removed:
        kind = "DELETE"
    else:
        kind = "UPDATE"
    name = f"{kind}_REPLACE" if difference.replaces else kind
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(name))
