"""Questions about all requests at once: is there one that gets through, and which?

A question names who may ask, what for, and what they can put into each context key (its domain). Only finitely many
values of a key can make a difference to a document: those that it mentions, texts that its patterns share, and values
that it doesn't mention. The search tries their combinations, so that an answer comes with a request that proves it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain, combinations, compress, islice, product
from math import prod
from typing import TYPE_CHECKING, Final

from .evaluation import Caller, Request, Target, any_applies, may_concern, possible_actions
from .operators import VARIABLE, moment, number
from .wildcards import common_example, has_wildcard, matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .document import Document, Statement
    from .operators import Condition, Context

MAXIMUM_CONTEXTS: Final = 5_000
MAXIMUM_SET_MEMBERS: Final = 6
UNMENTIONED: Final = ("something-else", "0", "ZZ:9")  # values that no document mentions
UNMENTIONED_CHARACTER: Final = "~"
SAME_VALUE: Final = "the-same-value"  # stands for the value of a policy variable
OUTSIDE_ADDRESSES: Final = ("203.0.113.77", "198.51.100.9", "2001:db8::9")


class Answer(Enum):
    """YES, there is such a request; NO, there is none; MAYBE, that is not known yet or too intricate to say."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Domain:
    """What a context key can be.

    Attributes:
        patterns: texts or patterns of texts.
        may_be_absent: a request may lack the key.
        never: patterns of texts that it cannot be after all.
    """

    patterns: tuple[str, ...] = ("*",)
    may_be_absent: bool = True
    never: tuple[str, ...] = ()


ANYTHING: Final = Domain()
ABSENT: Final = Domain(())


@dataclass(frozen=True)
class Requester:
    """A kind of caller, and what the context keys of its requests can be; keys that aren't named can be anything."""

    caller: Caller
    keys: Mapping[str, Domain] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """All requests of these requesters for these actions on this target.

    Attributes:
        keys: context keys, in lower case, that are the same whoever asks; ``aws:resourcetag/*`` is every key of tags.
    """

    requesters: Sequence[Requester]
    actions: Sequence[str]
    target: Target | None
    keys: Mapping[str, Domain] = field(default_factory=dict)

    def domain(self, requester: Requester, key: str) -> Domain:
        """What the key can be when this requester asks."""
        family = f"{key.partition('/')[0]}/*"
        found = (domains.get(name) for domains in (self.keys, requester.keys) for name in (key, family))
        return next((domain for domain in found if domain is not None), ANYTHING)


@dataclass(frozen=True)
class Reply:
    """The answer, with a request that proves a YES or may turn out to be one."""

    answer: Answer
    request: Request | None = None


def find_not_denied(document: Document, question: Question) -> Reply:
    """Is there a request that no Deny statement stops?"""
    reply = _search(document.denies, question, allow_needed=False)
    return Reply(Answer.MAYBE, reply.request) if document.incomplete and reply.answer is Answer.YES else reply


def find_allowed(documents: Sequence[Document], question: Question) -> Reply:
    """Is there a request that an Allow statement lets through and no Deny statement stops?

    Several documents count together, as those of one role do.
    """
    statements = [statement for document in documents for statement in document.statements]
    reply = _search(statements, question, allow_needed=True)
    return Reply(Answer.MAYBE, reply.request) if any(document.incomplete for document in documents) else reply


def _search(statements: Sequence[Statement], question: Question, *, allow_needed: bool) -> Reply:
    undecided: Request | None = None
    for requester in question.requesters:
        for request, relevant in _distinct_requests(statements, requester, question):
            reply = _search_contexts(request, _Contexts(relevant, question, requester), allow_needed=allow_needed)
            if reply.answer is Answer.YES:
                return reply
            undecided = undecided or reply.request
    return Reply(Answer.NO) if undecided is None else Reply(Answer.MAYBE, undecided)


def _distinct_requests(
    statements: Sequence[Statement], requester: Requester, question: Question
) -> Iterator[tuple[Request, list[Statement]]]:
    """One request for each set of statements that may apply: other actions with the same set make no difference."""
    concerned = [each for each in statements if may_concern(each, requester.caller, question.target)]
    actions = tuple(question.actions)
    possible = [possible_actions(statement.actions, actions) for statement in concerned]
    classes: dict[tuple[bool, ...], str] = {}
    for action in actions:
        classes.setdefault(tuple(action in each for each in possible), action)
    for chosen, action in classes.items():
        yield Request(requester.caller, action, question.target), list(compress(concerned, chosen))


def _search_contexts(request: Request, contexts: _Contexts, *, allow_needed: bool) -> Reply:
    allows = [statement for statement in contexts.statements if statement.allow]
    denies = [statement for statement in contexts.statements if not statement.allow]
    if allow_needed and not allows:
        return Reply(Answer.NO)
    undecided = None if contexts.complete else replace(request, context=contexts.constant)
    for context in contexts.all():
        candidate = replace(request, context=context)
        answer = _not(any_applies(denies, candidate))
        if allow_needed:
            answer = _and(any_applies(allows, candidate), answer)
        if answer:
            return Reply(Answer.YES, candidate)
        undecided = candidate if answer is None and undecided is None else undecided
    return Reply(Answer.NO) if undecided is None else Reply(Answer.MAYBE, undecided)


class _Contexts:
    """The contexts that make a difference to some statements.

    Attributes:
        statements: those that can apply at all, without the conditions that always hold.
        constant: values for the keys that make no difference.
        complete: whether `all` really yields all that make a difference.
    """

    def __init__(self, statements: Sequence[Statement], question: Question, requester: Requester) -> None:
        by_key: dict[str, list[Condition]] = {}
        for condition in chain.from_iterable(statement.conditions for statement in statements):
            for key in _keys(condition):
                by_key.setdefault(key, []).append(condition)
        self._choices = {
            key: list(_choices(key, conditions, question.domain(requester, key))) for key, conditions in by_key.items()
        }
        self.statements = [simple for each in statements if (simple := self._simplified(each)) is not None]
        remaining = chain.from_iterable(statement.conditions for statement in self.statements)
        self._keys = sorted({key for condition in remaining for key in _keys(condition)})
        self.constant = {
            key: choices[0]
            for key, choices in self._choices.items()
            if key not in self._keys and choices and choices[0]
        }
        count = prod(len(self._choices[key]) for key in self._keys)
        self.complete = count <= MAXIMUM_CONTEXTS and all(_is_tractable(by_key[key]) for key in self._keys)

    def all(self) -> Iterator[Context]:
        """The contexts, up to a limit."""
        combinations_ = product(*(self._choices[key] for key in self._keys))
        for combination in islice(combinations_, MAXIMUM_CONTEXTS):
            values = zip(self._keys, combination, strict=True)
            yield {**self.constant, **{key: chosen for key, chosen in values if chosen}}

    def _simplified(self, statement: Statement) -> Statement | None:
        """Without the conditions that always hold; None if one never does."""
        remaining = []
        for condition in statement.conditions:
            always = self._constant_answer(condition)
            if always is False:
                return None
            if always is not True:
                remaining.append(condition)
        return replace(statement, conditions=tuple(remaining))

    def _constant_answer(self, condition: Condition) -> bool | None:
        """What the condition says to every choice of its keys, if it always says the same."""
        keys = _keys(condition)
        if prod(len(self._choices[key]) for key in keys) > MAXIMUM_CONTEXTS:
            return None
        answers = {
            condition.holds({key: chosen for key, chosen in zip(keys, combination, strict=True) if chosen})
            for combination in product(*(self._choices[key] for key in keys))
        }
        return answers.pop() if len(answers) == 1 else None


def _keys(condition: Condition) -> list[str]:
    return list(dict.fromkeys(key for key in (condition.key, *condition.variables()) if key))


def _is_tractable(conditions: Sequence[Condition]) -> bool:
    """Texts that three or more conditions' patterns share are not looked for."""
    with_patterns = [each for each in conditions if any(has_wildcard(value) for value in _texts(each))]
    return len(with_patterns) <= 2  # noqa: PLR2004 - pairs are looked for


def _choices(key: str, conditions: Sequence[Condition], domain: Domain) -> Iterator[tuple[str, ...]]:
    """The value sets to try for a key; the empty one stands for a request without it."""
    if domain.may_be_absent:
        yield ()
    found = chain.from_iterable(_values(key, conditions, each) for each in domain.patterns)
    values = [each for each in dict.fromkeys(found) if not any(matches(never, each) for never in domain.never)]
    yield from ((value,) for value in values)
    if any(condition.operator.quantifier for condition in conditions):
        yield from combinations(values[:MAXIMUM_SET_MEMBERS], 2)


def _values(key: str, conditions: Sequence[Condition], pattern: str) -> Iterator[str]:
    """Single values within ``pattern`` that may make a difference."""
    if not has_wildcard(pattern):
        yield pattern
        return
    for filler in UNMENTIONED:
        yield pattern.replace("*", filler).replace("?", filler[0])
    mentioned = list(dict.fromkeys(chain.from_iterable(_mentioned(key, condition) for condition in conditions)))
    for text, is_pattern in mentioned:
        if not is_pattern:
            yield from (text,) if matches(pattern, text) else ()
        else:
            yield from _examples((text,), pattern)
    wild = [text for text, is_pattern in mentioned if is_pattern and has_wildcard(text)]
    for pair in combinations(wild, 2):
        yield from _examples(pair, pattern)


def _examples(patterns: tuple[str, ...], within: str) -> Iterator[str]:
    """Texts that all the patterns stand for: a shortest one, and ones that no other condition can mean by name.

    The shortest may be the very text that another condition excepts, as ``b`` is for ``StringLike *b`` beside
    ``StringNotEquals b``.
    """
    is_arn = all(each.startswith("arn:") for each in patterns)
    gap = f"arn:*:*:*:*:*{UNMENTIONED_CHARACTER}*" if is_arn else f"*{UNMENTIONED_CHARACTER}*"
    other = tuple(each.replace("?", UNMENTIONED_CHARACTER) for each in patterns)
    for candidates in ((*patterns, within), (*patterns, gap, within), (*other, within)):
        example = common_example(*candidates)
        if example is not None and matches(within, example):
            yield example


def _mentioned(key: str, condition: Condition) -> Iterator[tuple[str, bool]]:
    """Texts around which the condition changes its mind, and whether they are patterns."""
    if condition.key != key:  # the key is a variable in the values of this condition
        yield SAME_VALUE, False
        return
    name = condition.operator.name
    for value in _texts(condition):
        text = VARIABLE.sub(SAME_VALUE, value) if condition.with_variables else value
        if name == "Bool":
            yield from (("true", False), ("false", False))
        elif name.startswith(("Numeric", "Date")):
            at = number(text) if name.startswith("Numeric") else moment(text)
            yield from () if at is None else ((f"{at + step:.17g}", False) for step in (-1, 0, 1))
        elif name in {"IpAddress", "NotIpAddress"}:
            yield from ((address, False) for address in _addresses(text))
        elif name != "Null":
            yield text, name.startswith("Arn") or name.endswith("Like")


def _addresses(network: str) -> Iterator[str]:
    yield from OUTSIDE_ADDRESSES
    try:
        yield str(ipaddress.ip_network(network, strict=False).network_address)
    except ValueError:
        return


def _texts(condition: Condition) -> list[str]:
    return [value for value in condition.values if isinstance(value, str)]


def _not(answer: bool | None) -> bool | None:  # noqa: FBT001 - a logical value
    return None if answer is None else not answer


def _and(first: bool | None, second: bool | None) -> bool | None:  # noqa: FBT001 - logical values
    if first is False or second is False:
        return False
    return None if first is None or second is None else True
