"""The list of taggable types is the provider's own."""

from __future__ import annotations

import ast
from pathlib import Path

from taggable_types import TAGGABLE_TYPES


def taggable_types_of_provider() -> set[str]:
    """Tokens of the resources in the provider's Python package whose constructor takes ``tags``."""
    import pulumi_aws  # noqa: PLC0415 - only this test needs it

    found = set()
    for path in Path(pulumi_aws.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "@pulumi.type_token(" not in text or "tags" not in text:
            continue
        for node in ast.parse(text).body:
            token = _token(node) if isinstance(node, ast.ClassDef) else None
            if token and isinstance(node, ast.ClassDef) and _takes_tags(node):
                found.add(token)
    return found


def _token(node: ast.ClassDef) -> str | None:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and decorator.args and isinstance(decorator.args[0], ast.Constant):
            return str(decorator.args[0].value)
    return None


def _takes_tags(node: ast.ClassDef) -> bool:
    return any(
        argument.arg == "tags"
        for function in node.body
        if isinstance(function, ast.FunctionDef) and function.name == "_internal_init"
        for argument in function.args.args + function.args.kwonlyargs
    )


def test_the_list_is_current() -> None:
    """To renew it, write the sorted result of `taggable_types_of_provider` to policies/taggable_types.txt."""
    assert taggable_types_of_provider() == TAGGABLE_TYPES


def test_the_types_of_a_pipeline_are_in_it() -> None:
    assert {
        "aws:sqs/queue:Queue",
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:dynamodb/table:Table",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:sns/topic:Topic",
    } <= TAGGABLE_TYPES
