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
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, NoReturn

from tests.journey.world import ACCOUNTS
from tests.torture import table
from tests.torture.processes import SETTINGS

if TYPE_CHECKING:
    from tests.torture.bench import Findings

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


#: What can be run in a shop that runs already: nothing is copied, nothing taken away.
ANYWHERE = ("stones", "clicks")


class TimeOver(BaseException):
    """The whole run took longer than it may."""


def main(arguments: list[str] | None = None) -> int:
    """Run what was named, or all; 1 when a figure is missed or a control shows nothing."""
    parser = _parser()
    given = parser.parse_args(arguments)
    known = ANYWHERE if given.url else SCENARIOS
    if unknown := set(given.names) - set(known):
        parser.error(f"no scenario here is named {', '.join(sorted(unknown))}")
    if given.url and not (given.stripe and given.database_url):
        parser.error("a running shop is also known by --stripe and --database-url")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()
    signal.signal(signal.SIGALRM, _time_over)
    signal.alarm(int(given.minutes * 60))
    begun, rows = time.monotonic(), list[table.Row]()
    try:
        with _bench(given) as bench:
            for name in known:
                if not given.names or name in given.names:
                    rows += _run(import_module(f"tests.torture.{name}"), bench, given)
    except TimeOver as over:
        seconds = time.monotonic() - begun
        rows.append(
            table.Row("all", "", given.seed, "ended in time", "yes", str(over), False, seconds)
        )
    print(table.text(rows))
    if given.json:
        table.write(rows, given.json)
    return 0 if rows and all(row.ok for row in rows) else 1


@contextmanager
def _bench(given: argparse.Namespace) -> Iterator[Findings]:
    from tests.torture.bench import Bench
    from tests.torture.remote import Remote, Running

    if not given.url:
        with Bench() as bench:
            yield bench
        return
    there = Running(given.url, given.stripe, given.database_url, given.accounts, given.audit)
    yield Remote(there)


def _run(module: ModuleType, bench: Findings, given: argparse.Namespace) -> list[table.Row]:
    """A scenario and its control; whatever they meet is a row that failed, and the next goes on."""
    rows: list[table.Row] = []
    steps = [module.run] if given.no_control or given.url else [module.run, module.control]
    for step in steps:
        begun = time.monotonic()
        print(f"{module.NAME}: {step.__name__} …", file=sys.stderr, flush=True)
        try:
            found = step(bench, scale=given.scale, seed=given.seed)
        except Exception as problem:  # noqa: BLE001  # one scenario's trouble ends no other
            traceback.print_exc()
            seconds = time.monotonic() - begun
            said = f"{type(problem).__name__}: {problem}"[:120]
            figure = f"{step.__name__} ended by itself"
            found = table.Row(
                module.NAME, bench.host, given.seed, figure, "no", said, False, seconds
            )
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
    parser.add_argument("--minutes", type=float, default=240.0, help="the run ends after so many")
    parser.add_argument("--no-control", action="store_true", help="leave the controls out")
    there = parser.add_argument_group("a shop that runs already, such as a real Saleor")
    there.add_argument("--url", action="append", help="a web process' GraphQL (once for each)")
    there.add_argument("--stripe", help="the payment provider's stand-in")
    there.add_argument("--database-url", help="its database")
    there.add_argument("--accounts", type=Path, default=ACCOUNTS, help="JSON file of log-ins")
    there.add_argument("--audit", default="", help="the command that runs its bespoke_audit")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
