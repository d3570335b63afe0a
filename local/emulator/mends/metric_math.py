"""Metric math, as far as this project uses it: arithmetic on metrics and numbers, and ``FILL``.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(expression: str, values: Mapping[str, float | None]) -> float | None:
    """The value of ``expression`` at one point of time; None where a metric that it needs has no datapoint.

    Raises:
        ValueError: the expression uses something else than is carried here, or an id that is not given.
    """
    return _value(ast.parse(expression, mode="eval").body, values, expression)


def _value(node: ast.expr, values: Mapping[str, float | None], expression: str) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=identity) if identity in values:
            return values[identity]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            one, other = _value(left, values, expression), _value(right, values, expression)
            if one is None or other is None or (isinstance(op, ast.Div) and other == 0):
                return None  # CloudWatch drops points that are divided by zero
            return OPERATORS[type(op)](one, other)
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, instead], keywords=[]):
            found = _value(filled, values, expression)
            return _value(instead, values, expression) if found is None else found
        case _:
            raise ValueError(f"not carried: {ast.unparse(node)} in {expression}")
