"""What the command prints: results on standard output, everything said on the way on standard error."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console


class UserError(Exception):
    """Something that the user can mend; the message says what and how. The command exits with 1."""


@dataclass(frozen=True)
class Terminal:
    """Colours and progress only where a person looks: rich leaves both out when the stream is not a terminal."""

    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))

    def say(self, text: str) -> None:
        self.err.print(text, markup=False)

    def step(self, title: str) -> None:
        self.err.print()
        self.err.print(f"▶ {title}", style="bold cyan", markup=False)

    def done(self, text: str) -> None:
        self.err.print(f"✔ {text}", style="green", markup=False)

    def error(self, text: str) -> None:
        self.err.print(f"error: {text}", style="bold red", markup=False)

    @staticmethod
    def json(value: Any) -> None:
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
