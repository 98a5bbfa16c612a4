"""A change order: a larger stone, priced, paid as a sum of its own by instalments, and bound."""

from __future__ import annotations

from typing import Any

from tests.journey import storefront, wishes
from tests.journey.commission import Commission
from tests.journey.world import equal, one, price, true

DIFFERENCE = 690.0


def play(ring: Commission) -> None:
    """From "could the stone be larger?" to new materials that are locked."""
    stone, proposed = _proposed(ring)
    _paid_by_instalments(ring, proposed, stone)


def _proposed(ring: Commission) -> tuple[str, Any]:
    world = ring.world
    with world.report.step(
        "change order", "Ada wants a larger stone: no tweak, so staff price a change order"
    ):
        wanted = wishes.solitaire(bandWidthMm="1.9", stones=[wishes.LARGER_DIAMOND])
        stone = world.material(
            "D102",
            kind="UNIQUE_STONE",
            name="Round brilliant, 1.02 ct",
            onHand="1",
            stone=wishes.LARGER_DIAMOND,
            provenance="Canada, laser-inscribed",
            laboratory="GIA",
            certificateNumber=world.notes["gia"],
            price="4650.00",
            currency="USD",
        )
        held = ring.desk("projectWork")["holdings"]
        old = one([row for row in held if "D090" in row["material"]["code"]], "lock on 0.90 ct")
        change = {
            "specification": wanted,
            "reason": "A diamond of 1.02 ct instead of 0.90 ct, with a GIA report.",
            "priceDifference": f"{DIFFERENCE:.2f}",
            "businessDays": 2,
            "materials": [{"material": stone, "quantity": "1"}],
            "releases": [old["material"]["id"]],
        }
        detail = change | {"specification": wishes.solitaire(bandWidthMm="1.9", notes="Softer.")}
        ring.tell_in_vain(
            "bespokeChangeOrderPropose", "CHANGE_IS_TWEAK", project=ring.id, input=detail
        )
        ring.tell("bespokeChangeOrderPropose", project=ring.id, input=change)
        proposed = one(ring.read("projectDesign")["changeOrders"], "change order")
        equal(proposed["status"], "PROPOSED", "the change order")
        equal({row["kind"] for row in proposed["changes"]}, {"stone"}, "what changes")
        equal(float(proposed["priceDifference"]["amount"]), DIFFERENCE, "the difference")
        ring.tell_in_vain("bespokeProductionStart", "CHANGE_ORDER_OPEN", project=ring.id)
    world.report.note(f"{price(proposed['priceDifference'])} and 2 business days more")
    return stone, proposed


def _paid_by_instalments(ring: Commission, proposed: Any, stone: str) -> None:
    with ring.world.report.step(
        "change accepted", "She accepts; the larger stone is held until the difference is paid"
    ):
        opened = ring.ask("bespokeChangeOrderAccept", id=proposed["id"])
        found = one(ring.read("projectDesign")["changeOrders"], "change order")
        equal(found["status"], "ACCEPTED", "the change order")
        states = _states(ring)
        equal((states["D102"], states["D090"]), ("HELD", "LOCKED"), "the two diamonds")
    with ring.world.report.step(
        "Klarna", "She pays it by Klarna: sent to its page and back, the shop is credited at once"
    ):
        till = storefront.till_of(ring, opened["checkoutId"])
        till.address("US")
        equal(till.begin()["type"], "CHARGE_ACTION_REQUIRED", "the begun payment")
        confirmed = till.confirm("klarna")
        equal(till.go_on()["type"], "CHARGE_ACTION_REQUIRED", "the charge before Klarna's page")
        till.visit(confirmed, "succeed")
        equal(till.go_on()["type"], "CHARGE_SUCCESS", "the charge after it")
        till.complete()
        found = one(ring.read("projectDesign")["changeOrders"], "change order")
        equal((found["status"], found["payable"]["status"]), ("SETTLED", "PAID"), "the change")
        states = _states(ring)
        equal((states["D102"], states["D090"]), ("LOCKED", "RELEASED"), "the two diamonds")
        free = ring.world.api.run(
            "bespokeMaterials",
            ring.world.staff,
            first=5,
            filter={"search": f"D090-{ring.world.run}", "available": True},
        )
        equal(free["totalCount"], 1, "the smaller stone, free for somebody else")
        true(
            all(
                row["status"] == "SUPERSEDED" for row in ring.read("projectDesign")["cadRevisions"]
            ),
            "earlier drawings no longer count",
        )


def _states(ring: Commission) -> dict[str, str]:
    held = ring.read("projectMoney")["holdings"]
    return {row["material"]["code"].split("-")[0]: row["state"] for row in held}
