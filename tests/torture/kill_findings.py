"""What is true after the last kill: by raw rows, the provider's books and the mail server."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from tests.torture.bench import Bench
from tests.torture.shop import Buyer, Shop

#: By commission: starts, orders, refunds asked for, minor units refunded, flags, locks, places.
FACTS = """
    SELECT project.id::text,
      (SELECT count(*) FROM saleor_bespoke_timelineevent AS event
        WHERE event.project_id = project.id AND event.kind = 'StageMoved'
          AND event.payload ->> 'target' = 'DESIGN'),
      (SELECT count(*) FROM bespoke_embedded_order AS orders
         JOIN saleor_bespoke_attempt AS attempt ON attempt.checkout_id = orders.checkout_token::text
         JOIN saleor_bespoke_payable AS payable ON payable.id = attempt.payable_id
        WHERE payable.project_id = project.id),
      (SELECT count(*) FROM saleor_bespoke_refund AS refund
         JOIN saleor_bespoke_payable AS payable ON payable.id = refund.payable_id
        WHERE payable.project_id = project.id),
      (SELECT coalesce(sum(refund.amount * 100), 0)::bigint FROM saleor_bespoke_refund AS refund
         JOIN saleor_bespoke_payable AS payable ON payable.id = refund.payable_id
        WHERE payable.project_id = project.id AND refund.status = 'SUCCEEDED'),
      (SELECT count(*) FROM saleor_bespoke_attention AS flag
        WHERE flag.project_id = project.id AND flag.resolved_at IS NULL),
      (SELECT count(*) FROM saleor_bespoke_holding AS holding WHERE holding.project_id = project.id
          AND holding.state = 'LOCKED'),
      (SELECT count(*) FROM saleor_bespoke_slotbooking AS slot WHERE slot.project_id = project.id
          AND slot.state = 'BOOKED'),
      project.stage
    FROM saleor_bespoke_bespokeproject AS project WHERE project.id::text = ANY(%s)
"""
#: Effects that are not done, and reports of the provider that nobody has worked off.
OWED = """
    SELECT (SELECT count(*) FROM saleor_bespoke_delivery
             WHERE done_at IS NULL AND given_up_at IS NULL)
         + (SELECT count(*) FROM saleor_bespoke_providerevent WHERE processed_at IS NULL)
"""
GIVEN_UP = "SELECT count(*) FROM saleor_bespoke_delivery WHERE given_up_at IS NOT NULL"
LETTERS = """
    SELECT delivery.id::text, event.kind, delivery.done_at IS NOT NULL
      FROM saleor_bespoke_delivery AS delivery
      JOIN saleor_bespoke_timelineevent AS event ON event.id = delivery.event_id
     WHERE delivery.handler = 'letter_send' AND event.shared
"""


@dataclass
class Books:
    """What the provider knows of one payment."""

    charges: int = 0
    received: int = 0
    refunds: int = 0
    refunded: int = 0


@dataclass
class Findings:
    """All commissions of whom something was charged, judged."""

    charged: int = 0
    started: int = 0
    returned: int = 0
    flagged: int = 0
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    owed: int = 0
    given_up: int = 0

    @property
    def settled(self) -> bool:
        """Whether every charge has found its end, and nothing is left to be done."""
        return not self.lost and not self.owed


def judged(bench: Bench, shop: Shop, buyers: Iterable[Buyer]) -> Findings:
    """Look at every commission that was charged, from outside of the shop."""
    paid = {buyer.project_pk: buyer for buyer in buyers}
    found = Findings(charged=len(paid))
    books = _books(shop)
    for pk, *facts in bench.rows(shop.database, FACTS, list(paid)):
        _judge(found, pk, facts, books[paid[pk].intent])
    found.owed = bench.rows(shop.database, OWED)[0][0]
    found.given_up = bench.rows(shop.database, GIVEN_UP)[0][0]
    return found


def _books(shop: Shop) -> defaultdict[str, Books]:
    books: defaultdict[str, Books] = defaultdict(Books)
    for charge in shop.books.all("charges"):
        if charge["paid"]:
            entry = books[charge["payment_intent"]]
            entry.charges += 1
            entry.received += int(charge["amount_captured"])
    for refund in shop.books.all("refunds"):
        if refund["status"] in ("succeeded", "pending"):
            entry = books[refund["payment_intent"]]
            entry.refunds += 1
            entry.refunded += int(refund["amount"])
    return books


def _judge(found: Findings, pk: str, facts: list[Any], book: Books) -> None:
    starts, orders, refunds, settled, flags, locks, places, stage = facts
    kept = book.received - book.refunded
    if starts > 1 or orders > 1 or book.charges > 1 or book.refunds > refunds or locks > 2:
        found.double.append(
            f"{pk}: {starts} starts, {orders} orders, {book.charges} charges, "
            f"{book.refunds} refunds of {refunds}, {locks} locks"
        )
    in_work = stage == "DESIGN" and locks == 2 and places == 1
    left = stage == "CANCELLED" and not locks and not places
    booked = orders == 1 and book.refunds == refunds and book.refunded == settled
    if starts == 1 and booked and ((in_work and not book.refunded) or (left and book.refunded)):
        found.started += 1
    elif starts == 0 and booked and kept == 0 and not locks and not places:
        found.returned += 1
    elif flags:
        found.flagged += 1
    else:
        found.lost.append(
            f"{pk}: {stage}, {starts} starts, {orders} orders, {kept} kept, "
            f"{book.refunds} refunds of {refunds}, {locks} locks, {places} places"
        )


def settled(
    bench: Bench, shop: Shop, buyers: Iterable[Buyer], seconds: float
) -> tuple[Findings, float]:
    """Wait until all is settled, but not longer; what was found, and after how many seconds."""
    begun = time.monotonic()
    buyers = list(buyers)
    while True:
        found = judged(bench, shop, buyers)
        took = time.monotonic() - begun
        if found.settled or took > seconds:
            return found, took
        time.sleep(0.5)


@dataclass
class Post:
    """The letters of this shop: how many there are, copies beyond the first, and what is wrong."""

    letters: int = 0
    again: int = 0
    missing: int = 0
    changed: int = 0


def posted(bench: Bench, shop: Shop, letters: list[EmailMessage]) -> Post:
    """Compare what the mail server took with what was owed: each at least once, under one id."""
    copies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for letter in letters:
        copies[str(letter["Message-ID"])][f"{letter['To']}|{letter['Subject']}"] += 1
    found = Post()
    for key, _kind, done in bench.rows(shop.database, LETTERS):
        texts = copies.get(f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}.bespoke@localhost>")
        if texts is None:
            found.missing += done
            continue
        found.letters += 1
        found.again += sum(texts.values()) - 1
        found.changed += len(texts) > 1
    return found
