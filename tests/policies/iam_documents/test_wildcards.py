"""Patterns and what they share."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iam_documents.wildcards import arn_matches, common_example, matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("sqs:*", "sqs:sendmessage", True),
        ("sqs:Send?essage", "sqs:SendMessage", True),
        ("sqs:*", "sns:publish", False),
        ("orders", "my-orders", False),
        ("*orders", "my-orders", True),
        ("a.c", "abc", False),
        ("a*\n", "ab\n", True),
    ],
)
def test_pattern_stands_for_text(pattern: str, text: str, expected: bool) -> None:  # noqa: FBT001
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("arn:aws:sqs:*:111122223333:*", "arn:aws:sqs:eu-west-1:111122223333:orders", True),
        ("arn:aws:sqs:*:111122223333:*", "arn:aws:sqs:eu-west-1:999999999999:111122223333:x", False),
        ("arn:aws:s3:::b*", "arn:aws:s3:::bucket", True),
        ("*", "arn:aws:s3:::bucket", True),
        ("arn:*", "arn:aws:s3:::bucket", False),
    ],
)
def test_arns_are_compared_part_by_part(pattern: str, text: str, expected: bool) -> None:  # noqa: FBT001
    assert arn_matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("patterns", "shared"),
    [
        (("abc", "a*"), "abc"),
        (("abc", "b*"), None),
        (("a*", "*b"), "ab"),
        (("*x*", "ab?d"), "abxd"),
        (("arn:aws:sns:*:111122223333:*", "arn:*:*:*:999999999999:*"), None),
        (("arn:aws:s3:::my-*", "arn:*:s3:::*someone-elses*"), "arn:aws:s3:::my-someone-elses"),
        (("*", "*"), ""),
    ],
)
def test_what_patterns_share(patterns: tuple[str, ...], shared: str | None) -> None:
    assert common_example(*patterns) == shared


PATTERNS = st.text(alphabet="ab*?", max_size=6)


@settings(deadline=None)
@given(PATTERNS, PATTERNS)
def test_an_example_is_one_of_both_patterns(first: str, second: str) -> None:
    example = common_example(first, second)
    if example is not None:
        assert matches(first, example)
        assert matches(second, example)


@settings(deadline=None)
@given(PATTERNS, PATTERNS, st.text(alphabet="ab", max_size=6))
def test_no_example_means_that_no_text_matches_both(first: str, second: str, text: str) -> None:
    if common_example(first, second) is None:
        assert not (matches(first, text) and matches(second, text))


@settings(deadline=None)
@given(PATTERNS, st.text(alphabet="ab\n", max_size=6))
def test_patterns_mean_what_their_regular_expressions_mean(pattern: str, text: str) -> None:
    expression = re.escape(pattern).replace(r"\*", "[^$]*").replace(r"\?", "[^$]")
    assert matches(pattern, text) is (re.fullmatch(expression, text) is not None)
