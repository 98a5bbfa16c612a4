"""The stream of commissions that processes are killed over, each accepted and ready to be paid.

Made by the services of the shop in a process of its own: over HTTP it would take too long.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.torture.bench import Bench, Place
from tests.torture.shop import CHANNEL, DELIVERY, Buyer

#: What becomes of a commission, and how many of ten do.
KINDS = {"plain": 4, "gone": 2, "late": 2, "cancelled": 2}
#: Room for everybody who pays: losing a stone is a matter of its own here, losing a place is not.
SLOTS = 100


@dataclass
class Order:
    """A buyer with their part: `gone` leaves once the card was charged, `late` loses the stone
    to another who accepted after its hold had lapsed, `cancelled` leaves when work has begun."""

    kind: str
    buyer: Buyer


def kinds(count: int, chance: random.Random) -> list[str]:
    """So many parts, in the wanted mixture, shuffled."""
    names = list(KINDS)
    weights = [KINDS[name] for name in names]
    found = [*names, *chance.choices(names, weights, k=max(0, count - len(names)))][:count]
    chance.shuffle(found)
    return found


def furnished(bench: Bench, place: Place, wanted: list[str]) -> list[Order]:
    """Make these commissions, two processes side by side; in the wanted order."""
    halves = [(wanted[start::2], start) for start in (0, 1)]

    def half(part: tuple[list[str], int]) -> list[Order]:
        found = bench.call(place, _make, *part)
        return [Order(kind, Buyer(**facts)) for kind, facts in found]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(half, halves)
    return [order for pair in _paired(first, second) for order in pair]


def _paired(first: list[Order], second: list[Order]) -> list[list[Order]]:
    return [first[place : place + 1] + second[place : place + 1] for place in range(len(first))]


def _make(wanted: list[str], side: int) -> list[tuple[str, dict[str, Any]]]:
    from django.contrib.auth import get_user_model

    from saleor_bespoke.project.access import MANAGE_ORDERS, Actor, ActorKind
    from tests.fixtures import make_metal

    user = get_user_model().objects.get(email="stella@example.com")
    staff = Actor(
        ActorKind.STAFF, f"user:{user.pk}", user.pk, "Stella", user.email,
        frozenset({MANAGE_ORDERS}), None,
    )  # fmt: skip
    gold = make_metal(staff, f"AU-kills-{side}", on_hand=Decimal(9000))
    numbers: Counter[str] = Counter()
    made = []
    for number, kind in enumerate(wanted):
        numbers[kind] += 1
        made.append((kind, _order(staff, gold, f"{side}-{number}", kind)))
    return made


def _order(staff: Any, gold: Any, code: str, kind: str) -> dict[str, Any]:
    """One commission; the `late` one's stone is then accepted by another, who never pays."""
    from django.utils import timezone

    from saleor_bespoke.workshop.models import Holding
    from tests.fixtures import make_stone

    stone = make_stone(staff, f"D-kills-{code}")
    facts = _accepted(staff, stone, gold)
    if kind == "late":
        _begin(facts)
        mine = Holding.objects.filter(project_id=facts["pk"], state="HELD")
        mine.update(state="EXPIRED", changed_at=timezone.now())
        _accepted(staff, stone, gold)
    del facts["pk"]
    return facts


def _accepted(staff: Any, stone: Any, gold: Any) -> dict[str, Any]:
    from graphql_relay import to_global_id

    from saleor_bespoke.project.access import ANONYMOUS
    from saleor_bespoke.shop.embedded import checkouts
    from saleor_bespoke.shop.embedded.models import ShippingMethod
    from saleor_bespoke.steps.quoting.services import quote_send
    from tests.fixtures import (
        accept_quote,
        confirm_brief,
        guest_of,
        make_commission,
        make_draft,
    )
    from tests.paying import ADDRESSES

    project, token = make_commission(ANONYMOUS, channel=CHANNEL)
    confirm_brief(project, staff)
    quote_send(actor=staff, quote_pk=make_draft(project, staff, stone=stone, gold=gold).pk)
    checkout_id = accept_quote(project, guest_of(token)).attempt.checkout_id
    address = {"firstName": "A", "lastName": "B", "country": "US", **ADDRESSES["US"]}
    for update in (checkouts.billing_address_update, checkouts.shipping_address_update):
        update(checkouts.checkout_find(checkout_id), address)
    method = ShippingMethod.objects.get(zone__channel__slug=CHANNEL, name=DELIVERY)
    checkouts.delivery_method_update(checkouts.checkout_find(checkout_id), method.pk)
    return {
        "pk": project.pk,
        "project": str(to_global_id("BespokeProject", str(project.pk))),
        "token": token,
        "checkout": str(to_global_id("Checkout", checkout_id)),
        "key": "pk_test_embedded",
    }


def _begin(facts: dict[str, Any]) -> None:
    """The payment form of one who will lose was open before the stone was gone."""
    from graphql_relay import from_global_id, to_global_id

    from tests.paying import begin

    item, _, data = begin(from_global_id(facts["checkout"])[1])
    facts["transaction"] = str(to_global_id("TransactionItem", str(item.token)))
    facts["secret"] = data["paymentIntent"]["stripeClientSecret"]
