"""How long the policy pack takes, against an empty pack of pulumi-policy and against Checkov on the same queues.

One command: ``python -m benchmarks.policy_pack_speed``. It prints a table and writes it into docs/policy-pack-speed.md.
Checkov comes from the package index into an environment of its own, made by uv and kept in the checkout's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf import empty_pb2

from tests.policies.analyzer import (
    PACK_DIRECTORY,
    UNKNOWN,
    Analyzer,
    Declared,
    analyze_request,
    arn,
    queue,
    queue_policy,
    stack_request,
)
from tests.policies.documents import allow, deny_http, document

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).resolve().parents[1]
SIZES = (10, 100, 1_000, 10_000)
CHECKOV_SIZES = (10, 100, 1_000)
CHECKOV_VERSION = "3.3.30"
RESOURCES_PER_PAIR = 5
TAGS = {"department": "inventory", "environment": "prod", "owner": "team-a"}
DOCUMENT = CHECKOUT / "docs" / "policy-pack-speed.md"
MARK = "<!-- measured -->"

# What an author of a pack gets before writing a rule: 20 resource rules and 15 stack rules that do nothing.
EMPTY_PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

def nothing(args, report_violation):
    pass

PolicyPack("empty", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    *(ResourceValidationPolicy(f"resource-{n}", "nothing", nothing) for n in range(20)),
    *(StackValidationPolicy(f"stack-{n}", "nothing", nothing) for n in range(15)),
])
"""


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one pack on one stack, without its start.

    Attributes:
        bare_calls: as many calls that do nothing as ``analyze`` has: what gRPC itself costs here.
    """

    resources: int
    analyze: float
    analyze_stack: float
    bare_calls: float

    @property
    def per_resource(self) -> float:
        return (self.analyze + self.analyze_stack) / self.resources


def pair(number: int) -> list[Declared]:
    """A queue and its dead-letter queue, each with a policy, as a first preview sees them."""
    name, dead = f"orders-{number}", f"dead-{number}"
    common = {"sqsManagedSseEnabled": True, "receiveWaitTimeSeconds": 20, "tags": TAGS}
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", dead), "maxReceiveCount": 3})
    allowance = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn("sqs", name)]})
    return [
        queue(dead, {**common, "messageRetentionSeconds": 1_209_600}),
        queue(name, {**common, "redrivePolicy": redrive}),
        queue_policy(
            name, document(allow(Resource=arn("sqs", name)), deny_http(Resource=arn("sqs", name))), f"p-{name}"
        ),
        queue_policy(dead, document(deny_http(Resource=arn("sqs", dead))), f"p-{dead}"),
        Declared(
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
            f"allow-{number}",
            {"queueUrl": UNKNOWN, "redriveAllowPolicy": allowance},
            {"queueUrl": [dead]},
        ),
    ]


def stack(resources: int) -> list[Declared]:
    """That many resources, in such pairs."""
    return [each for number in range(resources // RESOURCES_PER_PAIR) for each in pair(number)]


def milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1_000


def start_milliseconds(directory: Path, rounds: int = 5) -> float:
    """Median time from starting the process to its answering."""

    def start() -> None:
        analyzer = Analyzer(directory)
        analyzer.info()
        started.append(analyzer)

    started: list[Analyzer] = []
    times = sorted(milliseconds(start) for _ in range(rounds))
    for analyzer in started:
        analyzer.stop()
    return times[rounds // 2]


def time_pack(directory: Path, resources: int) -> Timing:
    """One run of the engine's calls over gRPC: each resource, then the stack."""
    declared = stack(resources)
    requests, whole = [analyze_request(each) for each in declared], stack_request(declared)
    analyzer = Analyzer(directory)
    try:
        alone = milliseconds(lambda: [analyzer.stub.Analyze(request) for request in requests])
        together = milliseconds(lambda: analyzer.stub.AnalyzeStack(whole))
        nothing = empty_pb2.Empty()
        bare = milliseconds(lambda: [analyzer.stub.GetPluginInfo(nothing) for _ in requests])
    finally:
        analyzer.stop()
    return Timing(len(declared), alone, together, bare)


def terraform(queues: int) -> str:
    """The same pairs as Terraform, for Checkov."""
    blocks = []
    for number in range(queues // 2):
        name, dead = f"orders-{number}", f"dead-{number}"
        policy, dead_policy = (document(deny_http(Resource=arn("sqs", each))) for each in (name, dead))
        redrive = json.dumps({"deadLetterTargetArn": arn("sqs", dead), "maxReceiveCount": 3})
        tags = "{ " + ", ".join(f'{key} = "{value}"' for key, value in TAGS.items()) + " }"
        for each, more in ((dead, ""), (name, f"  redrive_policy = {json.dumps(redrive)}\n")):
            body = f'  name = "{each}"\n  sqs_managed_sse_enabled = true\n  tags = {tags}\n{more}'
            blocks.append(f'resource "aws_sqs_queue" "{each}" {{\n{body}}}\n')
        for each, text in ((dead, dead_policy), (name, policy)):
            body = f"  queue_url = aws_sqs_queue.{each}.id\n  policy = {json.dumps(text)}\n"
            blocks.append(f'resource "aws_sqs_queue_policy" "{each}" {{\n{body}}}\n')
    return "\n".join(blocks)


def checkov_command() -> Path:
    """Checkov in an environment of its own; installed on first use."""
    folder = CHECKOUT / ".cache" / f"checkov-{CHECKOV_VERSION}"
    command = folder / "bin" / "checkov"
    if not command.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        python = folder / "bin" / "python"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, f"checkov=={CHECKOV_VERSION}"], check=True)
    return command


def checkov_milliseconds(command: Path, queues: int) -> float:
    """A whole run of Checkov, start included, as in a pipeline."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_text(terraform(queues), encoding="utf-8")
        what = [str(command), "-d", folder, "--framework", "terraform", "--skip-download"]
        how = ["--compact", "--quiet", "--soft-fail"]
        environment = os.environ | {"BC_SKIP_MAPPING": "TRUE"}  # no requests to the vendor
        return milliseconds(lambda: subprocess.run([*what, *how], env=environment, check=True, capture_output=True))


def pack_milliseconds(queues: int) -> float:
    """A whole run of this pack on the same queues, start included."""
    timing = time_pack(PACK_DIRECTORY, queues * RESOURCES_PER_PAIR // 2)
    return start_milliseconds(PACK_DIRECTORY, 3) + timing.analyze + timing.analyze_stack


def measure(*, with_checkov: bool) -> str:
    """Run everything and return the report."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder)
        (empty / "__main__.py").write_text(EMPTY_PACK, encoding="utf-8")
        lines = [
            f"Measured {date.today():%Y-%m-%d}: {machine}, load average {os.getloadavg()[0]:.1f} at the start.",  # noqa: DTZ011
            "",
            f"Start, to the first answer: this pack {start_milliseconds(PACK_DIRECTORY):,.0f} ms, empty pack {start_milliseconds(empty):,.0f} ms.",
            "",
            "Milliseconds a resource, alone (one call each) and as a stack (one call for all):",
            "",
            "| resources | a call that does nothing | this pack | of it alone | of it as a stack | empty pack | of it alone | of it as a stack |",
            "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for size in SIZES:
            ours, theirs = time_pack(PACK_DIRECTORY, size), time_pack(empty, size)
            cells = [ours.bare_calls / size]
            for timing in (ours, theirs):
                cells += [timing.per_resource, timing.analyze / size, timing.analyze_stack / size]
            lines.append(f"| {size:,} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    if with_checkov:
        lines += [
            "",
            "| queues, with policies | this pack, s, start included | Checkov, s, start included |",
            "| ---: | ---: | ---: |",
        ]
        command = checkov_command()
        checkov_milliseconds(command, CHECKOV_SIZES[0])  # the first run compiles Checkov's own files
        for queues in CHECKOV_SIZES:
            pack, checkov = pack_milliseconds(queues), checkov_milliseconds(command, queues)
            lines.append(f"| {queues:,} | {pack / 1_000:.2f} | {checkov / 1_000:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the report behind the mark in the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-checkov", action="store_true", help="only this pack and the empty one")
    parser.add_argument("--keep-document", action="store_true", help="print only")
    options = parser.parse_args()
    report = measure(with_checkov=not options.without_checkov)
    print(report)
    if not options.keep_document:
        head, _, _ = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
        DOCUMENT.write_text(f"{head}{MARK}\n\n{report}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
