"""Random walks of two commissions through everything that can happen to them, each step audited.

The walks are those of `tests/contracts/test_machine.py`: services, flows, host, provider and clock.
Here they begin in states that were built once and stored, so that all their steps are walking.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

from tests.torture.bench import Bench
from tests.torture.table import Row

NAME = "machine"
WALKS = 2_000
STEPS = 50
PROCESSES = 2
#: In how many walks a control must show what is missing.
SOON = 12
#: How many stages the first commission may begin in, and the second.
BEGINNINGS = tuple(product(range(8), range(3)))
WALK_SECONDS = 3600.0
#: Some walks end early, where their choices repeat another walk's; others are walked in their
#: place, in so many rounds at most, each with a seed so far from the one before.
ROUNDS = 6
NEXT_ROUND = 1_000_000
#: The walks make the shop that they know.
BARE = "TRUNCATE bespoke_embedded_channel CASCADE"


@dataclass
class Walked:
    """How far walks went; `failure` is empty, or tells the walk that failed.

    `walks` are those of full length; `audits` counts what differed from what was just audited: a
    step may change nothing.
    """

    walks: int = 0
    steps: int = 0
    audits: int = 0
    refused: int = 0
    failure: str = ""


def run(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """Walk on two processes; every walk ends two months later with nothing left in the air."""
    since = time.monotonic()
    wanted = max(1, round(WALKS * scale))
    found = _walks(bench, wanted, seed)
    failures = [walked.failure for walked in found if walked.failure]
    for failure in failures:
        print(failure)  # the walk, step by step
    walks, steps = sum(each.walks for each in found), sum(each.steps for each in found)
    refused = sum(each.refused for each in found)
    audits = sum(each.audits for each in found)
    return [
        bench.row(
            NAME, seed, f"{wanted} walks of {STEPS} steps", wanted="0 violations",
            measured=f"{len(failures)} in {walks} walks, {steps} steps ({refused} refused),"
            f" {audits} audits of what they changed",
            ok=not failures and walks >= wanted, since=since,
        )
    ]  # fmt: skip


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """With the stock's guards gone a walk soon holds more than there is, and the audit says so."""
    since = time.monotonic()
    found = _walks(
        bench, SOON, seed,
        "DROP TRIGGER bespoke_holding_count ON saleor_bespoke_holding",
        "DROP INDEX bespoke_unique_stone_held_once",
    )  # fmt: skip
    failed = [walked.failure for walked in found if walked.failure]
    said = [line.strip() for line in failed[0].splitlines() if "Error" in line] if failed else []
    walks = sum(walked.walks for walked in found)
    return bench.row(
        NAME, seed, "walks without the stock's guards",
        wanted=f"a violation in {SOON} walks",
        measured=f"{len(failed)} in {walks} walks: {' '.join(said)}"[:120],
        ok=bool(failed), since=since,
    )  # fmt: skip


def _walks(bench: Bench, number: int, seed: int, *statements: str) -> list[Walked]:
    """So many walks, shared among the beginnings, each in a database of its own."""
    from tests.contracts.conftest import QUICK

    bespoke = {"CHANNELS": {"us": QUICK}, "WEBHOOK_GRACE_SECONDS": 0}
    bench.drop(bench.database())  # what all are copied from

    def walked(place: int) -> Walked:
        parts = len(BEGINNINGS)
        share = number * (place + 1) // parts - number * place // parts
        if not share:
            return Walked()
        database = bench.database()
        bench.execute(database, BARE, *statements)
        where = bench.place(database, bespoke=bespoke)
        told = bench.call(
            where, walk_from, place, share, STEPS, seed * 1000 + place, seconds=WALK_SECONDS
        )
        bench.drop(database)
        return Walked(**told)

    with ThreadPoolExecutor(PROCESSES) as lanes:
        return list(lanes.map(walked, range(len(BEGINNINGS))))


# in a process of the shop -------------------------------------------------------------------------


def walk_from(place: int, number: int, steps: int, seed: int) -> dict[str, Any]:
    """So many walks from one pair of beginnings; how far they went, as a plain dict."""
    from tests.contracts.test_machine import STARTS, Commissions

    _shop_ready()
    first, second = BEGINNINGS[place]
    machine = _standing(STARTS[first], STARTS[second])
    Commissions.taken.clear()
    Commissions.lengths.clear()
    failure = ""
    for again in range(ROUNDS):
        left = number - _whole(Commissions.lengths, steps)
        if left <= 0 or failure:
            break
        failure = _walk(machine, left, steps, seed + again * NEXT_ROUND)
    if failure:
        failure = f"From {STARTS[first]} and {STARTS[second]}, seed {seed}:\n{failure}"
    taken: Counter[str] = Commissions.taken
    lengths: Counter[int] = Commissions.lengths
    told = Walked(
        walks=_whole(lengths, steps),
        steps=sum(length * walks for length, walks in lengths.items()),
        audits=taken["audits"],
        refused=taken["refused"],
        failure=failure,
    )
    return asdict(told)


def _whole(lengths: Counter[int], steps: int) -> int:
    """How many walks went all the way."""
    return sum(walks for length, walks in lengths.items() if length >= steps)


def _shop_ready() -> None:
    from django.conf import settings

    from saleor_bespoke import conf
    from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
    from tests.contracts.test_machine import Commissions
    from tests.torture.provider import KEYS

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Commissions.provider = FakeStripe.start(port=0, keys=KEYS)
    settings.BESPOKE["STRIPE"]["API_BASE"] = Commissions.provider.url
    conf.policies_forget()


def _standing(first: Any, second: Any) -> Any:
    """The machine with both commissions already there: brought there once, and stored."""
    from tests.contracts.test_machine import Commissions

    built = Commissions()
    built.begin(first, second)
    built.outer.__exit__(None, None, None)
    built.clock.stop()

    class Standing(Commissions):
        begin = None  # type: ignore[assignment]  # they stand there

        def furnish(self) -> None:
            self.staff, self.spare = built.staff, built.spare
            self.walks = {
                name: replace(walk, told=list(walk.told), materials=dict(walk.materials))
                for name, walk in built.walks.items()
            }

    return Standing


def _walk(machine: Any, number: int, steps: int, seed: int) -> str:
    """Walk; the steps of the walk that failed and how it did, or nothing."""
    import traceback

    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    settings = hypothesis.settings(
        max_examples=number + 1,  # the first one is always the dullest
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate,),
    )
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=settings)
    except Exception as problem:  # noqa: BLE001  # told with the walk that led to it
        steps_told = "\n".join(getattr(problem, "__notes__", ()))
        return f"{steps_told}\n{''.join(traceback.format_exception(problem))}"
    return ""
