"""``inventory``: the operator's command line. Each command's own file does the work; here are words and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from inventory import dlq_command, ingest_command, local_commands, watch_command
from inventory.audit_command import audit_stack, policies
from inventory.demo import demo
from inventory.deployed_stack import deployed_stack
from inventory.ingest import receipt_of, receipt_record
from inventory.receipt_view import print_receipts
from inventory.terminal import Terminal, UserError
from local.emulator.launcher import EmulatorError
from local.engine.finder import EngineNotFoundError
from local.pulumi_command import PulumiError

app = typer.Typer(
    name="inventory",
    help="Run and operate the inventory pipeline: the local stack, uploads, receipts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(local_commands.app, name="local")
app.add_typer(dlq_command.app, name="dlq")
app.command()(ingest_command.ingest)
app.command()(watch_command.watch)
app.command()(demo)
app.command("audit")(audit_stack)
app.command()(policies)

StackName = Annotated[str, typer.Option("--stack", envvar="INVENTORY_STACK", help="The Pulumi stack to work on.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command()
def receipt(
    file: Annotated[str, typer.Argument(help="The uploaded file: its name, or its key below uploads/.")],
    stack: StackName = "local",
    *,
    as_json: AsJson = False,
) -> None:
    """Show what became of a file's rows. Exits with 3 while the receipt is not complete."""
    deployed = deployed_stack(stack)
    found = receipt_of(deployed, file)
    if found is None:
        raise UserError(f"there is no receipt of {file} on stack {stack}: was it uploaded?")
    record = receipt_record(deployed, found)
    if as_json:
        Terminal.json(record)
    else:
        print_receipts(Terminal().out, [record])
    if not found.complete:
        raise typer.Exit(ingest_command.INCOMPLETE)


@app.command()
def outputs(stack: StackName = "local", *, as_json: AsJson = False) -> None:
    """Show the stack's outputs and, on the local stack, the endpoint and credentials to use."""
    deployed = deployed_stack(stack)
    reach = {key: value for key, value in deployed.environment.items() if key.startswith("AWS_")}
    if as_json:
        Terminal.json({**deployed.outputs, **({"environment": reach} if reach else {})})
        return
    out = Terminal().out
    for name, value in {**deployed.outputs, **reach}.items():
        out.print(f"{name:22} {value}", markup=False)


def main() -> None:
    """Entry point: turns what a user can mend into one message on standard error and exit code 1."""
    try:
        app()
    except (UserError, EmulatorError, EngineNotFoundError, PulumiError) as error:
        Terminal().error(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        Terminal().error("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    main()
