from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, arn
from tests.policies.cases import Case, check, table
from tests.policies.documents import ORDERS, document

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer


def policy(action: Any, resource: Any, **more: Any) -> list[Declared]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    given = {name: value for name, value in statement.items() if value is not None}
    return [Declared("aws:iam/rolePolicy:RolePolicy", "p", {"role": "r", "policy": document(given)})]


def as_object(**changes: Any) -> list[Declared]:
    """A policy given as an object, parts of which may not be known yet."""
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ORDERS, **changes}
    return [Declared("aws:iam/rolePolicy:RolePolicy", "p", {"role": "r", "policy": {"Statement": [statement]}})]


def role(principal: Any, **more: Any) -> list[Declared]:
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})
    return [Declared("aws:iam/role:Role", "r", {"name": "r", "assumeRolePolicy": trust})]


LAMBDA = {"Service": "lambda.amazonaws.com"}
AWS_MANAGED = "arn:aws:iam::aws:policy/"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def tagged(operator: str, value: Any, key: str = "aws:ResourceTag/a") -> list[Declared]:
    return policy("sqs:SendMessage", "*", Condition={operator: {key: value}})


def attached(policy_arn: Any) -> list[Declared]:
    return [*role(LAMBDA), Declared(ATTACHMENT, "attached", {"role": "r", "policyArn": policy_arn})]


def with_managed(*policy_arns: Any) -> list[Declared]:
    (plain,) = role(LAMBDA)
    return [Declared(plain.type, plain.name, {**plain.inputs, "managedPolicyArns": list(policy_arns)})]


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
        Case("narrowed by a service's own tag key", tagged("StringEquals", "b", "secretsmanager:ResourceTag/a")),
        Case(
            "narrowed by a tag not known yet",
            as_object(Resource="*", Condition={"StringEquals": {"aws:ResourceTag/a": UNKNOWN}}),
        ),
        Case("narrowed by the tags of the request", tagged("StringLike", "?*", "aws:RequestTag/a")),
        Case("narrowed by a tag that must be in the request", tagged("Null", "false", "aws:RequestTag/a")),
        Case("narrowed if there is a tag", tagged("StringEqualsIfExists", "b"), violations=["p"]),
        Case("narrowed to any value of a tag", tagged("StringLike", "*"), violations=["p"]),
        Case("narrowed to all other tags", tagged("StringNotEquals", "b"), violations=["p"]),
        Case("narrowed for all of no values", tagged("ForAllValues:StringEquals", "b"), violations=["p"]),
        Case(
            "narrowed to the account", tagged("StringEquals", "111122223333", "aws:ResourceAccount"), violations=["p"]
        ),
        Case("a condition not known", as_object(Resource="*", Condition=UNKNOWN), undecided=["p"]),
        Case("a resource not known", as_object(Resource=UNKNOWN), undecided=["p"]),
        Case("an action not known", as_object(Action=UNKNOWN), undecided=["p"]),
        Case("every action by ?*", policy("sqs:?*", ORDERS), violations=["p"]),
        Case("every resource by **", policy("s3:GetObject", "**"), violations=["p"]),
        Case("every queue anywhere", policy("sqs:SendMessage", "arn:aws:sqs:*:*:*"), violations=["p"]),
        Case("every queue of the account", policy("sqs:SendMessage", arn("sqs", "*")), violations=["p"]),
        Case("every log group", policy("logs:PutLogEvents", "arn:aws:logs:*:*:*"), violations=["p"]),
        Case(
            "every log stream", policy("logs:PutLogEvents", arn("logs", "log-group:*:log-stream:*")), violations=["p"]
        ),
        Case("every table", policy("dynamodb:PutItem", arn("dynamodb", "table/*")), violations=["p"]),
        Case("every bucket", policy("s3:ListBucket", "arn:aws:s3:::*"), violations=["p"]),
        Case("every object of every bucket", policy("s3:GetObject", "arn:aws:s3:::*/*"), violations=["p"]),
        Case("every object of a bucket", policy("s3:GetObject", "arn:aws:s3:::uploads/*")),
        Case("the streams of a log group", policy("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/x:*"))),
        Case("the indexes of a table", policy("dynamodb:Query", arn("dynamodb", "table/rows/index/*"))),
        Case("queues of a prefix", policy("sqs:SendMessage", arn("sqs", "orders-*"))),
        Case("one more action without resources", policy("ecr:GetAuthorizationToken", "*")),
        Case("a function in a VPC", policy(["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces"], "*")),
        Case("an administrator", attached(f"{AWS_MANAGED}AdministratorAccess"), violations=["attached"]),
        Case(
            "all of a service", with_managed(f"{AWS_MANAGED}AmazonSQSFullAccess"), violations=["r"], says="SQSFullAcc"
        ),
        Case("all of Lambda", with_managed(f"{AWS_MANAGED}AWSLambda_FullAccess"), violations=["r"]),
        Case("logs alone", attached(f"{AWS_MANAGED}service-role/AWSLambdaBasicExecutionRole")),
        Case("one's own policy, whatever its name", attached("arn:aws:iam::111122223333:policy/OrdersFullAccess")),
        Case("a policy not known yet is this stack's", attached(UNKNOWN)),
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
