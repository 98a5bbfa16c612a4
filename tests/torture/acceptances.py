"""Five hundred acceptances at once, each of two to five materials of a few: all or nothing.

Once as customers do it, over HTTP on two web processes, and once by processes that call the flow.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from tests.journey.client import Caller
from tests.torture import shop as shops
from tests.torture.bench import Bench
from tests.torture.processes import NOWHERE
from tests.torture.provider import Books
from tests.torture.shop import Shop
from tests.torture.table import Row

NAME = "acceptances"
OFFERS, PROCESSES, FURNISHERS = 500, 24, 4
#: Eight metals of which every set takes some; together they suffice for about half of all sets.
METALS, GRAMS_EACH = 8, 5
CONTROL_OFFERS = 160
UNORDERED = ("tests.torture.acceptances:locks_in_any_order",)
#: Offers whose materials are not all held (or locked), though accepted; or held, though not.
HALVES = """
    SELECT count(*) FROM (
        SELECT project.stage,
               (SELECT count(DISTINCT line.material_id)
                  FROM saleor_bespoke_quotealternative AS design
                  JOIN saleor_bespoke_quote AS quote ON quote.id = design.quote_id
                  JOIN saleor_bespoke_quoteline AS line ON line.alternative_id = design.id
                 WHERE quote.project_id = project.id AND line.material_id IS NOT NULL) AS wanted,
               (SELECT count(*) FROM saleor_bespoke_holding AS holding
                 WHERE holding.project_id = project.id AND holding.state = 'HELD') AS held
          FROM saleor_bespoke_bespokeproject AS project) AS found
     WHERE held <> CASE WHEN stage = 'CHECKOUT' THEN wanted ELSE 0 END
"""
#: Holds without an open sum that they are held for.
ORPHANS = """
    SELECT count(*) FROM saleor_bespoke_holding AS holding
     WHERE state = 'HELD' AND NOT EXISTS (
        SELECT 1 FROM saleor_bespoke_payable AS payable
         WHERE payable.id = holding.payable_pk AND payable.status = 'OPEN'
           AND payable.project_id = holding.project_id)
"""
#: Materials whose count of what is held is not the sum of their holds, or more than there is.
SUMS = """
    SELECT count(*) FROM saleor_bespoke_material AS material
     WHERE held > on_hand OR held <> (
        SELECT coalesce(sum(quantity), 0) FROM saleor_bespoke_holding AS holding
         WHERE holding.material_id = material.id AND holding.state IN ('HELD', 'LOCKED'))
"""
ACCEPTED = "SELECT count(*) FROM saleor_bespoke_bespokeproject WHERE stage = 'CHECKOUT'"
#: What an acceptance may be answered with.
ANSWERS = {"ok", "MATERIAL_UNAVAILABLE"}


@dataclass(frozen=True)
class Offer:
    """A quote on the table, as keys and as the API names them."""

    token: str
    quote: UUID
    alternative: UUID
    terms: str
    variables: tuple[tuple[str, str], ...]


@dataclass
class Crowd:
    """What became of the offers when all were accepted at once."""

    answers: Counter[str]
    accepted: int
    halves: int
    orphans: int
    sums: int
    deadlocks: int
    violations: list[str]


def run(bench: Bench, *, scale: float, seed: int) -> list[Row]:
    """Over HTTP, then by processes, on copies of the same offers."""
    count = max(20, round(OFFERS * scale))
    rows = []
    for way, accept in (("HTTP, 2 web processes", _over_http), ("processes", _by_processes)):
        begun = time.monotonic()
        with opened(bench, count, seed) as (database, offers):
            found = _judged(bench, database, accept(bench, database, offers))
        rows += _rows(bench, f"{count} acceptances, {way}: ", found, count, seed, begun)
    return rows


def control(bench: Bench, *, scale: float, seed: int) -> Row:
    """Where materials are locked in any order, the same crowd deadlocks."""
    begun = time.monotonic()
    count = max(20, round(CONTROL_OFFERS * min(1.0, scale)))
    with opened(bench, count, seed) as (database, offers):
        bench.configure(database, "deadlock_timeout", "100ms")
        answers = _by_processes(bench, database, offers, hooks=UNORDERED)
        deadlocks = bench.deadlocks(database)
    seen = sum(number for answer, number in answers.items() if answer not in ANSWERS)
    return bench.row(
        NAME, seed, f"control: deadlocks of {count} acceptances, locks in any order",
        wanted="≥ 1", measured=f"{deadlocks} ({seen} errors)", ok=deadlocks >= 1, since=begun,
    )  # fmt: skip


def _rows(bench: Bench, title: str, found: Crowd, count: int, seed: int, begun: float) -> list[Row]:
    def row(figure: str, wanted: object, measured: object, ok: bool | None = None) -> Row:
        return bench.row(NAME, seed, title + figure, wanted=wanted, measured=measured, ok=ok,
                         since=begun)  # fmt: skip

    said = ", ".join(f"{answer} {number}" for answer, number in sorted(found.answers.items()))
    fair = (
        set(found.answers) <= ANSWERS
        and found.answers["ok"] == found.accepted
        and 0 < found.accepted < count
    )
    return [
        row("answers", "ok or MATERIAL_UNAVAILABLE", said, ok=fair),
        row("all or nothing broken", 0, found.halves),
        row("orphan holds", 0, found.orphans),
        row("materials whose held is not the sum of holds", 0, found.sums),
        row("deadlocks", 0, found.deadlocks),
        row("audit", "clean", "; ".join(found.violations)[:300] or "clean"),
    ]


def _judged(bench: Bench, database: str, answers: Counter[str]) -> Crowd:
    halves, orphans, sums, accepted = (
        bench.rows(database, query)[0][0] for query in (HALVES, ORPHANS, SUMS, ACCEPTED)
    )
    return Crowd(
        answers, accepted, halves, orphans, sums, bench.deadlocks(database), bench.audit(database)
    )


# accepting ----------------------------------------------------------------------------------------


def _over_http(bench: Bench, database: str, offers: list[Offer]) -> Counter[str]:
    """Every customer in a thread of their own, all let go at the same moment."""
    gate = threading.Barrier(len(offers))

    def accept(shop: Shop, place: int, offer: Offer) -> str:
        caller = Caller(project_token=offer.token)
        api = shop.api(place)
        gate.wait(120)
        body = api.send("bespokeQuoteAccept", caller, **dict(offer.variables))
        if body.get("errors"):
            return str(body["errors"][0]["message"])
        errors = body["data"]["bespokeQuoteAccept"]["errors"]
        return errors[0]["code"] if errors else "ok"

    with (
        bench.running(bench.place(database), workers=0) as webs,
        Shop([web.graphql for web in webs], Books(NOWHERE), database) as shop,
    ):
        acts = [partial(accept, shop, place, offer) for place, offer in enumerate(offers)]
        return Counter(shops.together(acts, len(acts)))


def _by_processes(
    bench: Bench, database: str, offers: list[Offer], hooks: tuple[str, ...] = ()
) -> Counter[str]:
    """Many processes, each accepting its share one after the other without a pause."""
    place = bench.place(database, hooks=hooks)
    shares = [offers[start::PROCESSES] for start in range(PROCESSES)]
    start = time.time() + 2.0
    children = [bench.begin(place, accept_all, share, start) for share in shares if share]
    answers: Counter[str] = Counter()
    try:
        for child in children:
            answers.update(child.receive(300.0))
    finally:
        for child in children:
            child.kill()
    return answers


def accept_all(offers: list[Offer], start: float) -> list[str]:
    """Accept these offers by the flow itself, beginning at this moment; the answers."""
    from django.db import DatabaseError

    from saleor_bespoke.errors import BespokeError
    from saleor_bespoke.flows.acceptance import quote_accept
    from saleor_bespoke.project.access import ANONYMOUS

    time.sleep(max(0.0, start - time.time()))
    answers = []
    for offer in offers:
        try:
            quote_accept(
                actor=ANONYMOUS.with_token(offer.token),
                quote_pk=offer.quote,
                alternative_pk=offer.alternative,
                terms_version=offer.terms,
            )
        except BespokeError as refusal:
            answers.append(str(refusal.code.value))
        except DatabaseError as error:
            answers.append(type(error).__name__)
        else:
            answers.append("ok")
    return answers


def locks_in_any_order() -> None:
    """The control's process: rows of materials are locked as they come, not by their keys."""
    from saleor_bespoke.workshop import holdings
    from saleor_bespoke.workshop.models import Material

    def in_any_order(pks: object) -> dict[UUID, Material]:
        rows = sorted(set(pks), key=lambda _pk: random.random())  # type: ignore[call-overload]
        return {pk: Material.objects.select_for_update(of=("self",)).get(pk=pk) for pk in rows}

    holdings.materials_lock = in_any_order


# offers -------------------------------------------------------------------------------------------


@contextmanager
def opened(bench: Bench, count: int, seed: int) -> Iterator[tuple[str, list[Offer]]]:
    """A copy of a shop in which so many quotes are on the table."""
    furnished, offers = bench.kept(f"{NAME} {count} {seed}", lambda: _furnished(bench, count, seed))
    database = bench.database(furnished)
    try:
        yield database, offers
    finally:
        bench.drop(database)


def _furnished(bench: Bench, count: int, seed: int) -> tuple[str, list[Offer]]:
    database = bench.database()
    metals = bench.call(database, stock, count)
    children = [
        bench.begin(
            database, offers_make, metals, seed + number, len(range(number, count, FURNISHERS))
        )
        for number in range(FURNISHERS)
    ]
    try:
        return database, [offer for child in children for offer in child.receive(600.0)]
    finally:
        for child in children:
            child.kill()


def stock(count: int) -> list[UUID]:
    """The metals, enough of them for about half of all offers."""
    from tests.fixtures import make_metal, make_staff

    staff = make_staff("torture@example.com")
    each = Decimal(round(count * 3.5 * GRAMS_EACH / METALS / 2))
    return [make_metal(staff, f"AU-{number}", on_hand=each).pk for number in range(METALS)]


def offers_make(metals: list[UUID], seed: int, count: int) -> list[Offer]:
    """So many quotes on the table, each for two to five of the metals."""
    chance = random.Random(seed)
    return [_offer(chance.sample(metals, chance.randint(2, 5))) for _ in range(count)]


def _offer(wanted: list[UUID]) -> Offer:
    from django.contrib.auth import get_user_model

    from saleor_bespoke.graphql.base import global_id
    from saleor_bespoke.project.access import ANONYMOUS, MANAGE_ORDERS, Actor, ActorKind
    from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
    from saleor_bespoke.steps.quoting.services import quote_draft, quote_send
    from tests.fixtures import confirm_brief, make_commission, ring_specification

    user = get_user_model().objects.get(email="torture@example.com")
    staff = Actor(ActorKind.STAFF, f"user:{user.pk}", user.pk, "", user.email,
                  frozenset({MANAGE_ORDERS}))  # fmt: skip
    project, token = make_commission(ANONYMOUS)
    confirm_brief(project, staff)
    lines = [
        LineInput(kind="MATERIAL", description="Gold", amount=Decimal(500), material_pk=pk,
                  quantity=Decimal(GRAMS_EACH))
        for pk in wanted
    ]  # fmt: skip
    labour = LineInput(kind="LABOUR", description="The work", amount=Decimal(1600))
    design = AlternativeInput(
        title="Ring", design="A ring.", specification=ring_specification(), lines=(*lines, labour)
    )
    draft = QuoteInput(alternatives=(design,), shipping_amount=Decimal(40))
    quote = quote_send(
        actor=staff, quote_pk=quote_draft(actor=staff, project_pk=project.pk, draft=draft).pk
    )
    alternative = quote.alternatives.get()
    variables = (
        ("id", global_id("BespokeQuote", quote.pk)),
        ("alternative", global_id("BespokeQuoteAlternative", alternative.pk)),
        ("termsVersion", quote.terms_version),
    )
    return Offer(token, quote.pk, alternative.pk, quote.terms_version, variables)
