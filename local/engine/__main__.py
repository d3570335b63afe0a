"""``python -m local.engine``: find or build the Pulumi engine, and say which one is used."""

from __future__ import annotations

import sys

from local.engine.finder import EngineNotFoundError, find_engine


def main() -> int:
    try:
        engine = find_engine(say=lambda line: print(line, file=sys.stderr, flush=True))
    except EngineNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Pulumi engine {engine.version}, {engine.origin}: {engine.command}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
