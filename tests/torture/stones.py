"""Two hundred buyers for twenty stones: all are charged, twenty are locked, the others refunded.

Every stone is wanted by ten. Each accepted it in turn after the hold of the one before had lapsed,
and each has an open payment at the provider. Then all confirm at about the same moment.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import requests

from tests.torture import shop as shops
from tests.torture.bench import Bench, Findings
from tests.torture.processes import WITHOUT_ROW_LOCKS
from tests.torture.remote import Remote
from tests.torture.shop import PRICE_MINOR, Buyer, Shop, together
from tests.torture.table import Row

NAME = "stones"
STONES, RIVALS, SEEDS = 20, 10, 20
CONTROL_STONES, CONTROL_RUNS, CONTROL_WANTED = 3, 10, 9
#: Within so many seconds a charge is locked for work or refunded; buyers arrive within the other.
PATIENCE, RUSH = 60.0, 8.0
LAPSE = (
    "UPDATE saleor_bespoke_holding SET state = 'EXPIRED', changed_at = now() "
    "WHERE state = 'HELD' AND project_id = '{}'"
)
GUARDS = (
    "DROP INDEX bespoke_unique_stone_held_once",
    "ALTER TABLE saleor_bespoke_material DROP CONSTRAINT bespoke_material_enough",
)
#: By commission: how many live claims on unique stones, is it in work, is it flagged.
STATES = """
    SELECT project.id::text,
           (SELECT count(*) FROM saleor_bespoke_holding AS holding
             WHERE holding.project_id = project.id AND holding.exclusive
               AND holding.state IN ('LOCKED', 'CONSUMED')),
           project.stage = 'DESIGN',
           EXISTS (SELECT 1 FROM saleor_bespoke_attention AS flag
                    WHERE flag.project_id = project.id AND flag.resolved_at IS NULL)
      FROM saleor_bespoke_bespokeproject AS project
     WHERE project.id::text = ANY(%s)
"""
#: How often each of the stones that these commissions want is claimed.
CLAIMS = """
    SELECT material_id::text, count(*) FILTER (WHERE state IN ('HELD', 'LOCKED', 'CONSUMED'))
      FROM saleor_bespoke_holding
     WHERE exclusive AND project_id::text = ANY(%s)
     GROUP BY material_id
"""


@dataclass
class Storm:
    """What one run of the race left."""

    locked: int = 0
    refunded: int = 0
    flagged: int = 0
    slowest: float = 0.0
    double: int = 0
    lost: int = 0
    deadlocks: int = 0
    kept: int = 0
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def summary(self) -> str:
        """One line for whoever watches."""
        return (
            f"{self.locked} locked, {self.refunded} refunded, {self.flagged} flagged, "
            f"{self.double} double, {self.lost} lost, {self.deadlocks} deadlocks, "
            f"{self.slowest:.1f} s, {len(self.violations)} violations, {dict(self.answers)} "
            f"{self.errors[:2]}"
        )


@dataclass
class Stage:
    """A furnished shop that is copied for every run."""

    database: str
    memory: Path
    buyers: list[Buyer]


def run(bench: Bench | Remote, *, scale: float, seed: int) -> list[Row]:
    """All seeds; one row a figure over all of them."""
    begun = time.monotonic()
    stones, seeds = max(1, round(STONES * scale)), max(1, round(SEEDS * scale))
    storms = []
    for number in range(seed, seed + seeds):
        with _race(bench, stones, number) as (shop, buyers):
            storms.append(storm(bench, shop, buyers, random.Random(number)))
        bench.say(f"seed {number}: {storms[-1].summary}")
    return _rows(bench, storms, stones, seed, begun)


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """Without the unique index, the check and row locks a stone is sold twice."""
    begun = time.monotonic()
    runs = max(1, round(CONTROL_RUNS * min(1.0, scale * 10)))
    wanted = -(-runs * CONTROL_WANTED // CONTROL_RUNS)
    stones = min(CONTROL_STONES, max(1, round(STONES * scale)))
    stage = bench.kept(f"{NAME} {stones}", lambda: furnished(bench, stones))
    sold_twice = 0
    for number in range(seed, seed + runs):
        with opened(bench, stage, number, unguarded=True) as (shop, buyers):
            rush(shop, buyers, random.Random(number), faithful=True)
            claims = bench.rows(shop.database, CLAIMS, [buyer.project_pk for buyer in buyers])
            sold_twice += any(count > 1 for _, count in claims)
    figure = "control: runs with a stone sold twice, without index, check and row locks"
    return bench.row(
        NAME, seed, figure, wanted=f"≥ {wanted} of {runs}", measured=f"{sold_twice} of {runs}",
        ok=sold_twice >= wanted, since=begun,
    )  # fmt: skip


def _rows(bench: Findings, storms: list[Storm], stones: int, seed: int, begun: float) -> list[Row]:
    count, buyers = len(storms), stones * RIVALS
    title = f"{buyers} buyers, {stones} stones, {count} seeds: "

    def row(figure: str, wanted: object, measured: object, ok: bool | None = None) -> Row:
        return bench.row(NAME, seed, title + figure, wanted=wanted, measured=measured, ok=ok,
                         since=begun)  # fmt: skip

    locked = sorted({found.locked for found in storms})
    back = sorted({found.refunded + found.flagged for found in storms})
    flagged = sum(found.flagged for found in storms)
    kept = sorted({found.kept for found in storms})
    slowest = max(found.slowest for found in storms)
    violations = [text for found in storms for text in found.violations]
    rows = [
        row("locks a run", [stones], locked),
        row("refunded (or flagged) a run", [buyers - stones], back),
        row("flagged without refund, all runs", "any", flagged, ok=True),
        row("seconds to the last lock or refund", f"≤ {PATIENCE:.0f}", f"{slowest:.1f}",
            ok=slowest <= PATIENCE),
        row("kept at the provider, prices", [stones], kept),
        row("double", 0, sum(found.double for found in storms)),
        row("lost", 0, sum(found.lost for found in storms)),
        row("deadlocks", 0, sum(found.deadlocks for found in storms)),
        row("audit", "clean", "; ".join(violations)[:300] or "clean"),
    ]  # fmt: skip
    if isinstance(bench, Bench):  # only there are the logs ours to read
        rows.append(row("errors in the logs", 0, sum(len(found.errors) for found in storms)))
    return rows


@contextmanager
def _race(bench: Bench | Remote, stones: int, seed: int) -> Iterator[tuple[Shop, list[Buyer]]]:
    """All is ready: in a copy of a shop furnished once, or in a shop that runs already."""
    if isinstance(bench, Remote):
        with bench.shop() as shop:
            buyers = prepared(bench, shop, stones, mark=f"T{seed}-{uuid4().hex[:6]}")
            _quiet(bench, shop)
            yield shop, buyers
        return
    stage = bench.kept(f"{NAME} {stones}", lambda: furnished(bench, stones))
    with opened(bench, stage, seed) as found:
        yield found


# the stage ----------------------------------------------------------------------------------------


@contextmanager
def opened(
    bench: Bench,
    stage: Stage,
    seed: int,
    *,
    unguarded: bool = False,
    settings: Mapping[str, Any] = MappingProxyType({}),
    interval_max: float = math.inf,
) -> Iterator[tuple[Shop, list[Buyer]]]:
    """A running copy of a furnished shop in which all buyers are about to confirm."""
    database = bench.database(stage.database)
    memory = bench.folder / f"stones-{seed}.json"
    memory.write_bytes(stage.memory.read_bytes())
    provider = bench.provider(state=memory)
    try:
        if unguarded:
            bench.execute(database, *GUARDS)
        place = bench.place(
            database,
            provider=provider.url,
            bespoke=dict(settings),
            hooks=(WITHOUT_ROW_LOCKS,) if unguarded else (),
        )
        with (
            bench.running(place, provider=provider, interval_max=interval_max) as webs,
            Shop([web.graphql for web in webs], provider, database) as shop,
        ):
            yield shop, stage.buyers
    finally:
        provider.stop()
        bench.drop(database)


def furnished(bench: Bench, stones: int, rivals: int = RIVALS) -> Stage:
    """Make the stage once: over HTTP, with the worker doing what is owed until nothing is."""
    database, provider = bench.database(), bench.provider()
    place = bench.place(database, provider=provider.url)
    with (
        bench.running(place, provider=provider, interval_max=0.5) as webs,
        Shop([web.graphql for web in webs], provider, database) as shop,
    ):
        buyers = prepared(bench, shop, stones, rivals)
        _quiet(bench, shop)
    memory = bench.folder / f"stones-{stones}-{rivals}.json"
    provider.save(memory)
    provider.stop()
    return Stage(database, memory, buyers)


def prepared(
    bench: Findings, shop: Shop, stones: int, rivals: int = RIVALS, mark: str = "T"
) -> list[Buyer]:
    """So many buyers for each of these new stones, each with an open payment and a lapsed hold."""
    form = shops.intake_form(shop)
    metal = shops.gold(shop, f"AU-{mark}")

    def group(number: int) -> list[Buyer]:
        lines = shops.ring_lines(shops.stone(shop, f"D-{mark}-{number}"), metal)
        found = [shops.quoted(shop, number, form, lines) for _ in range(rivals)]
        for buyer in found:
            buyer.stone = number
            shops.accepted(shop, number, buyer)
            shops.begun(shop, number, buyer)
            bench.execute(shop.database, LAPSE.format(buyer.project_pk))
        return found

    groups = together([lambda number=number: group(number) for number in range(stones)], 4)
    return [buyer for group in groups for buyer in group]


def _quiet(bench: Findings, shop: Shop, seconds: float = 120.0) -> None:
    """Wait until nothing is owed and every report of the provider has been worked off."""
    owed = """
        SELECT (SELECT count(*) FROM saleor_bespoke_delivery
                 WHERE done_at IS NULL AND given_up_at IS NULL AND due_at <= now())
             + (SELECT count(*) FROM saleor_bespoke_providerevent WHERE processed_at IS NULL)
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        shop.books.lever("webhooks/settle", timeout=30)
        if bench.rows(shop.database, owed)[0][0] == 0:
            return
        time.sleep(0.5)
    raise TimeoutError(f"The furnished shop still owes something after {seconds} s.")


# the race -----------------------------------------------------------------------------------------


def storm(bench: Bench | Remote, shop: Shop, buyers: list[Buyer], chance: random.Random) -> Storm:
    """All buyers confirm; wait for their money's fate and look at it from outside."""
    found = Storm()
    before, logged = bench.deadlocks(shop.database), len(bench.errors())
    charged = rush(shop, buyers, chance, answers=found.answers)
    fates = _fates(bench, shop, buyers, charged)
    _judge(bench, shop, buyers, fates, charged, found)
    found.deadlocks = bench.deadlocks(shop.database) - before
    found.violations = bench.audit(shop.database)
    found.errors = bench.errors()[logged:]
    return found


def rush(
    shop: Shop,
    buyers: list[Buyer],
    chance: random.Random,
    *,
    faithful: bool = False,
    answers: Counter[str] | None = None,
) -> dict[str, float]:
    """Everybody pays at about the same moment; when each commission was charged.

    Of ten buyers three never come back from the provider, two click twice at once, one only looks
    whether it was paid, and four do as they should; with `faithful` all do.
    """
    charged: dict[str, float] = {}
    plans = [
        (buyer, place, chance.uniform(0, RUSH * len(buyers) / 200),
         "return" if faithful else chance.choice(("gone",) * 3 + ("twice",) * 2 + ("look",)
                                                 + ("return",) * 4))
        for place, buyer in enumerate(chance.sample(buyers, len(buyers)))
    ]  # fmt: skip
    gate = threading.Barrier(len(plans))

    def one(buyer: Buyer, place: int, pause: float, plan: str) -> None:
        gate.wait(60)
        time.sleep(pause)
        said = shops.confirmed(shop, buyer)
        if said.get("status") != "succeeded":
            raise AssertionError(f"The provider did not charge: {said}")
        charged[buyer.project_pk] = time.monotonic()
        if plan == "gone":
            return
        with suppress(requests.RequestException):  # then the provider's report must do
            shop.api(place).send("transactionProcess", None, id=buyer.transaction)
        if plan == "look":
            return
        clicks = [
            lambda n=n: _complete(shop, place + n, buyer) for n in range(1 + (plan == "twice"))
        ]
        for answer in together(clicks, len(clicks)):
            if answers is not None:
                answers[answer] += 1

    together([lambda plan=plan: one(*plan) for plan in plans], len(plans))
    return charged


def _complete(shop: Shop, place: int, buyer: Buyer) -> str:
    """Click "buy"; ORDER, or how it was refused, or that the browser gave up waiting."""
    try:
        body = shop.api(place).send("checkoutComplete", None, id=buyer.checkout)
    except requests.RequestException as problem:
        return f"no answer: {type(problem).__name__}"
    if body.get("errors"):
        return f"error: {body['errors'][0]['message']}"
    answer = body["data"]["checkoutComplete"]
    return "ORDER" if answer["order"] else str(answer["errors"][0]["code"])


def _fates(
    bench: Findings, shop: Shop, buyers: list[Buyer], charged: dict[str, float]
) -> dict[str, tuple[str, float]]:
    """By commission: locked, refunded or flagged, and how long after its charge."""
    fates: dict[str, tuple[str, float]] = {}
    last = max(charged.values())
    while len(fates) < len(buyers) and time.monotonic() < last + PATIENCE + 5:
        states = _states(bench, shop, buyers)
        kept = shop.books.received()
        now = time.monotonic()
        for buyer in buyers:
            locks, working, flagged = states[buyer.project_pk]
            fate = ""
            if locks and working:
                fate = "locked"
            elif kept[buyer.intent] <= 0:
                fate = "refunded"
            elif flagged and now > last + PATIENCE:
                fate = "flagged"
            if fate and buyer.project_pk not in fates:
                fates[buyer.project_pk] = fate, now - charged[buyer.project_pk]
        time.sleep(0.5)
    return fates


def _states(bench: Findings, shop: Shop, buyers: list[Buyer]) -> dict[str, tuple[int, bool, bool]]:
    rows = bench.rows(shop.database, STATES, [buyer.project_pk for buyer in buyers])
    return {pk: (locks, working, flagged) for pk, locks, working, flagged in rows}


def _judge(
    bench: Findings,
    shop: Shop,
    buyers: list[Buyer],
    fates: dict[str, tuple[str, float]],
    charged: dict[str, float],
    found: Storm,
) -> None:
    """Compare what our tables and the provider's books say, long after the last click."""
    states, kept = _states(bench, shop, buyers), shop.books.received()
    refunds = Counter(row["payment_intent"] for row in shop.books.all("refunds"))
    paid = Counter(row["payment_intent"] for row in shop.books.all("charges") if row["paid"])
    claims = bench.rows(shop.database, CLAIMS, [buyer.project_pk for buyer in buyers])
    found.double += sum(count > 1 for _, count in claims)
    for buyer in buyers:
        locks, working, flagged = states[buyer.project_pk]
        money = kept[buyer.intent]
        in_work = bool(locks and working)
        found.locked += in_work
        found.refunded += not in_work and money == 0
        found.flagged += not in_work and money > 0 and flagged
        found.lost += money not in (0, PRICE_MINOR) or (in_work != (money > 0) and not flagged)
        found.double += locks > 1 or refunds[buyer.intent] > 1 or paid[buyer.intent] > 1
    found.kept = sum(kept[buyer.intent] for buyer in buyers) // PRICE_MINOR
    now = time.monotonic()
    waits = [fates.get(pk, ("", now - at))[1] for pk, at in charged.items()]
    found.slowest = max(waits)
