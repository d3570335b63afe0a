"""What a person reads: what is wrong, where, why it matters, how to mend it, and a link."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossguard.rule import Rule, Undecided, Violation


def violation_message(rule: Rule, violation: Violation) -> str:
    """The text of a violation."""
    documentation = rule.documentation
    return "\n".join(
        [
            documentation.requirement,
            f"{violation.resource}, property `{violation.property}`: {violation.problem}",
            f"Why: {documentation.why}",
            f"Mend: {violation.mend or documentation.mend}",
            *documentation.links,
        ]
    )


def undecided_message(rule: Rule, undecided: Undecided, *, preview: bool) -> str:
    """The text of what could not be decided."""
    where = f"{undecided.resource}, property `{undecided.property}`"
    if not undecided.at_update:
        said = [
            f"{where}: this stack does not show {undecided.reason}. Nothing is blocked by this; please look yourself."
        ]
    elif preview:
        said = [
            f"{where} is not known yet{_origin(undecided)}, so neither is {undecided.reason}.",
            "Nothing is blocked by this; it will be decided at update.",
            "To decide it at preview, build the value from names instead of ids, ARNs or URLs of new resources.",
        ]
    else:
        said = [f"{where} is not known even now, so neither is {undecided.reason}. Nothing is blocked by this."]
    return "\n".join([f"Not decided yet: {rule.documentation.requirement}", *said])


def _origin(undecided: Undecided) -> str:
    """The new resources that the property's value comes from."""
    urns = undecided.resource.property_dependencies.get(re.split(r"[.\[]", undecided.property)[0], ())
    names = ", ".join(f"'{urn.rpartition('::')[2]}'" for urn in urns)
    return f" (it comes from {names})" if names else ""


def fault_message(rule: Rule, error: Exception) -> str:
    """The text for a rule that failed itself: what it should have judged counts as violating it."""
    return "\n".join(
        [
            rule.documentation.requirement,
            f"The rule itself failed, so nothing can be said: {type(error).__name__}: {error}.",
            f"Mend: report it; until it is mended, set the level of {rule.id} to disabled in the pack's configuration:",
            indent(f'{{"{rule.id}": "disabled"}}', "    "),
        ]
    )
