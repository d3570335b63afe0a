"""Every queue has a dead-letter queue of its own type, and a message gets there after at least two receives.

A queue is itself a dead-letter queue, and needs none, if a redrive policy, a redrive-allow policy or a failure
destination makes it one; its name does not.

Why: without one, a message that cannot be processed comes back until it expires and is lost; with ``maxReceiveCount``
1, a poll of Lambda that is throttled or times out already counts, and healthy messages end up there.

Mend: name a dead-letter queue and 2 or more receives::

    aws.sqs.Queue("orders", redrive_policy=dead_letters.arn.apply(
        lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})))

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossguard.rule import Severity, StackRule, Undecided, Violation
from crossguard.values import UNKNOWN
from references import Arn
from rules.numbers import whole_number

from .defaults import is_fifo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossguard.resources import Resource
    from crossguard.rule import Config, Finding
    from stack_graph import Redrive, StackGraph

FIFO_SUFFIX = ".fifo"


def check(graph: StackGraph, config: Config) -> Iterator[Finding]:
    """Yield queues without a dead-letter queue, and redrive policies that are wrong."""
    for queue in graph.queues:
        redrives = graph.redrives_by_source.get(queue, [])
        if not redrives:
            yield from _without(graph, queue)
        for redrive in redrives:
            if redrive.source.undecided:
                yield Undecided(redrive.attachment.holder, "queueUrl", f"whether queue '{queue.name}' has this policy")
            else:
                yield from _count(graph, redrive, queue, config)
                yield from _target(redrive, queue)
        yield from _loop(graph, queue)


def _without(graph: StackGraph, queue: Resource) -> Iterator[Finding]:
    if queue in graph.dead_letter_queues:
        return
    if queue in graph.possible_dead_letter_queues:
        yield Undecided(queue, "redrivePolicy", "whether this is a dead-letter queue, which needs none itself")
    else:
        yield Violation(queue, "redrivePolicy", "the queue has no redrive policy, and is no dead-letter queue itself")


def _count(graph: StackGraph, redrive: Redrive, queue: Resource, config: Config) -> Iterator[Finding]:
    holder, name = redrive.attachment.holder, redrive.attachment.property
    if redrive.fault:
        yield Violation(holder, name, f"the redrive policy is malformed: {redrive.fault}")
        return
    count, place = whole_number(redrive.max_receive_count), f"{name}.maxReceiveCount"
    if redrive.max_receive_count is UNKNOWN:
        yield Undecided(holder, place, "how often a message is received before it is moved")
    elif not isinstance(count, int):
        yield Violation(holder, place, f"is {_shown(redrive.max_receive_count)}, not a whole number")
    elif count < config["minimumReceiveCount"]:
        consumed = queue in graph.consumptions_by_queue
        reason = "; a throttled or timed-out poll of its Lambda consumer counts as a receive" if consumed else ""
        yield Violation(holder, place, f"is {count}, less than {config['minimumReceiveCount']:g}{reason}")
    elif count > config["maximumReceiveCount"]:
        problem = (
            f"is {count}, more than {config['maximumReceiveCount']:g}: a message that nobody can process comes back"
        )
        yield Violation(holder, place, f"{problem} all that time")


def _target(redrive: Redrive, queue: Resource) -> Iterator[Finding]:
    holder, place = redrive.attachment.holder, f"{redrive.attachment.property}.deadLetterTargetArn"
    target = redrive.target
    if redrive.fault:
        return
    if target.undecided:
        yield Undecided(holder, place, "which queue takes the messages")
    elif target.value is None:
        yield Violation(holder, place, "is missing")
    elif target.resource is not None:
        if target.resource == queue:
            yield Violation(holder, place, "is the queue itself")
        yield from _same_kind(holder, place, queue, is_fifo(target.resource))
    else:
        yield from _outside(holder, place, queue, target.value)


def _outside(holder: Resource, place: str, queue: Resource, value: Any) -> Iterator[Finding]:
    arn, own = Arn.parse(value), Arn.parse(queue.attribute("arn"))
    if arn is None or arn.service != "sqs":
        yield Violation(holder, place, f"is {value!r}, which is not the ARN of a queue")
    elif own and (arn.account, arn.region) != (own.account, own.region):
        yield Violation(holder, place, f"is {value}, in another account or region than the queue")
    elif own and queue.attribute("name") == arn.resource:
        yield Violation(holder, place, "is the queue itself")
    else:
        yield from _same_kind(holder, place, queue, arn.resource.endswith(FIFO_SUFFIX))


def _same_kind(holder: Resource, place: str, queue: Resource, target_is_fifo: Any) -> Iterator[Finding]:
    source_is_fifo = is_fifo(queue)
    if source_is_fifo is UNKNOWN or target_is_fifo is UNKNOWN:
        yield Undecided(holder, place, "whether both queues are of the same type")
    elif source_is_fifo != target_is_fifo:
        kinds = {True: "a FIFO queue", False: "a standard queue"}
        yield Violation(holder, place, f"is {kinds[target_is_fifo]}, but the source is {kinds[bool(source_is_fifo)]}")


def _loop(graph: StackGraph, queue: Resource) -> Iterator[Finding]:
    """A chain of dead-letter queues that comes back; a queue that names itself is reported elsewhere."""
    names, at = [queue.name], queue
    while len(names) <= len(graph.queues):
        targets = [
            redrive.target.resource for redrive in graph.redrives_by_source.get(at, []) if redrive.target.resource
        ]
        if not targets or targets[0] == at:
            return
        at = targets[0]
        names.append(at.name)
        if at == queue:
            yield Violation(queue, "redrivePolicy", f"the dead-letter queues form a loop: {' → '.join(names)}")
            return


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)


RULE = StackRule(
    id="sqs-dead-letter-queue",
    docstring=__doc__,
    severity=Severity.HIGH,
    framework="REL05-BP03",
    config={
        "minimumReceiveCount": {
            "type": "integer",
            "minimum": 2,
            "default": 2,
            "description": "The fewest receives before a message is moved",
        },
        "maximumReceiveCount": {
            "type": "integer",
            "maximum": 1000,
            "default": 20,
            "description": "The most receives before a message is moved",
        },
    },
    check=check,
)
