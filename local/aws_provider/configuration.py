"""The provider's configuration: what the official provider takes for emulators, and a refusal to leave this machine.

https://www.pulumi.com/registry/packages/aws/installation-configuration/
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES = ("cloudwatch", "dynamodb", "iam", "kms", "lambda", "logs", "s3", "scheduler", "sns", "sqs", "sts")
_SERVICE_OF_ALIAS = {"cloudwatchlog": "logs", "cloudwatchlogs": "logs", "s3api": "s3"}
_NAME_IN_ENVIRONMENT = {"logs": "CLOUDWATCH_LOGS"}
# Accepted and without effect: the stand-in validates nothing of what these switch off.
_WITHOUT_EFFECT = {
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
}
KEYS = _WITHOUT_EFFECT | {
    "accessKey",
    "customCaBundle",
    "defaultTags",
    "endpoints",
    "insecure",
    "maxRetries",
    "region",
    "s3UsePathStyle",
    "secretKey",
    "token",
}
_OF_THE_ENGINE = {"version", "pluginDownloadURL", "pluginChecksums", "__internal"}


class ConfigurationError(ValueError):
    """The provider can't work with this configuration; the message names the key and what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What the provider works with: every endpoint is on this machine.

    Attributes:
        region: the region of all resources, such as ``eu-west-1``.
        access_key: and the two after it: credentials for the emulator.
        endpoints: a URL for each of `SERVICES`.
        verify: a CA bundle's path, or whether certificates are verified at all.
        path_style: whether buckets are addressed in the path.
        maximum_retries: how often a request is sent again.
        default_tags: tags that every taggable resource gets.
    """

    region: str
    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    endpoints: Mapping[str, str]
    verify: str | bool = True
    path_style: bool = False
    maximum_retries: int = 2
    default_tags: Mapping[str, str] = field(default_factory=dict)


def check_keys(given: Mapping[str, object]) -> None:
    """Refuse what is wrong as soon as it is known; values that are not text may still be unknown.

    Raises:
        ConfigurationError: a key is not carried, or an endpoint is not a loopback address.
    """
    if unknown := sorted(key for key in given if key not in KEYS | _OF_THE_ENGINE):
        raise ConfigurationError(
            f"the local stand-in provider does not carry the configuration {', '.join(unknown)}; "
            f"it carries {', '.join(sorted(KEYS))}"
        )
    if isinstance(endpoints := given.get("endpoints"), str):
        _refuse_far_endpoints(_configured_endpoints({"endpoints": endpoints}))


def configuration(given: Mapping[str, str], environment: Mapping[str, str]) -> Configuration:
    """Return the configuration from the provider's own keys, then from AWS's environment variables.

    Args:
        given: by key without ``aws:config:``; lists and objects are JSON.
        environment: AWS_REGION, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID … as the AWS SDKs read them.

    Raises:
        ConfigurationError: a key is not carried, something is missing, or an endpoint is not a loopback address.
    """
    check_keys(given)

    def one_of(key: str, *variables: str) -> str | None:
        return next((found for found in (given.get(key), *map(environment.get, variables)) if found), None)

    region = one_of("region", "AWS_REGION", "AWS_DEFAULT_REGION")
    access_key, secret_key = one_of("accessKey", "AWS_ACCESS_KEY_ID"), one_of("secretKey", "AWS_SECRET_ACCESS_KEY")
    if not region:
        raise ConfigurationError("no region: set aws:region or AWS_REGION")
    if not access_key or not secret_key:
        raise ConfigurationError(
            "no credentials: set aws:accessKey and aws:secretKey, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return Configuration(
        region=region,
        access_key=access_key,
        secret_key=secret_key,
        token=one_of("token", "AWS_SESSION_TOKEN"),
        endpoints=_endpoints(given, environment),
        verify=False if given.get("insecure") == "true" else one_of("customCaBundle", "AWS_CA_BUNDLE") or True,
        path_style=given.get("s3UsePathStyle") == "true",
        maximum_retries=int(given.get("maxRetries") or Configuration.maximum_retries),
        default_tags={str(key): str(value) for key, value in _parsed("defaultTags", given, {}).get("tags", {}).items()},
    )


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine by its literal address or as ``localhost``; no name is looked up."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _endpoints(given: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    everywhere = environment.get("AWS_ENDPOINT_URL")
    found = {service: everywhere for service in SERVICES if everywhere}
    for service in SERVICES:
        if url := environment.get(f"AWS_ENDPOINT_URL_{_NAME_IN_ENVIRONMENT.get(service, service.upper())}"):
            found[service] = url
    found |= _configured_endpoints(given)
    _refuse_far_endpoints(found)
    if missing := [service for service in SERVICES if service not in found]:
        raise ConfigurationError(
            f"no endpoint for {', '.join(missing)}: set aws:endpoints or AWS_ENDPOINT_URL to an emulator on this "
            "machine. The local stand-in provider never talks to AWS"
        )
    return {service: found[service] for service in SERVICES}


def _configured_endpoints(given: Mapping[str, str]) -> dict[str, str]:
    return {
        _SERVICE_OF_ALIAS.get(name, name): url
        for entry in _parsed("endpoints", given, [])
        for name, url in entry.items()
        if url
    }


def _refuse_far_endpoints(endpoints: Mapping[str, str]) -> None:
    for service, url in endpoints.items():
        if not is_loopback(url):
            raise ConfigurationError(
                f"the local stand-in provider talks to this machine only, and the endpoint of {service} is {url}. "
                "Use the official AWS provider for AWS accounts"
            )


def _parsed(key: str, given: Mapping[str, str], default: Any) -> Any:
    try:
        return json.loads(given[key]) if given.get(key) else default
    except ValueError as error:
        raise ConfigurationError(f"aws:{key} is not valid JSON: {error}") from None
