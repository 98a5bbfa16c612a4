"""A bank transfer: announced, waited for, recorded as staff found it, and nothing short of that."""

from __future__ import annotations

from typing import Any

from tests.journey import bench, storefront, wishes
from tests.journey.commission import Commission
from tests.journey.storefront import Till
from tests.journey.world import day, equal, moment, one, true, wait_for

TOTAL = "915.00"


def play(band: Commission, specification: Any, metal_code: str) -> None:
    """From the accepted quote to a commission in design."""
    till = _announced(band, specification, metal_code)
    _by_hand(band, till)
    _recorded(band)


def _payable(band: Commission) -> Any:
    return one(band.desk("projectMoney")["payables"], "payable")


def _reference(band: Commission) -> str:
    return f"BT-{band.world.run}"


def _announced(band: Commission, specification: Any, metal_code: str) -> Till:
    with band.world.report.step(
        "transfer announced", "Ben will pay by transfer: price and material wait some days for it"
    ):
        metal = bench.gold(band.world, metal_code, "GOLD_14K_WHITE", "USD")
        lines = bench.band_lines(metal)
        quote = bench.quoted(band, wishes.band(**specification), lines, duties="UNPAID")
        opened = band.ask("bespokeQuoteAccept", **bench.choice(quote))
        till = storefront.till_of(band, opened["checkoutId"])
        till.address("US")
        till.deliver_by("Insured courier")
        announced = band.ask("bespokeBankTransferExpect", id=_payable(band)["id"])
        equal(announced["checkoutId"], till.checkout, "the checkout")
        waited_for = announced["payable"]
        due = moment(waited_for["transferDueAt"])
        true((due - band.world.shop_time()).days >= 1, "it is waited for longer than for a card")
        true(waited_for["transferReference"], "what to write into it is said")
    band.world.report.note(f"until {day(due)}, reference {waited_for['transferReference']}")
    return till


def _by_hand(band: Commission, till: Till) -> None:
    world = band.world
    with world.report.step(
        "money by hand", "A colleague notes the money on the shop's checkout: that starts nothing"
    ):
        world.api.run(
            "transactionCreate",
            world.staff,
            id=till.checkout,
            transaction={
                "name": "Bank transfer",
                "pspReference": _reference(band),
                "amountCharged": {"amount": TOTAL, "currency": "USD"},
            },
            event={"message": "Seen on the account"},
        )
        early = world.api.send("checkoutComplete", till.shopper, id=till.checkout)
        true(early["data"]["checkoutComplete"]["errors"], "a note is not the money")
        band.stage_is("CHECKOUT")


def _recorded(band: Commission) -> None:
    world = band.world
    with world.report.step(
        "bank transfer",
        "Staff record exactly the sum that arrived; a cent less is refused, twice is once",
    ):
        found = {
            "payable": _payable(band)["id"],
            "amount": TOTAL,
            "currency": "USD",
            "reference": _reference(band),
            "valueDate": str(world.today()),
            "note": "On the account this morning.",
        }
        for changes, code in (
            ({"amount": "914.99"}, "PAYMENT_NOT_FULL"),
            ({"currency": "EUR"}, "CURRENCY_MISMATCH"),
            ({"valueDate": "2200-01-01"}, "INVALID"),
        ):
            band.tell_in_vain("bespokeBankTransferRecord", code, input=found | changes)
        refused = world.api.refused("bespokeBankTransferRecord", band.customer, input=found)
        equal(refused, "PermissionDenied", "a customer's own record")
        first, again = (band.tell("bespokeBankTransferRecord", input=found) for _ in range(2))
        kept, same = (row["payable"]["bankTransfer"] for row in (first, again))
        equal(same["id"], kept["id"], "the transfer recorded twice")
        wait_for(lambda: band.read()["stage"] == "DESIGN", "the start of the work")
        paid = _payable(band)
        equal((paid["status"], float(paid["charged"]["amount"])), ("PAID", float(TOTAL)), "the sum")
        order = world.api.run("orderAsStaff", world.staff, id=paid["orderId"])
        equal(float(order["totalCharged"]["amount"]), float(TOTAL), "what the order says was paid")
