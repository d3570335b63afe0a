"""Rule sqs-visibility-timeout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policies.analyzer import UNKNOWN, Declared, arn, queue
from tests.policies.cases import Case, check, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.policies.analyzer import Analyzer

RULE = "sqs-visibility-timeout"


def pipeline(
    visibility: Any = 181, timeout: Any = 30, window: Any = 1, mapping: Mapping[str, Any] | None = None
) -> list[Declared]:
    """A queue, its consumer and the mapping between them, all new: ids are unknown."""
    source = {"eventSourceArn": UNKNOWN, "functionName": UNKNOWN, "maximumBatchingWindowInSeconds": window}
    given = {name: value for name, value in {**source, **(mapping or {})}.items() if value is not None}
    seconds = {} if visibility is None else {"visibilityTimeoutSeconds": visibility}
    return [
        queue("orders", seconds),
        Declared(
            "aws:lambda/function:Function", "f", {"name": "f", **({} if timeout is None else {"timeout": timeout})}
        ),
        Declared(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "mapping",
            given,
            {"eventSourceArn": ["orders"], "functionName": ["f"]},
        ),
    ]


def through_alias() -> list[Declared]:
    """The mapping invokes an alias of the function; the mapping and the alias know only what they depend on."""
    source, function, mapping = pipeline(60)
    alias = Declared(
        "aws:lambda/alias:Alias", "live", {"name": "live", "functionName": UNKNOWN}, {"functionName": ["f"]}
    )
    depends = {"eventSourceArn": ["orders"], "functionName": ["live"]}
    return [source, function, alias, Declared(mapping.type, mapping.name, mapping.inputs, depends)]


@table(
    [
        Case("accepts six times the timeout plus the window", pipeline(181, 30, 1)),
        Case("accepts the defaults of a short function", pipeline(30, 5, 0)),
        Case("accepts all defaults", pipeline(None, None, None)),
        Case("accepts numbers as texts", pipeline("181", "30", "1")),
        Case("accepts a longer one", pipeline(43_200)),
        Case(
            "rejects one second less",
            pipeline(180),
            ["orders"],
            says="at least 181 s are needed: 6 × 30 s (function 'f') + 1 s",
        ),
        Case("counts the batching window", pipeline(180, 30, 300), ["orders"], says="at least 480 s"),
        Case("counts the default timeouts", pipeline(17, None, None), ["orders"], says="6 × 3 s"),
        Case("counts the default visibility", pipeline(None, 30, None), ["orders"], says="is 30 s"),
        Case("connects by ARN", pipeline(60, mapping={"eventSourceArn": arn("sqs", "orders")}), ["orders"]),
        Case("connects by function name", pipeline(60, mapping={"functionName": "f"}), ["orders"]),
        Case(
            "connects by function ARN", pipeline(60, mapping={"functionName": arn("lambda", "function:f")}), ["orders"]
        ),
        Case(
            "connects by qualified ARN",
            pipeline(60, mapping={"functionName": arn("lambda", "function:f:live")}),
            ["orders"],
        ),
        Case("connects through an alias", through_alias(), ["orders"], says="at least 181 s"),
        Case("takes the factor from the configuration", pipeline(31), config={"factor": 1}),
        Case("cannot decide on an unknown timeout", pipeline(timeout=UNKNOWN), undecided=["f"]),
        Case("cannot decide on an unknown window", pipeline(window=UNKNOWN), undecided=["mapping"]),
        Case("cannot decide on an unknown visibility", pipeline(UNKNOWN), undecided=["orders"]),
        Case(
            "says that a function outside the stack is out of sight",
            pipeline(mapping={"functionName": "elsewhere"}),
            undecided=["mapping"],
            says="this stack does not show that function's timeout",
        ),
        Case(
            "says that a queue outside the stack is out of sight",
            pipeline(mapping={"eventSourceArn": arn("sqs", "elsewhere")}),
            undecided=["mapping"],
        ),
        Case("leaves streams alone", pipeline(0, mapping={"eventSourceArn": arn("kinesis", "stream/s")})),
        Case("leaves a queue without consumer alone", [queue("orders", {"visibilityTimeoutSeconds": 0})]),
    ]
)
def test_visibility_timeout(pack: Analyzer, case: Case) -> None:
    check(pack, RULE, case)
