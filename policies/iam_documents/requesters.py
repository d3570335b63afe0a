"""Who may come: everybody, strangers, and other people's resources behind an AWS service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .evaluation import Caller, account_of
from .questions import ABSENT, Domain, Requester
from .wildcards import ARN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .document import Document

STRANGER_ACCOUNT: Final = "999999999999"
STRANGER_ROLE: Final = f"arn:aws:iam::{STRANGER_ACCOUNT}:role/stranger"
SOMEONE_ELSES: Final = "*someone-elses*"  # a name that its owner can choose, but not one that somebody else has
SOMEONE_ELSES_PATHS: Final = "o-someone-elses/*"
UNNAMED_SERVICE: Final = "any-service.amazonaws.com"

# Keys that AWS sets from who or what really asks. All others (addresses, tags, user agents) count as the caller's choice.
_NOT_BEHIND_A_SERVICE: Final[Mapping[str, Domain]] = dict.fromkeys(
    ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"), ABSENT
)
_NETWORK: Final[Mapping[str, Domain]] = {
    "aws:sourcevpce": Domain((f"vpce-{SOMEONE_ELSES}",)),
    "aws:sourcevpc": Domain((f"vpc-{SOMEONE_ELSES}",)),
    "aws:sourcevpcarn": Domain((f"arn:*:ec2:*:{STRANGER_ACCOUNT}:*",)),
    "aws:vpceaccount": Domain((STRANGER_ACCOUNT,)),
    "aws:vpceorgid": Domain((f"o-{SOMEONE_ELSES}",)),
    "aws:vpceorgpaths": Domain((SOMEONE_ELSES_PATHS,)),
}
_STRANGER_KEYS: Final[Mapping[str, Domain]] = {
    "aws:principalaccount": Domain((STRANGER_ACCOUNT,), may_be_absent=False),
    "aws:principalarn": Domain((f"arn:*:*::{STRANGER_ACCOUNT}:*",), may_be_absent=False),
    "aws:principalorgid": Domain((f"o-{SOMEONE_ELSES}",)),
    "aws:principalorgpaths": Domain((SOMEONE_ELSES_PATHS,)),
    "aws:userid": Domain((f"A{SOMEONE_ELSES}",), may_be_absent=False),
    "kms:calleraccount": Domain((STRANGER_ACCOUNT,), may_be_absent=False),
}
_NO_PRINCIPAL: Final[Mapping[str, Domain]] = dict.fromkeys(
    (*_STRANGER_KEYS, "aws:username", "aws:principaltype", "aws:principalisawsservice"), ABSENT
)
_SOMEONE_ELSES_RESOURCE: Final[Mapping[str, Domain]] = {
    # The ARNs of buckets have no account, so a pattern such as arn:aws:s3:*:*:uploads names one bucket only.
    "aws:sourcearn": Domain(
        (f"arn:*:*:*:{STRANGER_ACCOUNT}:*", f"arn:*:s3:::{SOMEONE_ELSES}"), never=(f"arn:*:s3:*:{STRANGER_ACCOUNT}:*",)
    ),
    "aws:sourceaccount": Domain((STRANGER_ACCOUNT,)),
    "aws:sourceorgid": Domain((f"o-{SOMEONE_ELSES}",)),
    "aws:sourceorgpaths": Domain((SOMEONE_ELSES_PATHS,)),
}

ANONYMOUS: Final = Requester(Caller("Anonymous"), {**_NO_PRINCIPAL, **_NOT_BEHIND_A_SERVICE, **_NETWORK})
STRANGER: Final = Requester(
    Caller("AWS", STRANGER_ROLE, STRANGER_ACCOUNT), {**_STRANGER_KEYS, **_NOT_BEHIND_A_SERVICE, **_NETWORK}
)


def someone_elses_resource_behind(service: str) -> Requester:
    """A service such as ``s3.amazonaws.com`` that acts for a resource in a stranger's account."""
    return Requester(Caller("Service", service), {**_NO_PRINCIPAL, **_SOMEONE_ELSES_RESOURCE, **_NETWORK})


STRANGERS: Final = (ANONYMOUS, STRANGER, someone_elses_resource_behind(UNNAMED_SERVICE))


def everybody(document: Document) -> Iterator[Requester]:
    """Every caller that makes a difference to the document, free to set every context key."""
    yield Requester(Caller("Anonymous"))
    yield Requester(STRANGER.caller)
    yield Requester(Caller("Service", UNNAMED_SERVICE))
    for caller in mentioned_callers([document]):
        yield Requester(caller)


def mentioned_callers(documents: Iterable[Document]) -> Iterator[Caller]:
    """The callers that the documents' statements name, each once; an account stands for an unnamed role of it."""
    seen = set()
    for document in documents:
        for statement in document.statements:
            for kind, identifier in statement.principals.members if statement.principals else ():
                if isinstance(identifier, str) and identifier != "*" and (kind, identifier) not in seen:
                    seen.add((kind, identifier))
                    yield _caller(kind, identifier)


def _caller(kind: str, identifier: str) -> Caller:
    if kind != "AWS":
        return Caller(kind, identifier)
    whole_account = account_of(identifier)
    if whole_account:
        return Caller(kind, f"arn:aws:iam::{whole_account}:role/any-role", whole_account)
    parts = identifier.split(":")
    return Caller(kind, identifier, parts[4] if len(parts) >= ARN_FIELDS else "")


def strangers_of(caller: Caller) -> Requester:
    """A caller of another account that a document names, with what AWS says of it."""
    keys = dict(STRANGER.keys)
    keys["aws:principalaccount"] = keys["kms:calleraccount"] = Domain((caller.account,), may_be_absent=False)
    keys["aws:principalarn"] = Domain((caller.identifier,), may_be_absent=False)
    return Requester(caller, keys)


HOLDER: Final = Requester(Caller("AWS", "the policy's holder"))  # whoever an identity policy is attached to
