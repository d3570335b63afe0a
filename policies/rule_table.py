"""Writes docs/policies.md from the rules: ``python policies/rule_table.py > docs/policies.md``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crossguard.rule import Rule

INTRODUCTION = """\
# The policy pack

<!-- Written by `python policies/rule_table.py > docs/policies.md` from the rules' docstrings; change them there. -->

`policies/` is a Pulumi policy pack (CrossGuard) for Amazon SQS and the pipeline around it. It knows resource types and
properties, nothing of this project's components, so it can be pointed at any Pulumi program:

    pulumi preview --policy-pack path/to/policies
    pulumi preview --policy-pack path/to/policies --policy-pack-config policy-config.json
    pulumi policy analyze --policy-pack path/to/policies --stack prod    # a stack that is already deployed

A rule says one of three things of a resource: nothing (the requirement holds, or does not apply), a **violation**, or
**not decided yet**. The last is for values that nobody knows before the update, such as the ARN of a new queue. It is
shown as an advisory that names the property and what hangs on it, never blocks, and is decided at the update. Relations
between new resources are found through Pulumi's property dependencies, so that most rules decide at the first preview.

Rules on single resources judge before a resource is made or changed. Rules on how resources belong together judge when
the engine shows the whole stack, at the end of a preview or an update: keep the preview that `pulumi up` makes first.

Policy documents are judged by what they mean: the pack looks for a request that gets through, and shows it.

## Configuration

Levels are `mandatory` (stops the deployment), `advisory`, `remediate` (mends, where the table says that a rule can) and
`disabled`. A configuration names rules; what it does not name keeps its default
([policy-config.sample.json](../policies/policy-config.sample.json)):
"""


def rule_table() -> str:
    """The text of docs/policies.md: how to use the pack, a table of its rules, and a section on each.

    Needs neither the provider's package nor an engine; puts the pack's folder on the import path, as the engine does.
    """
    folder = str(Path(__file__).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from rules import RULES  # noqa: PLC0415 - only importable once the folder is on the path

    sample = (Path(__file__).parent / "policy-config.sample.json").read_text(encoding="utf-8")
    return "\n".join(
        [INTRODUCTION, _indented(sample.rstrip()), "", "## Rules", "", *_table(RULES), *_sections(RULES), ""]
    )


def _table(rules: Sequence[Rule]) -> Iterator[str]:
    yield "| rule | requirement | level | severity | practice |"
    yield "| --- | --- | --- | --- | --- |"
    for rule in rules:
        level = f"{rule.level.value}, can remediate" if getattr(rule, "remediate", None) else rule.level.value
        requirement = rule.documentation.requirement.replace("|", "\\|")
        yield f"| [{rule.id}](#{rule.id}) | {requirement} | {level} | {rule.severity.value} | {rule.framework} |"


def _sections(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        documentation = rule.documentation
        yield from ("", f"### {rule.id}", "", documentation.requirement)
        if documentation.notes:
            yield from ("", documentation.notes)
        yield from ("", f"**Why:** {documentation.why}", "", f"**Mend:** {documentation.mend}")
        if rule.config:
            yield from ("", "**Configuration:**", "")
            yield from (_property(name, schema) for name, schema in rule.config.items())
        yield from ("", *(f"<{link}>" for link in documentation.links))


def _property(name: str, schema: Any) -> str:
    return f"- `{name}` ({schema['type']}, default `{json.dumps(schema['default'])}`): {schema['description']}."


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.stdout.write(rule_table())
