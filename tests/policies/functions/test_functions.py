from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, arn, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from tests.policies.analyzer import Analyzer

FUNCTION, MAPPING = "aws:lambda/function:Function", "aws:lambda/eventSourceMapping:EventSourceMapping"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"


def function(name: str = "worker", **inputs: Any) -> Declared:
    return Declared(FUNCTION, name, {"name": name, **inputs})


def mapping(source: str = "orders", name: str = "mapping", **inputs: Any) -> Declared:
    """A mapping from a new queue to a new function: both known by dependency alone."""
    given = {"eventSourceArn": UNKNOWN, "functionName": UNKNOWN, **inputs}
    depends = {"eventSourceArn": [source], "functionName": ["worker"]}
    return Declared(MAPPING, name, given, depends)


def from_stream(**inputs: Any) -> Declared:
    stream = arn("dynamodb", "table/t/stream/1")
    return Declared(MAPPING, "mapping", {"eventSourceArn": stream, "functionName": "worker", **inputs})


ORDERS, WORKER = queue("orders"), function()
REPORT: dict[str, Any] = {"functionResponseTypes": ["ReportBatchItemFailures"]}


@table(
    [
        Case("no report", [ORDERS, WORKER, mapping()], violations=["mapping"], says="ReportBatchItemFailures"),
        Case("an empty report", [ORDERS, WORKER, mapping(functionResponseTypes=[])], violations=["mapping"]),
        Case("a report", [ORDERS, WORKER, mapping(**REPORT)]),
        Case("batches of one need none", [ORDERS, WORKER, mapping(batchSize=1)]),
        Case("an unknown report", [ORDERS, WORKER, mapping(functionResponseTypes=UNKNOWN)], undecided=["mapping"]),
        Case("a stream is no queue", [WORKER, from_stream()]),
    ]
)
def test_event_source_partial_batch(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-event-source-partial-batch", case)


def scaled(maximum: Any) -> dict[str, Any]:
    return {"scalingConfig": {"maximumConcurrency": maximum}}


@table(
    [
        Case("no bound", [ORDERS, WORKER, mapping()], violations=["mapping"]),
        Case("a bound", [ORDERS, WORKER, mapping(**scaled(10))]),
        Case("provisioned pollers", [ORDERS, WORKER, mapping(provisionedPollerConfig={"maximumPollers": 5})]),
        Case("an unknown bound", [ORDERS, WORKER, mapping(**scaled(UNKNOWN))], undecided=["mapping"]),
        Case(
            "a function throttled below the bound",
            [ORDERS, function(reservedConcurrentExecutions=5), mapping(**scaled(10))],
            violations=["worker"],
            says="less than the 10",
        ),
        Case("enough reserved", [ORDERS, function(reservedConcurrentExecutions=10), mapping(**scaled(10))]),
        Case(
            "a function throttled below the sum of its bounds",
            [
                ORDERS,
                queue("returns"),
                function(reservedConcurrentExecutions=10),
                mapping(**scaled(6)),
                mapping("returns", "second", **scaled(6)),
            ],
            violations=["worker"],
            says="less than the 12 of its 2 mappings",
        ),
        Case(
            "not known how much is reserved",
            [ORDERS, function(reservedConcurrentExecutions=UNKNOWN), mapping(**scaled(10))],
            undecided=["worker"],
        ),
        Case("not reserved at all", [ORDERS, function(reservedConcurrentExecutions=-1), mapping(**scaled(10))]),
        Case("a stream is no queue", [WORKER, from_stream()]),
    ]
)
def test_event_source_maximum_concurrency(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-event-source-maximum-concurrency", case)


ROLE_A, ROLE_B = Declared("aws:iam/role:Role", "a", {"name": "a"}), Declared("aws:iam/role:Role", "b", {"name": "b"})


def with_role(name: str, role: str) -> Declared:
    return Declared(FUNCTION, name, {"name": name, "role": UNKNOWN}, {"role": [role]})


@table(
    [
        Case("a shared new role", [ROLE_A, with_role("f", "a"), with_role("g", "a")], violations=["g"], says="'f'"),
        Case("a role each", [ROLE_A, ROLE_B, with_role("f", "a"), with_role("g", "b")]),
        Case(
            "a shared role of elsewhere",
            [
                function("f", role="arn:aws:iam::111122223333:role/x"),
                function("g", role="arn:aws:iam::111122223333:role/x"),
            ],
            violations=["g"],
        ),
        Case("roles not known", [function("f", role=UNKNOWN), function("g", role=UNKNOWN)], undecided=["f", "g"]),
        Case("no functions", [ROLE_A]),
    ]
)
def test_own_role(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-own-role", case)


@table(
    [
        Case("not traced", [function()], violations=["worker"]),
        Case("passed through", [function(tracingConfig={"mode": "PassThrough"})], violations=["worker"]),
        Case("active", [function(tracingConfig={"mode": "Active"})]),
        Case("not known", [function(tracingConfig={"mode": UNKNOWN})], undecided=["worker"]),
        Case("no function", [ORDERS]),
    ]
)
def test_tracing(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-tracing", case)


@table(
    [
        Case("ended", [function(runtime="python3.8")], violations=["worker"], says="python3.8"),
        Case("ended this month", [function(runtime="dotnet8")], violations=["worker"]),
        Case("current", [function(runtime="python3.13")]),
        Case("an image has none", [function(packageType="Image")]),
        Case("not known", [function(runtime=UNKNOWN)], undecided=["worker"]),
        Case("a list of one's own", [function(runtime="x1")], violations=["worker"], config={"endedRuntimes": ["x1"]}),
    ]
)
def test_supported_runtime(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-supported-runtime", case)


def invoked_by(principal: Any) -> Declared:
    inputs = {"action": "lambda:InvokeFunction", "principal": principal, "function": "worker"}
    return Declared("aws:lambda/permission:Permission", "permission", inputs)


ALIAS = Declared("aws:lambda/alias:Alias", "live", {"name": "live", "functionName": "worker"})
BY_ALIAS = Declared(
    "aws:lambda/permission:Permission",
    "permission",
    {"principal": "s3.amazonaws.com", "function": UNKNOWN},
    {"function": ["live"]},
)


def schedule(target: str) -> Declared:
    return Declared("aws:scheduler/schedule:Schedule", "nightly", {"target": {"arn": UNKNOWN}}, {"target": [target]})


def invoke_config(destination: Any) -> Declared:
    inputs = {"functionName": "worker", "destinationConfig": {"onFailure": {"destination": destination}}}
    return Declared(INVOKE_CONFIG, "config", inputs)


@table(
    [
        Case("S3 invokes, nothing kept", [WORKER, invoked_by("s3.amazonaws.com")], violations=["worker"]),
        Case("SNS invokes, nothing kept", [WORKER, invoked_by("sns.amazonaws.com")], violations=["worker"]),
        Case("EventBridge invokes, nothing kept", [WORKER, invoked_by("events.amazonaws.com")], violations=["worker"]),
        Case("a destination", [WORKER, invoked_by("s3.amazonaws.com"), invoke_config(arn("sqs", "f"))]),
        Case("a destination not known yet is one", [WORKER, invoked_by("s3.amazonaws.com"), invoke_config(UNKNOWN)]),
        Case(
            "no destination in the config",
            [WORKER, invoked_by("s3.amazonaws.com"), invoke_config("")],
            violations=["worker"],
        ),
        Case(
            "a dead-letter queue", [function(deadLetterConfig={"targetArn": UNKNOWN}), invoked_by("s3.amazonaws.com")]
        ),
        Case("the scheduler invokes, nothing kept", [WORKER, schedule("worker")], violations=["worker"]),
        Case("the scheduler sends to a queue", [WORKER, ORDERS, schedule("orders")]),
        Case("an alias is invoked, nothing kept", [WORKER, ALIAS, BY_ALIAS], violations=["worker"]),
        Case("an alias is invoked", [WORKER, ALIAS, BY_ALIAS, invoke_config(arn("sqs", "f"))]),
        Case(
            "no dead-letter queue",
            [function(deadLetterConfig={"targetArn": ""}), invoked_by("s3.amazonaws.com")],
            violations=["worker"],
        ),
        Case("who invokes is not known", [WORKER, invoked_by(UNKNOWN)], undecided=["permission"]),
        Case("API Gateway waits for the answer", [WORKER, invoked_by("apigateway.amazonaws.com")]),
        Case("a consumer of a queue alone", [ORDERS, WORKER, mapping(**REPORT)]),
    ]
)
def test_async_failure_destination(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-async-failure-destination", case)


def with_variables(**variables: Any) -> list[Declared]:
    return [function(environment={"variables": variables})]


@table(
    [
        Case(
            "a literal password",
            with_variables(DB_PASSWORD="hunter2hunter2"),
            violations=["worker"],
            says="DB_PASSWORD",
        ),
        Case("a literal token", with_variables(apiToken="x", API_TOKEN="abcdefgh"), violations=["worker"]),
        Case("an access key under another name", with_variables(USER="AKIAIOSFODNN7EXAMPLE"), violations=["worker"]),
        Case("a private key", with_variables(PEM="-----BEGIN RSA PRIVATE KEY-----\nMII"), violations=["worker"]),
        Case("a password in one word", with_variables(PGPASSWORD="hunter2hunter2"), violations=["worker"]),
        Case("a password in camel case", with_variables(dbPassword="hunter2hunter2"), violations=["worker"]),
        Case("a token in camel case", with_variables(apiToken="hunter2hunter2"), violations=["worker"]),
        Case(
            "a password in an address", with_variables(DATABASE="postgres://app:hunter2@db/app"), violations=["worker"]
        ),
        Case(
            "a token of a version control host",
            with_variables(USER="github_pat_11ABCDEFG0aaaaaaaaaaaa_bbbbbbbb"),
            violations=["worker"],
        ),
        Case("an address without a password", with_variables(DATABASE="postgres://app@db/app")),
        Case("an address with a place for one", with_variables(DATABASE="postgres://app:{password}@db/app")),
        Case("an address with a port", with_variables(PROXY="https://proxy:8443/a@b")),
        Case("a reference by ARN", with_variables(DB_PASSWORD=arn("secretsmanager", "secret:db"))),
        Case("a reference by path", with_variables(DB_PASSWORD="/prod/db/password")),
        Case("a name of a secret", with_variables(DB_PASSWORD_SECRET_NAME="db")),
        Case("a switch", with_variables(USE_TOKEN="true")),
        Case("plain settings", with_variables(QUEUE_URL="https://sqs/x", ROWS="100")),
        Case("a secret not known", with_variables(DB_PASSWORD=UNKNOWN), undecided=["worker"]),
        Case("no variables", [function()]),
    ]
)
def test_no_secrets_in_environment(pack: Analyzer, case: Case) -> None:
    check(pack, "lambda-no-secrets-in-environment", case)
