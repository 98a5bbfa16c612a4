"""Five thousand races for the money of paid commissions: refund, cancel, start, ship, all at once.

Commissions stand anywhere between payment and delivery. In every race two to four of staff, host,
customer, provider and worker act on one of them at the same moment, each in a process and on a
connection of its own. A commission races until it has ended. Afterwards our ledger, the host's
books and the provider's are equal, and nobody owes back more than was captured.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.torture import commissions, racers
from tests.torture.bench import Bench, Place
from tests.torture.desks import Desk, Refused, together
from tests.torture.processes import WITHOUT_ROW_LOCKS
from tests.torture.table import Row

NAME = "races"
RACES, POOL, CONTROL = 5000, 36, 12
ACTORS = 4
#: A commission that has been raced so often is left in peace.
LIVES = 9
#: What a control loses: the sum that may be owed back, and the timeline's one order.
UNGUARD = (
    "ALTER TABLE saleor_bespoke_payable DROP CONSTRAINT bespoke_refund_within_capture",
    "ALTER TABLE saleor_bespoke_timelineevent DROP CONSTRAINT bespoke_timeline_sequence",
)


@dataclass
class Pool:
    """A furnished database, the provider's memory beside it, and its paid commissions."""

    database: str
    memory: Path
    projects: list[str]


@dataclass
class Run:
    """What all races came to."""

    races: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    unbalanced: list[str] = field(default_factory=list)
    over: int = 0
    violations: list[str] = field(default_factory=list)
    deadlocks: int = 0


def run(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """All races, in rounds over copies of one furnished database."""
    begun = time.monotonic()
    wanted, found = max(10, round(RACES * scale)), Run()
    pool = _pool(bench, scale)
    number = 0
    while found.races < wanted:
        chance = random.Random(seed + number)
        with _copied(bench, pool, seed + number) as (place, url, desks):
            _round(found, pool, desks, chance, until=wanted)
            _judge(bench, place, url, pool, found)
        number += 1
        bench.say(f"{found.races} races, {dict(found.acts.most_common(4))}")
    title = f"{found.races} races of 2–{ACTORS}: "

    def row(figure: str, wanted: object, measured: object) -> Row:
        return bench.row(NAME, seed, title + figure, wanted=wanted, measured=measured, since=begun)

    bench.say(f"ends {dict(found.stages)}; acts {dict(found.acts)}")
    for words in found.unbalanced[:5]:
        bench.say(words)
    return [
        row("commissions whose three books differ", 0, len(found.unbalanced)),
        row("sums of which more is owed back than was captured", 0, found.over),
        row("answers other than done or refused", {}, dict(found.odd)),
        row("deadlocks", 0, found.deadlocks),
        row("audit", "clean", "; ".join(sorted(set(found.violations)))[:400] or "clean"),
    ]


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """Without the constraint and row locks three refunds of 60 % at once owe back too much."""
    begun = time.monotonic()
    pool, chance = _pool(bench, scale), random.Random(seed)
    runs = min(len(pool.projects), CONTROL)
    with _copied(bench, pool, seed, hooks=(WITHOUT_ROW_LOCKS,)) as (place, _url, desks):
        bench.execute(place.database, *UNGUARD)
        for project in chance.sample(pool.projects, runs):
            together([(desk, racers.owe, (project, 60)) for desk in desks[:3]])
        over = bench.call(place, commissions.over_refunded)
    return bench.row(
        NAME, seed, "control: sums over-refunded, without the constraint and row locks",
        wanted="≥ 1", measured=f"{over} of {runs}", ok=over >= 1, since=begun,
    )  # fmt: skip


# the pool -----------------------------------------------------------------------------------------


def _pool(bench: Bench, scale: float) -> Pool:
    size = max(4, round(POOL * min(1.0, scale * 10)))
    found: Pool = bench.kept(f"{NAME} {size}", lambda: furnished(bench, size))
    return found


def furnished(bench: Bench, size: int) -> Pool:
    """So many commissions, paid, and spread over the stages from design to delivery."""
    database, provider = bench.database(), bench.provider()
    place = bench.place(database, provider=provider.url, bespoke=commissions.SETTINGS)
    try:
        projects = bench.call(place, racers.make, provider.url, size)
        memory = bench.folder / f"{NAME}-{size}.json"
        provider.save(memory)
    finally:
        provider.stop()
    return Pool(database, memory, projects)


@contextmanager
def _copied(
    bench: Bench, pool: Pool, seed: int, *, hooks: tuple[str, ...] = ()
) -> Iterator[tuple[Place, str, list[Desk]]]:
    database = bench.database(pool.database)
    memory = bench.folder / f"{NAME}-round-{seed}.json"
    memory.write_bytes(pool.memory.read_bytes())
    provider = bench.provider(state=memory)
    place = bench.place(database, provider=provider.url, bespoke=commissions.SETTINGS, hooks=hooks)
    desks: list[Desk] = []
    try:
        desks += [Desk(place) for _ in range(ACTORS)]
        yield place, provider.url, desks
    finally:
        for desk in desks:
            desk.kill()
        provider.stop()
        memory.unlink()
        bench.drop(database)


# races --------------------------------------------------------------------------------------------


def _round(found: Run, pool: Pool, desks: list[Desk], chance: random.Random, *, until: int) -> None:
    """Race all commissions of one copy, each until it has ended or was raced often enough."""
    raced = Counter[str]()
    open_ones = list(pool.projects)
    while open_ones and found.races < until:
        project = chance.choice(open_ones)
        acts = racers.drawn(chance)
        answers = together(
            [(desk, racers.act, (name, project, chance.random()))
             for desk, name in zip(desks, acts, strict=False)]
        )  # fmt: skip
        found.races += 1
        raced[project] += 1
        _count(found, acts, answers)
        if raced[project] >= LIVES or "ENDED" in answers:
            open_ones.remove(project)


def _count(found: Run, acts: list[str], answers: list[Any]) -> None:
    for name, answer in zip(acts, answers, strict=True):
        if isinstance(answer, Refused):
            found.acts[f"{name}: refused"] += 1
        elif isinstance(answer, str) and answer.startswith("ODD"):
            found.odd[f"{name}: {answer[:200]}"] += 1
        else:
            found.acts[name] += 1


def _judge(bench: Bench, place: Place, url: str, pool: Pool, found: Run) -> None:
    bench.call(place, commissions.settle, url)
    found.unbalanced += bench.call(place, commissions.unbalanced, url, pool.projects)
    found.over += bench.call(place, commissions.over_refunded)
    found.violations += bench.audit(place.database)
    found.deadlocks += bench.deadlocks(place.database)
    stages = "SELECT stage, count(*) FROM saleor_bespoke_bespokeproject GROUP BY stage"
    found.stages += Counter(dict(bench.rows(place.database, stages)))
