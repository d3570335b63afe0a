from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared
from tests.policies.cases import Case, check, table
from tests.policies.documents import ORDERS, document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer


def policy(action: Any, resource: Any, **more: Any) -> list[Declared]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    given = {name: value for name, value in statement.items() if value is not None}
    return [Declared("aws:iam/rolePolicy:RolePolicy", "p", {"role": "r", "policy": document(given)})]


def role(principal: Any, **more: Any) -> list[Declared]:
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})
    return [Declared("aws:iam/role:Role", "r", {"name": "r", "assumeRolePolicy": trust})]


LAMBDA = {"Service": "lambda.amazonaws.com"}


@table(
    [
        Case("every action", policy("*", ORDERS), violations=["p"]),
        Case("every action of a service", policy("sqs:*", ORDERS), violations=["p"], says="sqs:*"),
        Case("NotAction", policy(None, ORDERS, NotAction="iam:*"), violations=["p"]),
        Case("every resource", policy("sqs:SendMessage", "*"), violations=["p"]),
        Case("NotResource", policy("sqs:SendMessage", None, NotResource=ORDERS), violations=["p"]),
        Case(
            "one bad action among free ones", policy(["xray:PutTraceSegments", "s3:GetObject"], "*"), violations=["p"]
        ),
        Case("named", policy(["sqs:SendMessage"], ORDERS)),
        Case("traces know no resources", policy(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")),
        Case(
            "narrowed by tags", policy("sqs:SendMessage", "*", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})
        ),
        Case("a Deny may be wide", policy("*", "*", Effect="Deny")),
        Case("not known", [Declared("aws:iam/policy:Policy", "p", {"policy": UNKNOWN})], undecided=["p"]),
        Case("malformed", [Declared("aws:iam/policy:Policy", "p", {"policy": "{"})], violations=["p"]),
        Case("trust in a service", role(LAMBDA)),
        Case("trust in everybody", role("*"), violations=["r"], says="may assume the role"),
        Case("trust in every AWS account", role({"AWS": "*"}), violations=["r"]),
        Case("trust in an account", role({"AWS": "arn:aws:iam::111122223333:root"})),
        Case(
            "trust in everybody of an organisation",
            role("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
        ),
    ]
)
def test_no_wildcard(pack: Analyzer, case: Case) -> None:
    check(pack, "iam-no-wildcard", case)
