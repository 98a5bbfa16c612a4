"""Fifty clicks at once on every button of one payment: one order, one charge, one start."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.journey.storefront import GATEWAY
from tests.torture import shop as shops
from tests.torture.bench import Bench, Findings
from tests.torture.processes import WITHOUT_ROW_LOCKS
from tests.torture.remote import Remote
from tests.torture.shop import PRICE_MINOR, Buyer, Shop
from tests.torture.slow import SlowRoad
from tests.torture.table import Row

NAME = "clicks"
CLICKS, PAYMENTS, CONTROL_PAYMENTS = 50, 6, 6
#: How long each request to the provider takes, and how long all may settle afterwards.
SLOW, PATIENCE = 0.25, 60.0
UNGUARD = (
    "DROP INDEX bespoke_payment_live_once",
    "ALTER TABLE saleor_bespoke_timelineevent DROP CONSTRAINT bespoke_timeline_sequence",
)
#: Of one commission: sums paid, orders, starts, and payments that took or may take money.
FACTS = """
    SELECT (SELECT count(*) FROM saleor_bespoke_payable
             WHERE project_id = project.id AND status = 'PAID'),
           (SELECT count(*) FROM saleor_bespoke_timelineevent
             WHERE project_id = project.id AND kind = 'PayablePaid'),
           (SELECT count(*) FROM saleor_bespoke_promise
             WHERE project_id = project.id AND step = 'CAD'),
           (SELECT count(*) FROM saleor_bespoke_payment AS payment
              JOIN saleor_bespoke_attempt AS attempt ON attempt.id = payment.attempt_id
              JOIN saleor_bespoke_payable AS payable ON payable.id = attempt.payable_id
             WHERE payable.project_id = project.id
               AND payment.status IN ('OPEN', 'SUCCEEDED')),
           stage
      FROM saleor_bespoke_bespokeproject AS project WHERE id::text = %s
"""


@dataclass
class Seen:
    """What fifty clicks on each button came to."""

    orders: set[str] = field(default_factory=set)
    charges: int = 0
    refunds: int = 0
    kept: int = 0
    paid: int = 0
    starts: int = 0
    live: int = 0
    stage: str = ""

    @property
    def made(self) -> int:
        """How many orders there are, by what tabs were answered and by what was settled."""
        return max(len(self.orders), self.paid)

    @property
    def right(self) -> bool:
        """One order, one charge that stays, one start."""
        return (
            self.made, self.charges, self.refunds, self.kept, self.paid, self.starts,
            self.live, self.stage,
        ) == (1, 1, 0, PRICE_MINOR, 1, 1, 1, "DESIGN")  # fmt: skip


def run(bench: Bench | Remote, *, scale: float, seed: int) -> list[Row]:
    """Half of the payments button after button, half with every tab on its own way."""
    begun = time.monotonic()
    clicks, payments = max(4, round(CLICKS * scale)), max(2, round(PAYMENTS * scale))
    with _ready(bench, payments, seed) as (shop, buyers):
        before = bench.deadlocks(shop.database)
        seen = [
            _clicked(bench, shop, buyer, clicks, random.Random(seed + number), tabs=number % 2 > 0)
            for number, buyer in enumerate(buyers)
        ]
        deadlocks = bench.deadlocks(shop.database) - before
        violations = bench.audit(shop.database)
    away = "" if isinstance(bench, Remote) else f", provider {SLOW} s away"
    unanswered = sum(not found.orders for found in seen)
    title = f"{clicks} clicks on each button, {payments} payments{away}: "

    def row(figure: str, wanted: object, measured: object) -> Row:
        return bench.row(NAME, seed, title + figure, wanted=wanted, measured=measured, since=begun)

    return [
        row("orders a payment", [1], sorted({found.made for found in seen})),
        row("charges a payment", [1], sorted({found.charges for found in seen})),
        row("refunds", 0, sum(found.refunds for found in seen)),
        row("starts a payment", [1], sorted({found.starts for found in seen})),
        row(
            f"payments with all of it right ({unanswered} with no tab answered, their orders made "
            "by the worker)",
            payments,
            sum(found.right for found in seen),
        ),
        row("deadlocks", 0, deadlocks),
        row("audit", "clean", "; ".join(violations)[:300] or "clean"),
    ]  # fmt: skip


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """Without its indexes and row locks four clicks charge one sum twice."""
    begun = time.monotonic()
    sums, chance = max(2, round(CONTROL_PAYMENTS * min(1.0, scale))), random.Random(seed)
    with opened(bench, sums, unguarded=True) as (shop, buyers):
        seen = [
            _clicked(bench, shop, buyer, 4, chance, tabs=True, alone=True, settle=False)
            for buyer in buyers
        ]
    twice = sum(found.charges > 1 for found in seen)
    return bench.row(
        NAME, seed, "control: sums charged twice by four clicks, without indexes and row locks",
        wanted=f"≥ {sums // 2} of {sums}", measured=f"{twice} of {sums}", ok=twice >= sums // 2,
        since=begun,
    )  # fmt: skip


@contextmanager
def _ready(bench: Bench | Remote, payments: int, seed: int) -> Iterator[tuple[Shop, list[Buyer]]]:
    """Checkouts that are filled in, in a shop of our own or in one that runs already."""
    if isinstance(bench, Remote):
        with bench.shop() as shop:
            yield shop, prepared(shop, payments, mark=f"K{seed}-{uuid4().hex[:6]}")
        return
    with opened(bench, payments) as found:
        yield found


@contextmanager
def opened(
    bench: Bench, payments: int, *, unguarded: bool = False
) -> Iterator[tuple[Shop, list[Buyer]]]:
    """A running shop with so many filled-in checkouts, the provider slow to answer."""
    database, provider = bench.database(), bench.provider()
    road = SlowRoad(provider.url, SLOW)
    try:
        place = bench.place(
            database, provider=road.url, hooks=(WITHOUT_ROW_LOCKS,) if unguarded else ()
        )
        with (
            bench.running(place, provider=provider, threads=16) as webs,
            Shop([web.graphql for web in webs], provider, database) as shop,
        ):
            buyers = prepared(shop, payments)
            if unguarded:
                bench.execute(database, *UNGUARD)
            yield shop, buyers
    finally:
        road.close()
        provider.stop()
        bench.drop(database)


def prepared(shop: Shop, payments: int, mark: str = "K") -> list[Buyer]:
    """So many buyers with a checkout that is filled in."""
    form, metal = shops.intake_form(shop), shops.gold(shop, f"AU-{mark}")
    buyers = []
    for number in range(payments):
        lines = shops.ring_lines(shops.stone(shop, f"D-{mark}-{number}"), metal)
        buyers.append(shops.quoted(shop, number, form, lines))
        shops.accepted(shop, number, buyers[-1])
    return buyers


def _clicked(
    bench: Findings,
    shop: Shop,
    buyer: Buyer,
    clicks: int,
    chance: random.Random,
    *,
    tabs: bool,
    alone: bool = False,
    settle: bool = True,
) -> Seen:
    """All clicks on one payment, and what is left of them when everything has settled.

    With `tabs` each goes its own way from button to button; `alone` no two repeat one request.
    """
    orders: set[str] = set()
    tries = [
        Try(shop, buyer, number, same_key=not alone and chance.randrange(3) > 0)
        for number in range(clicks)
    ]
    if tabs:
        _at_once([lambda t=t: t.all(orders) for t in tries])
    else:
        for button in (Try.begin, Try.confirm, Try.go_on):
            _at_once([lambda t=t, button=button: button(t) for t in tries])
        _at_once([lambda t=t: t.complete(orders) for t in tries])
    end = time.monotonic() + (PATIENCE if settle else 0.0)
    found = _facts(bench, shop, buyer, tries, orders)
    while not found.right and time.monotonic() < end:
        time.sleep(1)
        found = _facts(bench, shop, buyer, tries, orders)
    return found


@dataclass
class Try:
    """One of the clicks: a tab of the storefront, on one of the shop's processes."""

    shop: Shop
    buyer: Buyer
    place: int
    same_key: bool
    transaction: str = ""
    secret: str = ""

    def send(self, document: str, **variables: Any) -> Any:
        """The payload of a host's operation, or nothing where it was refused altogether."""
        body = self.shop.api(self.place).send(document, None, **variables)
        return (body.get("data") or {}).get(document) or {}

    def begin(self) -> None:
        """Open the payment form; two of three tabs repeat the same request."""
        key = f"click-{self.buyer.project_pk}" + ("" if self.same_key else f"-{self.place}")
        answer = self.send("transactionInitialize", id=self.buyer.checkout, gateway=GATEWAY,
                           idempotencyKey=key)  # fmt: skip
        self.transaction = (answer.get("transaction") or {}).get("id", "")
        intent = (answer.get("data") or {}).get("paymentIntent") or {}
        self.secret = intent.get("stripeClientSecret") or ""

    def confirm(self) -> None:
        """Give the card, if the form could open."""
        if self.secret:
            self.shop.browser().confirm(self.secret, self.buyer.key, payment_method=shops.VISA)

    def go_on(self) -> None:
        """Tell the shop to look."""
        if self.transaction:
            self.send("transactionProcess", id=self.transaction)

    def complete(self, orders: set[str]) -> None:
        """Buy."""
        order = self.send("checkoutComplete", id=self.buyer.checkout).get("order")
        if order:
            orders.add(order["id"])

    def all(self, orders: set[str]) -> None:
        """One button after the other, without regard to other tabs."""
        self.begin()
        self.confirm()
        self.go_on()
        self.complete(orders)


def _at_once(acts: list[Callable[[], None]]) -> None:
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], None]) -> None:
        gate.wait(60)
        act()

    shops.together([lambda act=act: one(act) for act in acts], len(acts))


def _facts(bench: Findings, shop: Shop, buyer: Buyer, tries: list[Try], orders: set[str]) -> Seen:
    intents = {item.secret.split("_secret_")[0] for item in tries if item.secret}
    charges = [
        row for row in shop.books.all("charges") if row["paid"] and row["payment_intent"] in intents
    ]
    refunds = Counter(row["payment_intent"] for row in shop.books.all("refunds"))
    kept = shop.books.received()
    paid, starts, promises, live, stage = bench.rows(shop.database, FACTS, buyer.project_pk)[0]
    return Seen(
        orders=set(orders),
        charges=len(charges),
        refunds=sum(refunds[intent] for intent in intents),
        kept=sum(kept[intent] for intent in intents),
        paid=paid,
        starts=max(starts, promises),
        live=live,
        stage=stage,
    )
