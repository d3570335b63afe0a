"""Every taggable resource carries the tags that decide access, with values that are allowed.

Tags of the provider's ``defaultTags`` count. Keys are compared with their case, as AWS does; a key that only looks like
a required one is called out.

Why: with attribute-based access control, a resource without its tags is out of reach for those who need it, or open to
those who must not have it, and nobody can be asked about it.

Mend: tag the resource, or all of them at once by the provider::

    aws.Provider("aws", default_tags={"tags": {"department": "inventory", "environment": "dev", "owner": "team-a"}})

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
https://www.pulumi.com/registry/packages/aws/api-docs/provider/
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN, at_path
from json_values import parse_json
from taggable_types import TAGGABLE_TYPES

from .tag_keys import TAG_KEYS_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

LIKENESS = 0.8


def check(resource: Resource, config: Config) -> Iterator[Finding]:
    """Yield each required tag that is missing, empty or has a value that is not allowed."""
    if resource.type in config["exemptTypes"]:
        return
    tags = tags_of(resource)
    missing = [key for key in config["keys"] if key not in tags]
    for key in config["keys"]:
        if key in tags:
            yield from _value(resource, key, tags[key], config)
    if missing and UNKNOWN in tags:
        yield Undecided(resource, "tags", f"whether it has the tags {_listed(missing)}")
    elif missing:
        alike = {near: key for key in missing if (near := _near_miss(key, tags))}
        hints = "".join(f"; '{near}' is another key than '{key}'" for near, key in alike.items())
        yield Violation(resource, "tags", f"tags are missing: {_listed(missing)}{hints}")


def _value(resource: Resource, key: str, value: Any, config: Config) -> Iterator[Finding]:
    allowed, pattern = config["allowedValues"].get(key), config["patterns"].get(key)
    place = f"tags.{key}"
    if value is UNKNOWN:
        if allowed is not None or pattern is not None:
            yield Undecided(resource, place, "whether its value is allowed")
    elif not isinstance(value, str) or not value.strip():
        yield Violation(resource, place, "is empty")
    elif allowed is not None and value not in allowed:
        yield Violation(resource, place, f"is '{value}', not one of {', '.join(allowed)}")
    elif pattern is not None and not re.search(pattern, value):
        yield Violation(resource, place, f"is '{value}', which does not match {pattern}")


def remediate(resource: Resource, config: Config) -> Mapping[str, Any] | None:
    """Add the tags that are missing or empty, where the configuration says with which value."""
    tags = tags_of(resource)
    listed = isinstance(resource.setting("tags"), list)
    if resource.type in config["exemptTypes"] or UNKNOWN in tags or listed:
        return None
    values = config["remediateWith"]
    missing = {key: values[key] for key in config["keys"] if key in values and tags.get(key) in (None, "")}
    return {"tags": missing} if missing else None


def tags_of(resource: Resource) -> dict[Any, Any]:
    """The resource's tags over the provider's default tags; an entry `UNKNOWN` says that there may be more."""
    defaults, _ = parse_json(resource.provider.get("defaultTags"))
    tags: dict[Any, Any] = {}
    for source in (at_path(defaults, "tags"), resource.setting("tagsAll"), resource.setting("tags")):
        if source is UNKNOWN:
            tags[UNKNOWN] = True
        elif isinstance(source, dict):
            tags.update(source)
        elif isinstance(source, list):  # Auto Scaling groups list their tags
            tags.update({at_path(each, "key"): at_path(each, "value") for each in source})
    return tags


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"'{key}'" for key in keys)


def _near_miss(key: str, tags: Mapping[Any, Any]) -> str | None:
    plain = {re.sub(r"[^a-z0-9]", "", other.lower()): other for other in tags if isinstance(other, str)}
    close = difflib.get_close_matches(re.sub(r"[^a-z0-9]", "", key.lower()), plain, n=1, cutoff=LIKENESS)
    return plain[close[0]] if close else None


RULE = ResourceRule(
    id="abac-required-tags",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC03-BP02; Security Hub SQS.2",
    resource_types=TAGGABLE_TYPES,
    config={
        "keys": TAG_KEYS_CONFIG,
        "allowedValues": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "default": {},
            "description": "Allowed values by tag key",
        },
        "patterns": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "default": {},
            "description": "Regular expressions that values must contain a match of, by tag key",
        },
        "remediateWith": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "default": {},
            "description": "Values for missing tags by key, used when the level is remediate",
        },
        "exemptTypes": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Resource types that need no tags",
        },
    },
    check=check,
    remediate=remediate,
)
