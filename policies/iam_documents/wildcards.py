"""Patterns of IAM policies: ``*`` stands for any text, ``?`` for any one character.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN_FIELDS = 6
FILLER = "z"
MAXIMUM_STATES = 50_000


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern stands for the text; case counts."""
    if pattern in {"*", text}:
        return True
    return has_wildcard(pattern) and _compiled(pattern).fullmatch(text) is not None


def arn_matches(pattern: str, text: str) -> bool:
    """The same for ARNs, whose six parts are compared one by one, as ``ArnLike`` and ``ArnEquals`` do."""
    patterns, parts = pattern.split(":", ARN_FIELDS - 1), text.split(":", ARN_FIELDS - 1)
    if len(patterns) != ARN_FIELDS or len(parts) != ARN_FIELDS:
        return pattern == "*"
    return all(map(matches, patterns, parts))


@lru_cache(maxsize=4096)
def common_example(*patterns: str) -> str | None:
    """A shortest text that all the patterns stand for, or None if there is none; ARNs are compared part by part."""
    narrowing = [pattern for pattern in patterns if pattern != "*"]
    arns = [pattern.split(":", ARN_FIELDS - 1) for pattern in narrowing]
    if len(narrowing) > 1 and all(len(parts) == ARN_FIELDS and parts[0] == "arn" for parts in arns):
        examples = [_common_text(*parts) for parts in zip(*arns, strict=True)]
        return None if None in examples else ":".join(str(example) for example in examples)
    return _common_text(*narrowing)


def _common_text(*patterns: str) -> str | None:
    exact = next((pattern for pattern in patterns if not has_wildcard(pattern)), None)
    if exact is not None:
        return exact if all(matches(pattern, exact) for pattern in patterns) else None
    narrowing = [pattern for pattern in patterns if pattern.strip("*")]
    if len(narrowing) <= 1:
        return "".join(narrowing).replace("*", "").replace("?", FILLER)
    return _shortest_common_text(narrowing)


def _shortest_common_text(patterns: list[str]) -> str | None:
    """Breadth first through the positions that the patterns can have reached together."""
    alphabet = [FILLER, *sorted({character for pattern in patterns for character in pattern} - set("*?" + FILLER))]
    start = (0,) * len(patterns)
    reached = {start}
    waiting = deque([(start, "")])
    while waiting and len(reached) < MAXIMUM_STATES:
        positions, text = waiting.popleft()
        if all(set(pattern[at:]) <= {"*"} for pattern, at in zip(patterns, positions, strict=True)):
            return text
        for character in alphabet:
            for following in _step(patterns, positions, character):
                if following not in reached:
                    reached.add(following)
                    waiting.append((following, text + character))
    return None


def _step(patterns: list[str], positions: tuple[int, ...], character: str) -> Iterator[tuple[int, ...]]:
    """Every way in which all patterns read the character together."""
    choices: list[tuple[int, ...]] = [()]
    for pattern, at in zip(patterns, positions, strict=True):
        choices = [(*chosen, following) for chosen in choices for following in _positions_after(pattern, at, character)]
    yield from choices


def _positions_after(pattern: str, at: int, character: str) -> Iterator[int]:
    while at < len(pattern) and pattern[at] == "*":
        yield at
        at += 1
    if at < len(pattern) and pattern[at] in {"?", character}:
        yield at + 1


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.compile("".join(parts), re.DOTALL)
