"""No secret stands in a function's environment variables.

A name such as ``DB_PASSWORD`` with a literal value is one, and so is a value of the form of an access key, a private key
or a well-known token. References (ARNs, paths of parameters, addresses of secrets) are none.

Why: whoever may read the function's configuration reads its environment, and so do its logs when they print it.

Mend: keep the secret in Secrets Manager or Parameter Store, and give the function its name::

    environment={"variables": {"DB_PASSWORD_SECRET_ARN": secret.arn}}

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_types as types
from crossguard.rule import ResourceRule, Severity, Undecided, Violation
from crossguard.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding

PROPERTY = "environment"
SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PWD|SECRET|SECRET_?KEY|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)$",
    re.IGNORECASE,
)
SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[0-9A-Za-z]{36}|\bxox[abprs]-[0-9A-Za-z-]{10}"
)
REFERENCE = re.compile(r"arn:|/|https?://|\{\{resolve:|(true|false|\d{1,4})?$", re.IGNORECASE)


def check(function: Resource, _config: Config) -> Iterator[Finding]:
    """Yield variables that hold a secret."""
    variables = function.setting(PROPERTY, "variables")
    if variables is UNKNOWN:
        yield Undecided(function, PROPERTY, "whether a secret is among the variables")
    for name, value in variables.items() if isinstance(variables, dict) else ():
        place = f"{PROPERTY}.variables.{name}"
        if value is UNKNOWN:
            if SECRET_NAME.search(name):
                yield Undecided(function, place, "whether the value is a secret or refers to one")
        elif isinstance(value, str) and SECRET_VALUE.search(value):
            yield Violation(function, place, "has the form of a secret")
        elif isinstance(value, str) and SECRET_NAME.search(name) and not REFERENCE.match(value):
            yield Violation(function, place, "is called a secret and holds a literal value")


RULE = ResourceRule(
    id="lambda-no-secrets-in-environment",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="SEC02-BP03",
    resource_types=types.FUNCTION,
    check=check,
)
