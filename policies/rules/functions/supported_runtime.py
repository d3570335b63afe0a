"""Functions run on a runtime that AWS still supports.

Container images have no runtime and pass. The list is of runtimes whose date of deprecation was before 20 November 2026;
``endedRuntimes`` replaces it.

Why: an ended runtime gets no security patches, and after a while its functions can't be changed any more.

Mend: move to a current runtime::

    aws.lambda_.Function("consumer", runtime="python3.13", ...)

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

ENDED = (
    "dotnet6",
    "dotnet8",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "provided",
    "provided.al2",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "python3.10",
    "ruby2.5",
    "ruby2.7",
    "ruby3.2",
)


def check(function: Resource, config: Config) -> Iterator[Finding]:
    """Yield a function whose runtime has ended."""
    runtime = function.setting("runtime")
    if runtime is UNKNOWN:
        yield Undecided(function, "runtime", "whether the runtime is supported")
    elif runtime in config["endedRuntimes"]:
        yield Violation(function, "runtime", f"{runtime} is not supported any more")


RULE = ResourceRule(
    id="lambda-supported-runtime",
    docstring=__doc__,
    severity=Severity.MEDIUM,
    framework="SEC06-BP01; Security Hub Lambda.2",
    config={
        "endedRuntimes": {
            "type": "array",
            "items": {"type": "string"},
            "default": list(ENDED),
            "description": "Runtimes that AWS supports no more",
        }
    },
    resource_types=types.FUNCTION,
    check=check,
)
