"""``inventory local``: the embedded emulator and the stack on it."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from inventory.terminal import Terminal, UserError
from local.stack import POLICY_PACK, LocalStack

app = typer.Typer(help="The stack on the embedded emulator: no account, no Docker.", no_args_is_help=True)


@app.command()
def up() -> None:
    """Start the emulator if it isn't running, and deploy the pipeline with the policy pack on."""
    terminal = Terminal()
    stack = LocalStack.started(say=terminal.say)
    terminal.say(f"Pulumi engine {stack.engine.version}, {stack.engine.origin}")
    terminal.say(f"emulator at {stack.emulator.endpoint_url}, pid {stack.emulator.pid}")
    code = stack.pulumi().run("up", "--yes", "--skip-preview", "--policy-pack", str(POLICY_PACK))
    if code:
        raise typer.Exit(code)
    terminal.done("the pipeline is up; try `inventory ingest FILE`, then `inventory local down`")


@app.command()
def preview() -> None:
    """Show what `up` would change, judged by the policy pack. Starts the emulator if it isn't running."""
    terminal = Terminal()
    stack = LocalStack.started(say=terminal.say)
    raise typer.Exit(stack.pulumi().run("preview", "--policy-pack", str(POLICY_PACK)))


@app.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False) -> None:
    """Say whether the emulator runs and what is deployed. Exits with 3 if it doesn't run."""
    terminal = Terminal()
    stack = LocalStack.attached()
    if stack is None:
        if as_json:
            terminal.json({"running": False})
        else:
            terminal.say("not running; `inventory local up` starts it")
        raise typer.Exit(3)
    deployed = bool(stack.pulumi().outputs())
    record = {
        "running": True,
        "endpoint": stack.emulator.endpoint_url,
        "pid": stack.emulator.pid,
        "deployed": deployed,
        "engine": f"{stack.engine.version} ({stack.engine.origin})",
    }
    if as_json:
        terminal.json(record)
    else:
        for key, value in record.items():
            terminal.out.print(f"{key:10} {value}", markup=False)


@app.command()
def env() -> None:
    """Print the variables for using `pulumi`, `aws` or boto3 by hand: eval "$(inventory local env)"."""
    stack = LocalStack.attached()
    if stack is None:
        raise UserError("the local stack is not running; start it with `inventory local up`")
    for name, value in stack.environment().items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def down() -> None:
    """Destroy the stack and stop the emulator. Nothing is left behind."""
    terminal = Terminal()
    stack = LocalStack.attached()
    if stack is None:
        terminal.say("not running")
        return
    code = stack.pulumi().run("destroy", "--yes", "--skip-preview")
    stack.stop()
    terminal.done("stopped")
    if code:
        raise typer.Exit(code)
