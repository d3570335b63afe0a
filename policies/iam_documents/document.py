"""Reads a policy document in any form that programs hand over, into statements; says where it is at fault.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from crossguard.values import UNKNOWN, Unknown
from json_values import parse_json

from .operators import STRING_EQUALS, Condition, operator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS: Final = ("2012-10-17", "2008-10-17")
DOCUMENT_KEYS: Final = frozenset({"Version", "Id", "Statement"})
STATEMENT_KEYS: Final = frozenset(
    {
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "NotResource", "Condition"),
    }
)
PRINCIPAL_KINDS: Final = ("AWS", "Service", "Federated", "CanonicalUser")

Text: TypeAlias = "str | Unknown"


class MalformedDocumentError(ValueError):
    """The document is at fault.

    Attributes:
        place: where, such as ``Statement[1].Effect``; "" for the document as a whole.
        problem: what is wrong there.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place
        self.problem = problem


@dataclass(frozen=True)
class Principals:
    """The ``Principal`` or ``NotPrincipal`` of a statement: (kind, identifier) pairs; ("AWS", "*") is everybody."""

    members: tuple[tuple[str, Text], ...]
    negated: bool = False


@dataclass(frozen=True)
class Patterns:
    """``Action`` or ``NotAction``, ``Resource`` or ``NotResource``."""

    patterns: tuple[Text, ...]
    negated: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        place: where it is, such as ``Statement[0]``.
        sid: its name, or "".
        allow: an Allow, or else a Deny.
        principals: None in policies of identities.
        actions: in lower case, because AWS compares them so.
        resources: None in trust policies, which have none.
        conditions: all must hold.
    """

    place: str
    sid: str
    allow: bool
    principals: Principals | None
    actions: Patterns
    resources: Patterns | None
    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        return f"{self.place} ({self.sid})" if self.sid else self.place


@dataclass(frozen=True)
class Document:
    """A policy document.

    Attributes:
        statements: in their order.
        incomplete: there are statements of which nothing is known yet.
    """

    statements: tuple[Statement, ...]
    incomplete: bool = False

    @property
    def allows(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if statement.allow)

    @property
    def denies(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if not statement.allow)


def parse_document(value: Any) -> Document | None:
    """Read a document given as JSON text or as an object.

    Returns:
        The document; None while nothing of it is known.

    Raises:
        MalformedDocumentError: AWS would refuse it, or not understand it as it is meant.
    """
    tree, fault = parse_json(value)
    if fault:
        raise MalformedDocumentError("", fault)
    if tree is UNKNOWN:
        return None
    if not isinstance(tree, dict):
        raise MalformedDocumentError("", f"a policy document is an object, not {_kind(tree)}")
    _only_known_keys("", tree, DOCUMENT_KEYS)
    version = tree.get("Version", VERSIONS[1])
    if version not in VERSIONS and version is not UNKNOWN:
        raise MalformedDocumentError("Version", f"{version!r} is none of {', '.join(VERSIONS)}")
    if "Statement" not in tree:
        raise MalformedDocumentError("Statement", "is missing")
    with_variables = version != VERSIONS[1]
    given = tree["Statement"]
    listed = given if isinstance(given, list) else [given]
    statements = tuple(
        _statement(f"Statement[{index}]", each, with_variables=with_variables)
        for index, each in enumerate(listed)
        if not _is_unknown(each)
    )
    return Document(statements, incomplete=len(statements) < len(listed))


def _is_unknown(statement: Any) -> bool:
    return statement is UNKNOWN or (isinstance(statement, dict) and statement.get("Effect") is UNKNOWN)


def _statement(place: str, given: Any, *, with_variables: bool) -> Statement:
    if not isinstance(given, dict):
        raise MalformedDocumentError(place, f"a statement is an object, not {_kind(given)}")
    _only_known_keys(place, given, STATEMENT_KEYS)
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedDocumentError(f"{place}.Effect", f"is {effect!r}, not 'Allow' or 'Deny'")
    actions = _patterns(place, given, "Action", lower=True)
    if actions is None:
        raise MalformedDocumentError(f"{place}.Action", "is missing")
    sid = given.get("Sid")
    return Statement(
        place=place,
        sid=sid if isinstance(sid, str) else "",
        allow=effect == "Allow",
        principals=_principals(place, given),
        actions=actions,
        resources=_patterns(place, given, "Resource"),
        conditions=tuple(_conditions(f"{place}.Condition", given.get("Condition"), with_variables=with_variables)),
    )


def _principals(place: str, given: dict[str, Any]) -> Principals | None:
    name = _one_of(place, given, "Principal")
    if name is None:
        return None
    value, members = given[name], []
    if value in ("*", UNKNOWN):
        members = [("AWS", value)]
    elif isinstance(value, dict):
        for kind, identifiers in value.items():
            if kind not in PRINCIPAL_KINDS:
                known = ", ".join(PRINCIPAL_KINDS)
                raise MalformedDocumentError(f"{place}.{name}.{kind}", f"is not a kind of principal ({known})")
            members += [(kind, each) for each in _texts(f"{place}.{name}.{kind}", identifiers)]
    else:
        raise MalformedDocumentError(f"{place}.{name}", f"is {value!r}, not '*' or an object such as {{'AWS': …}}")
    return Principals(tuple(members), negated=name.startswith("Not"))


def _patterns(place: str, given: dict[str, Any], what: str, *, lower: bool = False) -> Patterns | None:
    name = _one_of(place, given, what)
    if name is None:
        return None
    texts = _texts(f"{place}.{name}", given[name])
    if lower:
        texts = tuple(text.lower() if isinstance(text, str) else text for text in texts)
    return Patterns(texts, negated=name.startswith("Not"))


def _conditions(place: str, given: Any, *, with_variables: bool) -> Iterator[Condition]:
    if given is None:
        return
    if given is UNKNOWN:
        yield Condition(place, STRING_EQUALS, "", (UNKNOWN,), with_variables=with_variables)
        return
    if not isinstance(given, dict):
        raise MalformedDocumentError(place, f"is {_kind(given)}, not an object of operators")
    for name, tests in given.items():
        operator = operator_of(name)
        if operator is None:
            raise MalformedDocumentError(f"{place}.{name}", "is not a condition operator")
        if not isinstance(tests, dict):
            raise MalformedDocumentError(f"{place}.{name}", f"is {_kind(tests)}, not an object of condition keys")
        for key, values in tests.items():
            where = f"{place}.{name}.{key}"
            yield Condition(where, operator, key.lower(), _texts(where, values), with_variables=with_variables)


def _one_of(place: str, given: dict[str, Any], name: str) -> str | None:
    both = [each for each in (name, f"Not{name}") if each in given]
    if len(both) > 1:
        raise MalformedDocumentError(f"{place}.Not{name}", f"stands beside {name}; a statement takes one of them")
    return both[0] if both else None


def _texts(place: str, value: Any) -> tuple[Text, ...]:
    """One value or a list of them, as texts; AWS reads ``true`` and ``1`` as "true" and "1"."""
    listed = value if isinstance(value, list) else [value]
    texts: list[Text] = []
    for index, each in enumerate(listed):
        if isinstance(each, bool):
            texts.append(str(each).lower())
        elif isinstance(each, (int, float)):
            texts.append(f"{each:.17g}")
        elif isinstance(each, str) or each is UNKNOWN:
            texts.append(each)
        else:
            where = f"{place}[{index}]" if isinstance(value, list) else place
            raise MalformedDocumentError(where, f"is {_kind(each)}, not a text")
    return tuple(texts)


def _only_known_keys(place: str, given: dict[str, Any], known: frozenset[str]) -> None:
    for key in given:
        if key not in known:
            where = f"{place}.{key}" if place else key
            raise MalformedDocumentError(where, f"is not an element of policies ({', '.join(sorted(known))})")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}.get(type(value), "a number")
