"""Rule abac-required-tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format

from tests.policies.analyzer import UNKNOWN, Declared
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

RULE = "abac-required-tags"
ALL = {"department": "inventory", "environment": "dev", "owner": "team-a"}
QUEUE = "aws:sqs/queue:Queue"
REMEDIATE = {"enforcementLevel": "remediate", "remediateWith": {"owner": "team-a", "environment": "dev"}}


def tagged(tags: Any = None, *, defaults: Any = None, type_: str = QUEUE, **inputs: Any) -> list[Declared]:
    given = {} if tags is None else {"tags": tags}
    provider = {} if defaults is None else {"defaultTags": defaults}
    return [Declared(type_, "it", {**given, **inputs}, provider=provider)]


@table(
    [
        Case("accepts all tags", tagged(ALL)),
        Case("accepts further tags", tagged({**ALL, "cost": "1"})),
        Case("accepts default tags of the provider", tagged(defaults=json.dumps({"tags": ALL}))),
        Case("accepts default tags as an object", tagged(defaults={"tags": ALL})),
        Case(
            "accepts default tags and its own together",
            tagged({"owner": "b"}, defaults=json.dumps({"tags": {"department": "i", "environment": "dev"}})),
        ),
        Case("accepts merged tags", tagged(tagsAll=ALL)),
        Case("accepts a value that is not known yet", tagged({**ALL, "owner": UNKNOWN})),
        Case("accepts default tags beside unknown ones", tagged(UNKNOWN, defaults={"tags": ALL})),
        Case("leaves resources without tags alone", tagged(type_="aws:sqs/queuePolicy:QueuePolicy")),
        Case("leaves other providers alone", tagged(type_="random:index/randomId:RandomId")),
        Case(
            "accepts the list form of Auto Scaling groups",
            tagged(
                [{"key": key, "value": "v", "propagateAtLaunch": True} for key in ALL],
                type_="aws:autoscaling/group:Group",
            ),
        ),
        Case("exempts types", tagged(), config={"exemptTypes": [QUEUE]}),
        Case("rejects none", tagged(), ["it"], says="tags are missing: 'department', 'environment', 'owner'"),
        Case(
            "rejects one that is missing",
            tagged({"department": "i", "environment": "dev"}),
            ["it"],
            says="tags are missing: 'owner'",
        ),
        Case(
            "calls out another case",
            tagged({"department": "i", "environment": "dev", "Owner": "a"}),
            ["it"],
            says="'Owner' is another key than 'owner'",
        ),
        Case(
            "calls out a misspelling",
            tagged({"department": "i", "enviroment": "dev", "owner": "a"}),
            ["it"],
            says="'enviroment' is another key",
        ),
        Case("rejects an empty value", tagged({**ALL, "owner": " "}), ["it"], says="property `tags.owner`: is empty"),
        Case("rejects an empty value over a default", tagged({"owner": ""}, defaults={"tags": ALL}), ["it"]),
        Case(
            "rejects a value that is not allowed",
            tagged(ALL),
            ["it"],
            config={"allowedValues": {"environment": ["prod", "test"]}},
            says="is 'dev', not one of prod, test",
        ),
        Case(
            "rejects a value that does not match",
            tagged(ALL),
            ["it"],
            config={"patterns": {"owner": "^squad-"}},
            says="does not match ^squad-",
        ),
        Case(
            "accepts values that are allowed and match",
            tagged(ALL),
            config={"allowedValues": {"environment": ["dev"]}, "patterns": {"owner": "^team-"}},
        ),
        Case("takes the keys from the configuration", tagged({"team": "a"}), config={"keys": ["team"]}),
        Case("cannot decide on unknown tags", tagged(UNKNOWN), undecided=["it"]),
        Case("cannot decide on unknown default tags", tagged({"owner": "a"}, defaults=UNKNOWN), undecided=["it"]),
        Case(
            "cannot decide whether an unknown value is allowed",
            tagged({**ALL, "owner": UNKNOWN}),
            undecided=["it"],
            config={"patterns": {"owner": "^team-"}},
        ),
    ]
)
def test_required_tags(pack: Analyzer, case: Case) -> None:
    check(pack, RULE, case)


@pytest.mark.parametrize(
    "type_",
    [
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:dynamodb/table:Table",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
    ],
)
def test_every_taggable_type_is_judged(pack: Analyzer, type_: str) -> None:
    check(pack, RULE, Case("", tagged(type_=type_), ["it"]))


def test_remediation_adds_what_the_configuration_has(pack: Analyzer) -> None:
    (resource,) = tagged({"department": "inventory", "environment": "", "cost": UNKNOWN})
    (remediation,) = pack.remediate(resource, {RULE: REMEDIATE}).remediations
    assert json_format.MessageToDict(remediation.properties)["tags"] == {
        "department": "inventory",
        "environment": "dev",
        "owner": "team-a",
        "cost": UNKNOWN,
    }


def test_remediation_makes_tags_where_there_are_none(pack: Analyzer) -> None:
    (remediation,) = pack.remediate(tagged()[0], {RULE: REMEDIATE}).remediations
    assert json_format.MessageToDict(remediation.properties)["tags"] == {"environment": "dev", "owner": "team-a"}


def test_remediation_keeps_secrets_secret(pack: Analyzer) -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": dict(ALL, owner="")}
    (remediation,) = pack.remediate(tagged(secret)[0], {RULE: REMEDIATE}).remediations
    tags = json_format.MessageToDict(remediation.properties)["tags"]
    assert tags == {**secret, "value": ALL}


@pytest.mark.parametrize("tags", [ALL, UNKNOWN])
def test_remediation_leaves_tagged_and_unknown_alone(pack: Analyzer, tags: Any) -> None:
    assert not pack.remediate(tagged(tags)[0], {RULE: REMEDIATE}).remediations
