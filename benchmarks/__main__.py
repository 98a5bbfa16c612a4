"""`python -m benchmarks [topics…]`: measure, print one table, and end with a verdict.

A topic is a module here with `figures() -> Iterator[Figure]`. Every timing is a ratio to something
comparable in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Figure, text, verdict

TOPICS = ("corpus", "uploads", "pictures", "shapes", "documents")


def main(arguments: list[str] | None = None) -> int:
    """Measure what was named, or all; 1 when a figure is missed or a topic ended early."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("topics", nargs="*", help=f"some of: {', '.join(TOPICS)}")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--real", type=Path, help="a folder whose files are judged too")
    given = parser.parse_args(arguments)
    if unknown := set(given.topics) - set(TOPICS):
        parser.error(f"no topic is named {', '.join(sorted(unknown))}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_bespoke.plugins.embedded.settings")
    found: list[Figure] = []
    for topic in given.topics or TOPICS:
        print(f"{topic} …", file=sys.stderr, flush=True)
        found += _measured(topic)
    if given.real:
        found += _measured("real", given.real)
    print(text(found))
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in found], indent=2) + "\n")
    print(f"\n{verdict(found)}")
    return 0 if found and all(row.ok for row in found) else 1


def _measured(topic: str, *about: Path) -> list[Figure]:
    """The figures of a topic; what breaks it off is one of them, and missed."""
    found: list[Figure] = []
    try:
        found.extend(import_module(f"benchmarks.{topic}").figures(*about))
    except Exception as problem:  # noqa: BLE001  # one topic's trouble ends no other
        traceback.print_exc()
        said = f"{type(problem).__name__}: {problem}"[:120]
        found.append(Figure(topic, "measured to the end", "yes", said, ok=False))
    return found


if __name__ == "__main__":
    sys.exit(main())
