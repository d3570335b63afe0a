"""``inventory audit`` and ``inventory policies``: the policy pack on what is deployed, and what its rules are."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer
from rich.table import Table

from inventory.audit import AuditFinding, audit, sarif
from inventory.deployed_stack import deployed_stack
from inventory.terminal import Terminal
from local.stack import POLICY_PACK

VIOLATED = 5


class Format(StrEnum):
    """How findings are printed."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"


def audit_stack(
    stack: Annotated[str, typer.Argument(help="The Pulumi stack to judge.")],
    output_format: Annotated[Format, typer.Option("--format", help="How to print what is found.")] = Format.TABLE,
    policy_pack: Annotated[Path, typer.Option("--policy-pack", help="The pack's folder.")] = POLICY_PACK,
    config: Annotated[
        Path | None, typer.Option("--policy-pack-config", help="The pack's configuration (JSON).", exists=True)
    ] = None,
) -> None:
    """Judge a deployed stack with the policy pack, by its state.

    Exits with 5 if a mandatory rule is violated.
    """
    terminal = Terminal()
    findings = audit(deployed_stack(stack), policy_pack, config)
    if output_format is Format.JSON:
        terminal.json([finding.record() for finding in findings])
    elif output_format is Format.SARIF:
        terminal.json(sarif(findings))
    elif findings:
        terminal.out.print(_table(findings))
    mandatory = sum(finding.level == "mandatory" for finding in findings)
    if mandatory:
        terminal.error(f"{mandatory} mandatory and {len(findings) - mandatory} advisory findings on stack {stack}")
        raise typer.Exit(VIOLATED)
    terminal.done(f"no mandatory rule is violated on stack {stack}; {len(findings)} advisory findings")


def policies() -> None:
    """Print the rules of the policy pack, with reasons and mends, as Markdown."""
    raise typer.Exit(subprocess.run([sys.executable, str(POLICY_PACK / "rule_table.py")], check=False).returncode)


def _table(findings: list[AuditFinding]) -> Table:
    table = Table("level", box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for column in ("resource", "problem"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        style = "red" if finding.level == "mandatory" else "yellow"
        problem = finding.problem.partition(", ")[2] or finding.problem
        table.add_row(f"[{style}]{finding.level}[/]", finding.rule, finding.resource, problem.replace("[", r"\["))
    return table
