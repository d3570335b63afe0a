"""Asks the simulator @cloud-copilot/iam-simulate every question of the access matrix: ``make second-opinion``.

It is a program of other people, in another language, and needs Node; the tests do without it.
https://github.com/cloud-copilot/iam-simulate
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.access.cells import cells
from tests.access.evaluator import CallerKind
from tests.access.expectations import expected
from tests.access.programs import previewed_programs

if TYPE_CHECKING:
    from tests.access.evaluator import Caller, Request

FOLDER = Path(__file__).parent


def simulation(request: Request) -> dict[str, Any]:
    """The request as the simulator wants it."""
    caller, resource = request.caller, request.resource
    context: dict[str, Any] = {
        **{f"aws:PrincipalTag/{key}": value for key, value in caller.tags.items()},
        **{f"aws:ResourceTag/{key}": value for key, value in resource.tags.items()},
        **caller.keys,
        **request.keys,
    }
    if caller.kind is CallerKind.ROLE:
        context |= {"aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": caller.account}
    asked: dict[str, Any] = {
        "identityPolicies": [{"name": str(number), "policy": each} for number, each in enumerate(caller.policies)],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "request": {
            "action": request.action,
            "principal": _principal(caller),
            "resource": {"accountId": resource.account, "resource": resource.arn},
            "contextVariables": context,
        },
    }
    if caller.boundary:
        asked["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": caller.boundary}]
    if resource.policy:
        asked["resourcePolicy"] = resource.policy
    return asked


def _principal(caller: Caller) -> str:
    if caller.kind is CallerKind.ROLE:
        return f"arn:aws:sts::{caller.account}:assumed-role/{caller.arn.rpartition('/')[2]}/session"
    return caller.arn or "anonymous"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, previewed_programs(Path(folder) / "stack") as programs:
        everything = list(cells(programs))
    asked = json.dumps([simulation(cell.request) for cell in everything])
    answered = subprocess.run(
        ["node", "simulate.js"], cwd=FOLDER, input=asked, capture_output=True, text=True, check=True
    ).stdout
    wrong = [
        f"{cell.name}: {answer}"
        for cell, answer in zip(everything, json.loads(answered), strict=True)
        if (answer == "Allowed") != expected(cell) or answer.startswith("error")
    ]
    print("\n".join([*wrong, f"{len(everything):,} decisions, {len(wrong):,} otherwise than required"]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
