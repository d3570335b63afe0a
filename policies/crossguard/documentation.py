"""A rule's docstring is its documentation: requirement, reason, mend and links, in one place beside the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

_SECTION = re.compile(r"^(Why|Mend): ?", re.MULTILINE)
_LINK = re.compile(r"^https://\S+$", re.MULTILINE)


@dataclass(frozen=True)
class Documentation:
    """The parts of a rule's docstring.

    Attributes:
        requirement: the first paragraph, one sentence: what must be so.
        why: what goes wrong otherwise.
        mend: how to put it right, with a snippet.
        links: pages of AWS or Pulumi on the practice; at least one.
        notes: everything else, such as what the rule takes into account; may be "".
    """

    requirement: str
    why: str
    mend: str
    links: tuple[str, ...]
    notes: str

    @staticmethod
    def of(docstring: str | None) -> Documentation:
        """Read a docstring of this form.

        The requirement, in one paragraph; more paragraphs of notes if need be; a paragraph that starts with
        ``Why:``; one that starts with ``Mend:``, followed by an indented snippet; links, a line each.

        Raises:
            ValueError: a part is missing.
        """
        text = dedent(docstring or "").strip().replace("``", "`")
        links = tuple(_LINK.findall(text))
        head, *sections = _SECTION.split(_LINK.sub("", text))
        bodies = {name: body.strip("\n").rstrip() for name, body in zip(sections[::2], sections[1::2], strict=True)}
        requirement, _, notes = head.strip().partition("\n\n")
        if not (requirement and bodies.get("Why") and bodies.get("Mend") and links):
            raise ValueError(f"a rule's docstring needs a requirement, 'Why:', 'Mend:' and a link: {docstring!r}")
        return Documentation(
            _one_line(requirement),
            _one_line(bodies["Why"]),
            bodies["Mend"].replace("::\n", ":\n"),
            links,
            notes.strip(),
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
