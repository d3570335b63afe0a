"""Functions are traced with X-Ray.

Why: without a trace nobody sees which of bucket, queue, function and table a slow or lost row hangs at.

Mend: switch active tracing on, and let the role write traces::

    aws.lambda_.Function("consumer", tracing_config={"mode": "Active"}, ...)

https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "tracingConfig"
ACTIVE = "Active"


def check(function: Resource, _config: Config) -> Iterator[Finding]:
    """Yield a function that is not traced."""
    mode = function.setting(PROPERTY, "mode")
    if mode is UNKNOWN:
        yield Undecided(function, PROPERTY, "whether the function is traced")
    elif mode != ACTIVE:
        yield Violation(function, f"{PROPERTY}.mode", f"is {mode or 'not set'}, not {ACTIVE}")


def remediate(function: Resource, _config: Config) -> Mapping[str, Any] | None:
    """Switch active tracing on."""
    mode = function.setting(PROPERTY, "mode")
    return None if mode is UNKNOWN or mode == ACTIVE else {PROPERTY: {"mode": ACTIVE}}


RULE = ResourceRule(
    id="lambda-tracing",
    docstring=__doc__,
    severity=Severity.LOW,
    framework="OPS04-BP05; Security Hub Lambda.7",
    resource_types=types.FUNCTION,
    check=check,
    remediate=remediate,
)
