"""Time ends offers: quotes withdrawn, declined and expired at the end of their last local day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.journey import bench, storefront, wishes
from tests.journey.commission import Commission
from tests.journey.world import ZONE, World, day, equal, moment, one, true, wait_for


def play(world: World) -> None:
    """From a brief with too small a budget to an offer that time has ended."""
    world.chapter("An offer expires")
    band = _budget(world)
    metal = bench.gold(world, "AU750Y2", "GOLD_18K_YELLOW", "USD")
    _withdrawn_and_declined(band, metal)
    _expired(band, metal)
    _expired_while_paying(band, metal)


def _budget(world: World) -> Commission:
    with world.report.step(
        "budget raised", "Ben's budget is too small for his wish; he raises it in a new brief"
    ):
        form = world.api.run("bespokeIntakeForm", None, channel="us")
        ben = world.people["stranger"]
        stone = {"description": "A cracked opal", "stone": {"kind": "OPAL", "carat": "2.00"}}
        wish = wishes.form(
            form, _wish(ownStones=[stone]), budget=_budget_of("700.00"), title="Band"
        )
        band = bench.submitted(world, ben, wish)
        opal = one(band.read("projectBrief")["ownMaterials"], "own stone")
        band.tell("bespokeOwnMaterialReceive", id=opal["id"])
        why = "It would break when it is set."
        band.tell("bespokeOwnMaterialRefuse", id=opal["id"], reason=why)
        band.tell("bespokeOwnMaterialReturn", id=opal["id"])
        opal = one(band.read("projectBrief")["ownMaterials"], "own stone")
        equal((opal["status"], opal["findings"]), ("RETURNED", why), "his opal")
        bench.confirmed(band)
        brief = {
            "specification": _wish(),
            "budget": _budget_of("1500.00"),
            "destinationCountry": "US",
        }
        band.ask("bespokeBriefRevise", id=band.id, input=brief)
        found = band.read("projectBrief")
        equal([row["status"] for row in found["briefs"]], ["CONFIRMED", "SUBMITTED"], "the briefs")
        equal(float(found["brief"]["budgetStretch"]["amount"]), 1500.0, "the new stretch budget")
        bench.confirmed(band)
    return band


def _wish(**changes: Any) -> Any:
    return wishes.band(alloy="GOLD_18K_YELLOW", **changes)


def _budget_of(stretch: str) -> Any:
    return {"min": "600.00", "stretch": stretch}


def _quote(band: Commission, metal: str, labour: str) -> Any:
    return bench.quoted(band, _wish(), bench.band_lines(metal, labour=labour), validDays=1)


def _withdrawn_and_declined(band: Commission, metal: str) -> None:
    with band.world.report.step(
        "withdrawn, declined", "One quote is taken back by staff, the next is declined by Ben"
    ):
        first = _quote(band, metal, "700.00")
        band.tell("bespokeQuoteWithdraw", id=first["id"], reason="A slip of the pen.")
        band.stage_is("INTAKE")
        second = _quote(band, metal, "800.00")
        band.ask("bespokeQuoteDecline", id=second["id"], reason="Too much for me.")
        states = [row["status"] for row in band.read("projectQuotes")["quotes"]]
        equal(states, ["WITHDRAWN", "DECLINED"], "the quotes")
        told = [row["closeReason"] for row in band.read("projectQuotes")["quotes"]]
        equal(told, ["A slip of the pen.", "Too much for me."], "the reasons")


def _expired(band: Commission, metal: str) -> None:
    with band.world.report.step(
        "expired", "A quote can be accepted until the end of its last day in New York, not after"
    ):
        quote = _quote(band, metal, "650.00")
        until = moment(quote["validUntil"])
        last = until.astimezone(ZONE)
        true((last + timedelta(seconds=1)).hour == 0, f"it ends at midnight there: {last}")
        left = int((until - band.world.shop_time()).total_seconds() // 3600)
        band.world.clock_move(left)
        equal(
            band.read("projectQuotes")["quotes"][-1]["status"], "SENT", "the quote before the end"
        )
        band.world.clock_move(1)
        refused = band.world.api.refused("bespokeQuoteAccept", band.customer, **bench.choice(quote))
        true(refused in ("QUOTE_EXPIRED", "STAGE_FORBIDS"), f"it is too late: {refused}")
        wait_for(
            lambda: band.read("projectQuotes")["quotes"][-1]["status"] == "EXPIRED",
            "the expired quote",
        )
        band.stage_is("INTAKE")
    band.world.report.note(f"valid until {day(last)}, {last:%H:%M} in New York")


def _expired_while_paying(band: Commission, metal: str) -> None:
    with band.world.report.step(
        "expired while paying",
        "Accepted but never paid: the hold ends, the begun payment is stopped",
    ):
        quote = _quote(band, metal, "650.00")
        opened = band.ask("bespokeQuoteAccept", **bench.choice(quote))
        till = storefront.till_of(band, opened["checkoutId"])
        till.address("US")
        till.deliver_by("Express")
        till.begin()
        band.world.clock_move(49)
        wait_for(
            lambda: band.read("projectMoney")["payables"][-1]["status"] == "EXPIRED",
            "the end of the offer",
        )
        money = band.read("projectMoney")
        true({row["state"] for row in money["holdings"]} <= {"RELEASED", "EXPIRED"}, "all is free")
        late = till.confirm(storefront.VISA)
        true("error" in late, "the provider takes no card for it any more")
        refused = band.world.api.refused("bespokePayableCheckoutOpen", band.customer,
                                         id=money["payables"][-1]["id"])  # fmt: skip
        true(refused in ("PAYABLE_NOT_OPEN", "QUOTE_EXPIRED"), f"it cannot be paid: {refused}")
        band.stage_is("INTAKE")
