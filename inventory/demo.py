"""``inventory demo``: the whole story on a fresh emulator, from the first preview to nothing left.

Each step checks what it shows; the first thing that is not as it should be ends the demo with exit code 1.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inventory.deployed_stack import DeployedStack
from inventory.ingest import receipt_record, upload_file
from inventory.ingest_command import follow_with_progress
from inventory.receipt_view import print_receipts, sum_line
from inventory.sample_file import write_sample_file
from inventory.terminal import Terminal, UserError
from local.engine.finder import CACHE, CHECKOUT
from local.stack import LOCAL_STACK, POLICY_PACK, LocalStack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 10_000
INGEST_TIMEOUT_SECONDS = 600
DEAD_LETTER_TIMEOUT_SECONDS = 240
REDRIVE_TIMEOUT_SECONDS = 60
LONGEST_DEMO_SECONDS = 3600
QUIET = ("--suppress-progress", "--suppress-outputs")
UNSAFE_EXAMPLE = CHECKOUT / "examples" / "unsafe-queue"
EXPECTED_REFUSALS = ("sqs-encrypted-at-rest", "sqs-https-only", "abac-required-tags")
OUTAGE = "demo-outage"
OUTAGE_ROWS = "product_id,location,quantity,update_date\nouted-1,Köln,5,2026-11-01\nouted-2,Köln,7,2026-11-01\n"


class DemoError(UserError):
    """Something was not as it should be."""


def demo() -> None:
    """Show the pipeline end to end on the embedded emulator, and leave nothing behind."""
    terminal = Terminal()
    CACHE.mkdir(exist_ok=True)
    _forget_killed_demos()
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=CACHE))
    started = time.monotonic()
    with _interruptible():
        try:
            terminal.step("The engine and the emulator")
            stack = LocalStack.started(folder / "stack", die_with_parent=True, say=terminal.say)
            try:
                _Demo(terminal, stack, folder).run()
            finally:
                stack.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    terminal.done(
        f"the demo is over after {time.monotonic() - started:.0f} s; the emulator is stopped, nothing is left"
    )


def _forget_killed_demos() -> None:
    """Remove what demos left that were killed: their emulators ended with them."""
    for folder in CACHE.glob("demo-*"):
        if time.time() - folder.stat().st_mtime > LONGEST_DEMO_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


class _Demo:
    def __init__(self, terminal: Terminal, stack: LocalStack, folder: Path) -> None:
        self._terminal = terminal
        self._stack = stack
        self._folder = folder
        self._deployed = DeployedStack(LOCAL_STACK, stack.environment())

    def run(self) -> None:
        say = self._terminal.say
        say(f"Pulumi engine {self._stack.engine.version}, {self._stack.engine.origin}")
        say(f"emulator at {self._stack.emulator.endpoint_url}: TLS and IAM enforcement on")
        pulumi = self._stack.pulumi()

        self._step("A first preview, judged by the policy pack before anything exists")
        self._expect(pulumi.run("preview", *QUIET, "--policy-pack", str(POLICY_PACK)) == 0, "the preview must pass")

        self._step("The pipeline is deployed")
        up = pulumi.run("up", "--yes", "--skip-preview", *QUIET, "--policy-pack", str(POLICY_PACK))
        self._expect(up == 0, "the update must succeed")

        self._ingest_sample()
        self._outage_and_redrive()
        self._refused_program()

        self._step("A second preview: nothing to change")
        preview = pulumi.run("preview", "--expect-no-changes", *QUIET, "--policy-pack", str(POLICY_PACK))
        self._expect(preview == 0, "a second preview must show no change")

        self._step("Everything is destroyed")
        self._expect(pulumi.run("destroy", "--yes", "--skip-preview", *QUIET) == 0, "destroy must succeed")

    def _ingest_sample(self) -> None:
        self._step(f"A supplier's file of {ROWS:,} rows, with the faults of real files in it")
        path = self._folder / "supplier sample.csv"
        expected = write_sample_file(path, ROWS)
        record = self._ingest(path)
        self._expect(record["rows_read"] == expected.rows_read, f"{expected.rows_read} rows must be read")
        self._expect(record["rows_rejected"] == expected.rows_rejected, f"{expected.rows_rejected} must be rejected")
        self._expect(record["rows_dead_lettered"] == 0, "no row may be dead-lettered")
        table = self._deployed.resource("dynamodb").Table(self._deployed.outputs["inventoryTableName"])
        found = {(item["product_id"], item["location"]): int(item["quantity"]) for item in _scan(table)}
        self._expect(found == expected.quantities, "the table must hold the newest quantity of each product")
        self._terminal.done(f"the table holds the newest quantity of {len(found):,} products at their locations")

    def _outage_and_redrive(self) -> None:
        self._step("An outage: the consumer loses its right to write, a message fails until it is dead-lettered")
        outputs = self._deployed.outputs
        iam = self._deployed.client("iam")
        role = self._role_of(outputs["tableFunctionName"])
        deny = {"Effect": "Deny", "Action": "dynamodb:UpdateItem", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        iam.put_role_policy(RoleName=role, PolicyName=OUTAGE, PolicyDocument=document)
        path = self._folder / "outage.csv"
        path.write_text(OUTAGE_ROWS)
        try:
            upload = upload_file(self._deployed, path)
            receives = self._wait_for_dead_letter()
        finally:
            iam.delete_role_policy(RoleName=role, PolicyName=OUTAGE)
        self._terminal.done(f"after {receives} receives the message is in the dead-letter queue")
        receipt = follow_with_progress(self._terminal, self._deployed, upload, INGEST_TIMEOUT_SECONDS)
        self._expect(receipt is not None and receipt.rows_dead_lettered == 2, "the receipt must say so")  # noqa: PLR2004
        self._show([receipt_record(self._deployed, receipt)] if receipt else [])

        self._step("The right is back: the message is redriven and goes through")
        sqs = self._deployed.client("sqs")
        sqs.start_message_move_task(SourceArn=outputs["deadLetterQueueArn"])
        deadline = time.monotonic() + REDRIVE_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            receipt = follow_with_progress(self._terminal, self._deployed, upload, 1)
            if receipt and receipt.complete and receipt.rows_applied == 2:  # noqa: PLR2004 - the rows of the outage
                break
            time.sleep(0.5)
        self._expect(receipt is not None and receipt.rows_dead_lettered == 0, "the rows must be applied now")
        self._show([receipt_record(self._deployed, receipt)] if receipt else [])

    def _refused_program(self) -> None:
        self._step("Somebody breaks the rules: the pack refuses a plain queue at preview")
        pulumi = self._stack.pulumi(UNSAFE_EXAMPLE)
        done = subprocess.run(
            ["pulumi", "preview", "--stack", LOCAL_STACK, "--non-interactive", "--policy-pack", str(POLICY_PACK)],
            cwd=UNSAFE_EXAMPLE,
            env=os.environ | dict(pulumi.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        self._terminal.say(done.stdout.strip())
        self._expect(done.returncode != 0, "the pack must refuse the unsafe program")
        for rule in EXPECTED_REFUSALS:
            self._expect(rule in done.stdout, f"the refusal must name {rule}")
        self._terminal.done(f"refused by {', '.join(EXPECTED_REFUSALS)}, each with how to mend it")

    def _ingest(self, path: Path) -> dict[str, Any]:
        upload = upload_file(self._deployed, path)
        receipt = follow_with_progress(self._terminal, self._deployed, upload, INGEST_TIMEOUT_SECONDS)
        if receipt is None:
            raise DemoError(f"{upload.file} has no receipt")
        record = receipt_record(self._deployed, receipt)
        self._show([record])
        self._expect(record["complete"], f"the receipt must be complete within {INGEST_TIMEOUT_SECONDS} s")
        accounted = sum(record[f"rows_{what}"] for what in ("rejected", "applied", "superseded", "dead_lettered"))
        self._expect(record["rows_read"] == accounted, "the numbers must add up")
        self._terminal.done(sum_line(record))
        return record

    def _wait_for_dead_letter(self) -> int:
        """Wait until a message is in the dead-letter queue; return how often it was received from the source."""
        sqs, url = self._deployed.client("sqs"), self._deployed.outputs["deadLetterQueueUrl"]
        deadline = time.monotonic() + DEAD_LETTER_TIMEOUT_SECONDS
        with self._terminal.err.status("waiting for the message to be given up") as status:
            while time.monotonic() < deadline:
                status.update(f"waiting for the message to be given up, {deadline - time.monotonic():.0f} s at most")
                # A visibility of 0 gives it back at once: looking does not consume.
                seen = sqs.receive_message(
                    QueueUrl=url, VisibilityTimeout=0, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"]
                ).get("Messages", [])
                if seen:
                    return int(seen[0]["Attributes"]["ApproximateReceiveCount"]) - 1
        raise DemoError(f"no message was dead-lettered within {DEAD_LETTER_TIMEOUT_SECONDS} s")

    def _role_of(self, function: str) -> str:
        configuration = self._deployed.client("lambda").get_function_configuration(FunctionName=function)
        return str(configuration["Role"]).rpartition("/")[2]

    def _step(self, title: str) -> None:
        self._terminal.step(title)

    def _show(self, records: list[dict[str, Any]]) -> None:
        print_receipts(self._terminal.err, records)

    @staticmethod
    def _expect(condition: bool, what: str) -> None:  # noqa: FBT001
        if not condition:
            raise DemoError(f"not as it should be: {what}")


def _scan(table: Any) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = table.scan(**start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the demo as Ctrl-C does, so that it cleans up after itself."""
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in previous:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
