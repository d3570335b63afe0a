"""``inventory dlq``: look into the dead-letter queue, and take out what is mended or no longer wanted."""

from __future__ import annotations

import csv
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from inventory_updates.row import REQUIRED_COLUMNS
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inventory.dead_letter_moves import Edit, MoveTask, Settled, WholeQueue, drop, move, run_move_task
from inventory.dead_letter_view import print_letter, print_summary
from inventory.dead_letters import DeadLetterQueue, Where
from inventory.deployed_stack import DeployedStack, deployed_stack
from inventory.terminal import Terminal, UserError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

KEPT = 3
SOURCE = "source"

app = typer.Typer(
    help="The dead-letter queue: look, redrive, drop, export.", no_args_is_help=True, rich_markup_mode=None
)

StackName = Annotated[str, typer.Option("--stack", envvar="INVENTORY_STACK", help="The Pulumi stack to work on.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Condition = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="EXPR",
        help="Only messages that meet this JMESPath expression on what `show --json` prints,"
        " such as \"reason=='quantity is not valid' && file=='uploads/a.csv'\".",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True)
class _Opened:
    """A stack's dead-letter queue and its source."""

    stack: DeployedStack
    queue: DeadLetterQueue

    @staticmethod
    def on(stack_name: str) -> _Opened:
        stack = deployed_stack(stack_name)
        return _Opened(stack, DeadLetterQueue(stack.client("sqs"), stack.outputs["deadLetterQueueUrl"]))

    def destination(self, to: str) -> str:
        """The URL of ``source``, or of a queue by its name, ARN or URL."""
        if to == SOURCE:
            return str(self.stack.outputs["queueUrl"])
        if "://" in to:
            return to
        return str(self.queue.sqs.get_queue_url(QueueName=to.rpartition(":")[2])["QueueUrl"])

    def arn(self, url: str) -> str:
        attributes = self.queue.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return str(attributes["QueueArn"])


@dataclass(frozen=True)
class _Chosen:
    """The messages that meet a condition; only ids are kept, a queue may hold gigabytes."""

    ids: frozenset[str]
    rows: int

    def __str__(self) -> str:
        return f"{len(self.ids):,} messages with {self.rows:,} rows"


@app.command("ls")
def list_reasons(
    stack: StackName = "local",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Look at this many messages at most.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how many messages there are, how old, why, and from which files."""
    with _aws_errors():
        queue = _Opened.on(stack).queue
        depth, summary = queue.depth(), queue.summary(limit)
    age = None if summary.oldest_sent_at is None else round(max(0.0, time.time() - summary.oldest_sent_at), 1)
    if as_json:
        Terminal.json({"depth": asdict(depth), **asdict(summary), "oldest_age_seconds": age})
    else:
        print_summary(Terminal().out, depth, summary, age)


@app.command()
def show(
    stack: StackName = "local",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show this many messages at most.")] = 10,
    where: Condition = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show messages, decoded, without consuming them. The receive count includes looks such as this one."""
    condition = Where(where)
    with _aws_errors():
        letters = _Opened.on(stack).queue.look(condition, limit)
    if as_json:
        Terminal.json([letter.record() for letter in letters])
        return
    terminal = Terminal()
    for letter in letters:
        print_letter(terminal.out, letter)
    if not letters:
        terminal.say("no message" if where is None else "no message meets the condition")


@app.command()
def redrive(  # noqa: PLR0913 - a command's options
    stack: StackName = "local",
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="source|QUEUE", help="Where to: the source, or a queue's name, ARN or URL.")
    ] = SOURCE,
    where: Condition = None,
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", metavar="FIELD=VALUE", help="Replace a field of every row before sending."),
    ] = None,
    rate: Annotated[int | None, typer.Option("--rate", min=1, max=500, help="Messages a second at most.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    yes: Yes = False,
) -> None:
    """Send messages back to where they came from, or elsewhere.

    The whole queue is moved by a message move task of SQS; Ctrl-C cancels it. With --where or --edit each message is
    sent and then deleted: an interruption can double a message, it never loses one. An edited message keeps its
    original body in the attribute original_body, which SQS does not encrypt. Exits with 3 if messages had to stay.
    """
    terminal, changes, condition = Terminal(), Edit.parsed(edit or []), Where(where)
    with _aws_errors():
        opened = _Opened.on(stack)
        destination = opened.destination(to)
        if destination == opened.queue.url:
            raise UserError(f"{to} is the dead-letter queue itself")
        if where is None and not changes:
            _redrive_all(terminal, opened, destination, rate, dry_run=dry_run, yes=yes)
            return
        chosen = _choose(terminal, opened.queue, condition)
        fields = ", ".join(f"{field}={value}" for field, value in changes.values.items())
        edited = f", every row with {fields} (original bodies go along, unencrypted, as an attribute)" if fields else ""
        if not _agreed(terminal, f"send {chosen} to {destination}{edited}", chosen.ids, dry_run=dry_run, yes=yes):
            return
        _settle(terminal, move(opened.queue, chosen.ids, destination, changes, rate), chosen, "redriven")


@app.command("drop")
def drop_messages(
    where: Annotated[str, typer.Option("--where", metavar="EXPR", help="Which messages: a JMESPath expression.")],
    archive: Annotated[Path, typer.Option("--archive", metavar="FILE", help="Append them to this file first.")],
    stack: StackName = "local",
    *,
    yes: Yes = False,
) -> None:
    """Delete messages, each only after it is safely in the archive (one JSON document a line)."""
    terminal, condition = Terminal(), Where(where)
    with _aws_errors():
        queue = _Opened.on(stack).queue
        chosen = _choose(terminal, queue, condition)
        if _agreed(terminal, f"write {chosen} to {archive} and delete them", chosen.ids, dry_run=False, yes=yes):
            _settle(terminal, drop(queue, chosen.ids, archive), chosen, "dropped")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The CSV file to write; it must not exist.")],
    stack: StackName = "local",
    where: Condition = None,
) -> None:
    """Write the rows as CSV in the upload format, with their reasons, files and lines. Nothing is consumed."""
    terminal, condition = Terminal(), Where(where)
    rows = without_rows = 0
    with _aws_errors():
        queue = _Opened.on(stack).queue
        try:
            with file.open("x", encoding="utf-8", newline="") as out, queue.held() as holding:
                table = csv.DictWriter(out, [*REQUIRED_COLUMNS, "reason", "file", "line"])
                table.writeheader()
                for letter in filter(condition, holding.letters()):
                    table.writerows({**row, "reason": letter.reason, "file": letter.file} for row in letter.rows)
                    rows += len(letter.rows)
                    without_rows += not letter.rows
        except FileExistsError as error:
            raise UserError(f"{file} exists already") from error
        except OSError as error:
            raise UserError(f"{file} cannot be written: {error.strerror}") from error
    terminal.done(f"{rows:,} rows are in {file}")
    if without_rows:
        terminal.say(f"{without_rows:,} messages hold no rows that can be read; `inventory dlq show` shows them")


def _redrive_all(  # noqa: PLR0913 - the command's options
    terminal: Terminal, opened: _Opened, destination: str, rate: int | None, *, dry_run: bool, yes: bool
) -> None:
    depth = opened.queue.depth()
    how = f"about {depth.visible:,} messages to {destination} with a message move task"
    paced = f", {rate:,} a second at most" if rate else ""
    hidden = f" ({depth.in_flight:,} in flight stay)" if depth.in_flight else ""
    if not _agreed(terminal, f"move {how}{paced}{hidden}", depth.visible, dry_run=dry_run, yes=yes):
        return
    order = WholeQueue(opened.arn(opened.queue.url), opened.arn(destination), rate)
    with _progress(terminal) as progress:
        bar = progress.add_task("redriving; Ctrl-C cancels", total=None)

        def shown(task: MoveTask) -> None:
            progress.update(bar, completed=task.moved, total=task.to_move or None)

        task = run_move_task(opened.queue.sqs, order, shown)
    counts = f"{task.moved:,} messages of about {task.to_move:,} were moved"
    if task.status != "COMPLETED":
        raise UserError(f"the move task is {task.status} {task.failure}: {counts}".replace(" :", ":"))
    terminal.done(f"{counts}; {opened.queue.depth().total:,} are in the dead-letter queue")


def _choose(terminal: Terminal, queue: DeadLetterQueue, condition: Where) -> _Chosen:
    ids: set[str] = set()
    rows = 0
    with terminal.err.status("looking for the messages"), queue.held() as holding:
        for letter in filter(condition, holding.letters()):
            ids.add(letter.id)
            rows += len(letter.rows)
    return _Chosen(frozenset(ids), rows)


def _agreed(terminal: Terminal, what: str, some: object, *, dry_run: bool, yes: bool) -> bool:
    """Whether to go on; says why not. Raises `UserError` where nobody can be asked."""
    if not some:
        terminal.say("there is no such message: nothing to do")
        return False
    if dry_run:
        terminal.say(f"would {what}")
        return False
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UserError(f"would {what}: say --yes where nobody can be asked")
    return typer.confirm(f"{what}?", err=True)


def _settle(terminal: Terminal, settling: Generator[Settled, None, None], chosen: _Chosen, done: str) -> None:
    """Run to the end or the interruption, with a bar; in either case say what was done."""
    finished = 0
    kept: list[Settled] = []
    try:
        with closing(settling), _progress(terminal) as progress:
            bar = progress.add_task(done, total=len(chosen.ids))
            for settled in settling:
                progress.advance(bar)
                if settled.why_kept:
                    kept.append(settled)
                else:
                    finished += 1
    finally:
        terminal.say(f"{finished:,} of {len(chosen.ids):,} messages are {done}")
    for settled in kept:
        terminal.say(f"{settled.message_id} stays: {settled.why_kept}")
    gone = len(chosen.ids) - finished - len(kept)
    if gone:
        terminal.say(f"{gone:,} were no longer visible: somebody else has them")
    if kept:
        raise typer.Exit(KEPT)


def _progress(terminal: Terminal) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=terminal.err, transient=True)


@contextmanager
def _aws_errors() -> Iterator[None]:
    """What AWS refuses is the user's to mend: a message, not a traceback."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UserError(str(error)) from error
