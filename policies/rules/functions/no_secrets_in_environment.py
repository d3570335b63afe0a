"""No secret stands in a function's environment variables.

A name such as ``DB_PASSWORD`` with a literal value is one, and so is a value of the form of an access key, a private
key, a well-known token or an address with a password in it. References (ARNs, paths of parameters, addresses of secrets) are none.

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
# A word may begin after an underscore, or with a capital inside the name; passwords are told by their ending alone.
SECRET_NAME = re.compile(
    r"((?i:PASSWORD|PASSWD)"
    r"|(^|_)(?i:PWD|SECRET|SECRET_?KEY|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)"
    r"|(?<=[a-z])(Secret|SecretKey|Token|Api_?Key|PrivateKey|AccessKey|Credentials?))$"
)
SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{22}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10}"
    r"|\b[sr]k_live_[0-9A-Za-z]{16}"
    r"|\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s:@{}]+@"  # an address with a password in it
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
