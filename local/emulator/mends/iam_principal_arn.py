"""``aws:PrincipalArn`` of an assumed role is the ARN of the role.

Upstream gives the ARN of the session (``arn:aws:sts::…:assumed-role/NAME/SESSION``), so that ``ArnEquals`` with a role's
ARN never holds and a Deny with ``ArnNotEquals`` shuts out the very role that it spares. AWS: "For assumed roles, the
request context returns the ARN of the IAM role."
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn

Noticed when upstream no longer needs it: ``test_upstream_still_gives_the_arn_of_the_session``.
"""

from __future__ import annotations

from typing import Any


def apply() -> None:
    from ministack.core import iam_evaluator  # noqa: PLC0415 - reads the environment when imported
    from ministack.services import iam  # noqa: PLC0415 - same

    upstream = iam_evaluator._resolve_condition_key  # noqa: SLF001

    def resolve_condition_key(key: str, context: Any) -> Any:
        value = upstream(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(value):
            return value
        account, name = value.split(":")[4], value.split("/")[1]
        role = iam._roles.get_scoped(account, None, name)  # noqa: SLF001
        return role["Arn"] if role else value

    iam_evaluator._resolve_condition_key = resolve_condition_key  # noqa: SLF001
