"""A guest in Europe: only a secret link, a declined card, second thoughts, her money back, and then
nothing about her is kept but the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.journey import bench, storefront, wishes
from tests.journey.chapters import cad
from tests.journey.client import Caller, Unexpected
from tests.journey.commission import Commission
from tests.journey.world import World, equal, one, price, true, wait_for


def play(world: World) -> None:
    """From a guest's brief to a cancelled commission with its refund, and to its oblivion."""
    world.chapter("A guest leaves")
    band = _brief(world)
    quote = _quote(band)
    till = _declined(band, quote)
    _paid(band, till)
    _changes_of_mind(band)
    _cancelled(band)
    _forgotten(band)


def _brief(world: World) -> Commission:
    with world.report.step(
        "guest", "A guest in Berlin orders a wedding band with nothing but a link"
    ):
        form = world.api.run("bespokeIntakeForm", None, channel="eu")
        equal(form["currency"], "EUR", "the channel's currency")
        budget = {"min": "700.00", "stretch": "1200.00"}
        wish = wishes.form(form, wishes.band(), budget=budget, destinationCountry="DE",
                           title="Band", story="")  # fmt: skip
        refused = world.api.refused("bespokeProjectCreate", None, input=wish)
        equal(refused, "REQUIRED", "the refusal of a guest without an address")
        contact = {"name": "Guest", "email": "guest@example.com", "timeZone": "Europe/Berlin"}
        band = bench.submitted(world, None, wish | {"contact": contact})
        other = Caller(project_token="A" * 43)
        refused = world.api.refused("bespokeMessageSend", other, id=band.id, text="Hello?")
        equal(refused, "NOT_FOUND", "the refusal of another token")
        equal(world.api.run("bespokeProject", other, id=band.id), None, "what it reads")
        bench.confirmed(band)
    return band


def _quote(band: Commission) -> Any:
    with band.world.report.step(
        "guest's quote",
        "Her quote shows every line, and the tax that is in it; too little is refused",
    ):
        metal = bench.gold(band.world, "AU585W", "GOLD_14K_WHITE", "EUR")
        cheap = {
            "shippingAmount": "25.00",
            "alternatives": [
                {
                    "title": "Too cheap",
                    "design": "Thin.",
                    "specification": wishes.band(),
                    "lines": bench.band_lines(metal, labour="10.00"),
                }
            ],
        }
        drafted = band.tell("bespokeQuoteDraft", id=band.id, input=cheap)["quote"]
        band.tell_in_vain("bespokeQuoteSend", "PRICE_BELOW_MINIMUM", id=drafted["id"])
        quote = bench.quoted(band, wishes.band(), bench.band_lines(metal), tweakAllowance=1)
        design = one(quote["alternatives"], "design")
        equal(len(design["lines"]), 2, "the lines that this channel shows")
        equal(float(design["total"]["amount"]), 915.0, "the total with delivery")
        equal(Decimal(str(design["tax"]["amount"])), Decimal("146.09"), "the tax in it")
    return quote


def _declined(band: Commission, quote: Any) -> storefront.Till:
    with band.world.report.step(
        "declined", "Her bank says no, then her card: nothing is charged, all stays held"
    ):
        opened = band.ask("bespokeQuoteAccept", **bench.choice(quote))
        till = storefront.till_of(band, opened["checkoutId"])
        till.address("DE")
        till.deliver_by("Insured courier")
        till.begin()
        till.visit(till.confirm(storefront.THREE_D_SECURE), "fail")
        equal(till.go_on()["type"], "CHARGE_FAILURE", "the charge after the bank's no")
        till.begin()
        till.confirm(storefront.DECLINED)
        event = till.go_on()
        equal(event["type"], "CHARGE_FAILURE", "the charge of a declined card")
        band.stage_is("CHECKOUT")
        money = band.read("projectMoney")
        equal(one(money["payables"], "payable")["status"], "OPEN", "the payable")
        equal({row["state"] for row in money["holdings"]}, {"HELD"}, "the holdings")
    band.world.report.note(f"the shop says: {event['message']}")
    return till


def _paid(band: Commission, till: storefront.Till) -> None:
    with band.world.report.step("paid after all", "Another card is good: 915 EUR, charged once"):
        till.begin()
        till.confirm(storefront.VISA)
        equal(till.go_on()["type"], "CHARGE_SUCCESS", "the charge")
        order = till.complete()
        equal(float(order["total"]["gross"]["amount"]), 915.0, "the order's total")
        band.stage_is("DESIGN")
        paid = one(band.read("projectMoney")["payables"], "payable")
        equal(float(paid["charged"]["amount"]), 915.0, "what was charged")


def _changes_of_mind(band: Commission) -> None:
    with band.world.report.step(
        "priced tweak", "One free tweak is used; a second round is bought, a change is declined"
    ):
        first = cad.publish(band, "Your band.")
        band.ask_in_vain("bespokeCadTweakBuy", "TWEAK_AVAILABLE", project=band.id)
        band.ask("bespokeCadTweakRequest", revision=first["id"], request="A bit flatter.")
        second = cad.publish(band, "Flatter.")
        again = {"revision": second["id"], "request": "Rounder again?"}
        band.ask_in_vain("bespokeCadTweakRequest", "TWEAKS_USED_UP", **again)
        opened = band.ask("bespokeCadTweakBuy", project=band.id)
        storefront.pay(band, opened["checkoutId"], country="DE")
        band.ask("bespokeCadTweakRequest", **again)
        rounds = band.read("projectDesign")["tweakRounds"]
        equal([row["free"] for row in rounds], [True, False], "the rounds")
        change = {
            "specification": wishes.band(alloy="GOLD_18K_YELLOW"),
            "reason": "Warmer in yellow?",
            "priceDifference": "180.00",
        }
        for document in ("bespokeChangeOrderDecline", "bespokeChangeOrderWithdraw"):
            band.tell("bespokeChangeOrderPropose", project=band.id, input=change)
            proposed = band.read("projectDesign")["changeOrders"][-1]
            (band.ask if "Decline" in document else band.tell)(document, id=proposed["id"])
        ended = [row["status"] for row in band.read("projectDesign")["changeOrders"]]
        equal(ended, ["DECLINED", "WITHDRAWN"], "the change orders")


def _cancelled(band: Commission) -> None:
    with band.world.report.step(
        "cancelled", "She cancels in design for the 90 % that she was shown, and no other sum"
    ):
        terms = band.read()["cancellation"]
        equal(terms["possible"], True, "whether she can cancel")
        paid, back = (Decimal(str(terms[name]["amount"])) for name in ("paid", "refund"))
        equal(back, (paid * Decimal("0.9")).quantize(Decimal("0.01")), "the refund she is shown")
        wish = {"id": band.id, "reason": "CUSTOMER_WISH"}
        band.ask_in_vain("bespokeProjectCancel", "REFUND_CHANGED", **wish, expectedRefund=str(paid))
        band.ask("bespokeProjectCancel", **wish, expectedRefund=str(back))
        band.stage_is("CANCELLED")
        band.ask_in_vain("bespokeProjectCancel", "STAGE_FORBIDS", **wish, expectedRefund=str(back))
        money = band.read("projectMoney")
        equal({row["state"] for row in money["holdings"]}, {"RELEASED"}, "the holdings")
        equal(money["slot"], None, "her week in the workshop")
    band.world.report.note(f"{price(terms['refund'])} of {price(terms['paid'])}")
    with band.world.report.step(
        "refunded", "The money is on its way: in our books, in the shop's orders, at the provider"
    ):
        refunds = wait_for(lambda: _settled(band), "the refunds")
        equal(sum(Decimal(str(row["amount"]["amount"])) for row in refunds), back, "the refunds")
        found = Decimal(0)
        for payable in band.read("projectMoney")["payables"]:
            order = wait_for(lambda due=payable: _cancelled_order(band, due), "the cancelled order")
            found += Decimal(str(order["totalRefunded"]["amount"]))
            _at_the_provider(band, order)
        equal(found, back, "what the shop's orders gave back")
        true(not band.desk()["attention"], "nothing is left for staff to look at")


def _forgotten(band: Commission) -> None:
    world = band.world
    with world.report.step(
        "forgotten", "She asks what is kept about her, and to be forgotten; the sums stay"
    ):
        refused = world.api.refused("bespokePersonalDataErase", band.customer, id=band.id)
        equal(refused, "PermissionDenied", "the refusal of anybody but staff")
        told = world.api.run("bespokePersonalData", world.staff, id=band.id)
        equal(told["BespokeProject"][0]["contact_email"], "guest@example.com", "what is kept")
        money = band.desk("projectMoney")["payables"]
        erased = wait_for(lambda: _erased(band), "the last letters and reports")
        equal((erased["contactName"], erased["contactEmail"]), ("", ""), "whom to write to")
        told = world.api.run("bespokePersonalData", world.staff, id=band.id)
        true("guest@example.com" not in str(told), "her address is gone")
        equal(band.read(), None, "what her secret link opens")
        after = band.desk("projectMoney")["payables"]
        for name in ("status", "charged", "amount"):
            equal([row[name] for row in after], [row[name] for row in money], f"every {name}")


def _erased(band: Commission) -> Any:
    """The commission without her, or nothing while something is still to be done for her."""
    answer = band.world.api.send("bespokePersonalDataErase", band.world.staff, id=band.id)
    if answer.get("errors"):
        raise Unexpected(str(answer["errors"][0]["message"]))
    erased = answer["data"]["bespokePersonalDataErase"]
    waits = [error["code"] for error in erased["errors"]]
    true(waits in ([], ["OBLIGATION_OPEN"]), f"nothing else stands in the way: {waits}")
    return None if waits else erased["project"]


def _settled(band: Commission) -> Any:
    refunds = [row for due in band.read("projectMoney")["payables"] for row in due["refunds"]]
    return refunds if refunds and all(row["status"] == "SUCCEEDED" for row in refunds) else None


def _cancelled_order(band: Commission, payable: Any) -> Any:
    order = band.world.api.run("orderAsStaff", band.world.staff, id=payable["orderId"])
    return order if order["status"] == "CANCELED" else None


def _at_the_provider(band: Commission, order: Any) -> None:
    key = band.world.people["provider"].app_token
    paid = [row for row in order["transactions"] if float(row["chargedAmount"]["amount"])]
    events = [row for paying in order["transactions"] for row in paying["events"]]
    refund = one([row for row in events if row["type"] == "REFUND_SUCCESS"], "refund of the order")
    kept = band.world.browser.refund(refund["pspReference"], key)
    equal(kept["status"], "succeeded", "the refund at the provider")
    cents = int(Decimal(str(refund["amount"]["amount"])) * 100)
    equal(kept["amount"], cents, "its amount in cents")
    true(len(paid) <= 1, "one charge an order")
