"""What IAM policy documents mean: parsing, evaluation of requests, and questions about all requests at once."""

from __future__ import annotations

from .document import Document, MalformedDocumentError, Patterns, Principals, Statement, parse_document
from .evaluation import Caller, Request, Target, any_applies, applies, why_not
from .operators import Condition, Context
from .questions import ABSENT, ANYTHING, Answer, Domain, Question, Reply, Requester, find_allowed, find_not_denied
from .requesters import (
    ANONYMOUS,
    HOLDER,
    STRANGER,
    STRANGER_ACCOUNT,
    STRANGERS,
    everybody,
    mentioned_callers,
    someone_elses_resource_behind,
    strangers_of,
)
from .wildcards import common_example, matches

__all__ = [
    "ABSENT",
    "ANONYMOUS",
    "ANYTHING",
    "HOLDER",
    "STRANGER",
    "STRANGERS",
    "STRANGER_ACCOUNT",
    "Answer",
    "Caller",
    "Condition",
    "Context",
    "Document",
    "Domain",
    "MalformedDocumentError",
    "Patterns",
    "Principals",
    "Question",
    "Reply",
    "Request",
    "Requester",
    "Statement",
    "Target",
    "any_applies",
    "applies",
    "common_example",
    "everybody",
    "find_allowed",
    "find_not_denied",
    "matches",
    "mentioned_callers",
    "parse_document",
    "someone_elses_resource_behind",
    "strangers_of",
    "why_not",
]
