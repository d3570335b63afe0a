"""What a function's execution role may do: asked by the mends of services that act in the role's name."""

from __future__ import annotations

from typing import Any

from local.emulator.mends.kms_key_uses import key_uses


def role_may(function: dict[str, Any], action: str, resource_arn: str) -> bool:
    """Whether policies let the role of ``function`` (its configuration) do ``action``: what configuring it asks.

    The service calls over TLS, with the role's tags, and nothing else in the request. True where IAM is not enforced.
    """
    return _may(function, action, resource_arn, {})


def role_may_now(function: dict[str, Any], action: str, resource_arn: str) -> bool:
    """Like `role_may`, and whether the role may use the key behind the resource: what doing it asks."""
    return role_may(function, action, resource_arn) and all(
        _may(function, use.action, use.key_arn, use.context) for use in key_uses(action, resource_arn)
    )


def _may(function: dict[str, Any], action: str, resource_arn: str, keys: dict[str, str]) -> bool:
    from ministack.core import iam_evaluator, lambda_runtime  # noqa: PLC0415 - reads the environment when imported
    from ministack.services.tagging import resource_tags  # noqa: PLC0415 - same

    service = action.partition(":")[0]
    account, region = lambda_runtime._account_region_from_function_config(function)  # noqa: SLF001
    access_key = lambda_runtime.execution_credentials(function)["AWS_ACCESS_KEY_ID"]
    principal = iam_evaluator.resolve_principal(access_key, account)
    if isinstance(principal, iam_evaluator.AuthError):
        return False
    if principal.policies is None:  # the root user, as which functions run where IAM is not enforced
        return True
    tags = {f"aws:resourcetag/{name}".lower(): value for name, value in (resource_tags(resource_arn) or {}).items()}
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource_arn,
        region=region,
        secure_transport=True,
        service_context={"aws:tagkeys": None, **tags, **keys},
        principal_keys=principal.keys,
    )
    decision = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    policy = iam_evaluator._resource_policy(service, resource_arn)  # noqa: SLF001
    if policy is not None:
        required = service in iam_evaluator._POLICY_REQUIRED  # noqa: SLF001
        decision = iam_evaluator.combine_resource_policy(
            decision, context, *policy, required=required, limits=principal.limits
        )
    return bool(decision.decision == "Allow")
