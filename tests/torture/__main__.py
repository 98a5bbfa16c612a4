"""`python -m tests.torture [names…]`: run the scenarios and their controls, print one table.

A scenario is a module here with `NAME`, `run(bench, *, scale, seed)` and `control(…)`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, ModuleType
from typing import NoReturn

from tests.torture import table
from tests.torture.processes import SETTINGS

#: In the order in which they run.
SCENARIOS = (
    "stones",
    "acceptances",
    "clicks",
    "kills",
    "events",
    "machine",
    "races",
    "cost",
)
SEED = 20_26


class TimeOver(Exception):
    """The whole run took longer than it may."""


def main(arguments: list[str] | None = None) -> int:
    """Run what was named, or all; 1 when a figure is missed or a control shows nothing."""
    parser = _parser()
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no scenario is named {', '.join(sorted(unknown))}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()
    from tests.torture.bench import Bench

    signal.signal(signal.SIGALRM, _time_over)
    signal.alarm(int(given.minutes * 60))
    rows: list[table.Row] = []
    with Bench() as bench:
        for module in _chosen(given.names):
            rows += _run(module, bench, given)
    print(table.text(rows))
    if given.json:
        table.write(rows, given.json)
    return 0 if rows and all(row.ok for row in rows) else 1


def _chosen(names: list[str]) -> list[ModuleType]:
    wanted = [name for name in SCENARIOS if not names or name in names]
    return [
        import_module(f"tests.torture.{name}")
        for name in wanted
        if find_spec(f"tests.torture.{name}")
    ]


def _run(module: ModuleType, bench: object, given: argparse.Namespace) -> list[table.Row]:
    """A scenario and its control; whatever they meet is a row that failed, and the next goes on."""
    rows: list[table.Row] = []
    steps = [module.run] + ([module.control] if not given.no_control else [])
    for step in steps:
        begun = time.monotonic()
        print(f"{module.NAME}: {step.__name__} …", file=sys.stderr, flush=True)
        try:
            found = step(bench, scale=given.scale, seed=given.seed)
        except Exception as problem:  # noqa: BLE001  # one scenario's trouble ends no other
            traceback.print_exc()
            host = str(getattr(bench, "host", ""))
            seconds = time.monotonic() - begun
            said = f"{type(problem).__name__}: {problem}"[:120]
            figure = f"{step.__name__} ended by itself"
            found = table.Row(module.NAME, host, given.seed, figure, "no", said, False, seconds)
        rows += found if isinstance(found, list) else [found]
        for row in rows[-len(found) if isinstance(found, list) else -1 :]:
            print(f"  {'ok' if row.ok else 'FAILED'}  {row.figure}: {row.measured}",
                  file=sys.stderr, flush=True)  # fmt: skip
    return rows


def _time_over(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TimeOver("The time of this run is over (--minutes).")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(SCENARIOS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the whole load")
    parser.add_argument("--seed", type=int, default=SEED, help="repeats a run")
    parser.add_argument("--minutes", type=float, default=90.0, help="the run ends after so many")
    parser.add_argument("--no-control", action="store_true", help="leave the controls out")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
