"""Full payment: the host's own checkout, 3-D Secure, nothing but the whole sum, and the lock."""

from __future__ import annotations

from tests.journey import storefront
from tests.journey.commission import Commission
from tests.journey.storefront import Till
from tests.journey.world import day, equal, one, price, true


def play(ring: Commission) -> None:
    """From the open checkout to a locked commission in design."""
    ring.world.chapter("Full payment")
    till = _checkout(ring)
    _partial_refused(ring, till)
    _three_d_secure(ring, till)
    _locked(ring, till)


def _checkout(ring: Commission) -> Till:
    payable = one(ring.read("projectMoney")["payables"], "payable")
    till = storefront.till_of(ring, payable["checkoutId"])
    with ring.world.report.step("checkout", "The storefront shows the shop's ordinary checkout"):
        stranger = ring.world.people["stranger"]
        equal(
            ring.world.api.refused("bespokePayableCheckoutOpen", stranger, id=payable["id"]),
            "NOT_FOUND",
            "a stranger's checkout",
        )
        again = ring.ask("bespokePayableCheckoutOpen", id=payable["id"])
        equal(again["checkoutId"], till.checkout, "the checkout asked for twice")
        line = one(till.read()["lines"], "line of the checkout")
        equal(float(line["unitPrice"]["gross"]["amount"]), 6875.0, "the line's price")
        till.address("US")
        till.deliver_by("Insured courier")
        total = till.read()["totalPrice"]["gross"]
        equal(float(total["amount"]), 6900.0, "the total of the checkout")
    ring.world.report.note(f"{price(total)} with insured delivery")
    return till


def _partial_refused(ring: Commission, till: Till) -> None:
    with ring.world.report.step(
        "partial payment refused",
        "A deposit is refused before money moves; an unpaid checkout makes no order",
    ):
        event = till.begin(amount="1000.00")
        equal(event["type"], "CHARGE_FAILURE", "what became of a deposit")
        true("full" in event["message"], f"the host says why: {event['message']}")
        refused = ring.world.api.send("checkoutComplete", till.shopper, id=till.checkout)
        true(refused["data"]["checkoutComplete"]["errors"], "an unpaid checkout completes nothing")
        ring.stage_is("CHECKOUT")


def _three_d_secure(ring: Commission, till: Till) -> None:
    with ring.world.report.step(
        "3-D Secure", "Ada pays with a card whose bank asks her; until she agrees nothing is paid"
    ):
        equal(till.begin()["type"], "CHARGE_ACTION_REQUIRED", "the begun payment")
        confirmed = till.confirm(storefront.THREE_D_SECURE)
        equal(till.go_on()["type"], "CHARGE_ACTION_REQUIRED", "the charge before the bank's page")
        early = ring.world.api.send("checkoutComplete", till.shopper, id=till.checkout)
        true(early["data"]["checkoutComplete"]["errors"], "an authenticating payment is not paid")
        till.visit(confirmed, "succeed")
        event = till.go_on()
        equal(event["type"], "CHARGE_SUCCESS", "the charge after it")
        equal(float(event["amount"]["amount"]), 6900.0, "the charged amount")


def _locked(ring: Commission, till: Till) -> None:
    with ring.world.report.step(
        "order", "The order is paid in full: materials, price and a week in the workshop are locked"
    ):
        order = till.complete()
        equal(order["chargeStatus"], "FULL", "the order's charge status")
        again = till.complete()
        equal(again["id"], order["id"], "the order of a second click")
        ring.stage_is("DESIGN")
        money = ring.read("projectMoney")
        payable = one(money["payables"], "payable")
        equal(payable["status"], "PAID", "the payable")
        equal(float(payable["charged"]["amount"]), 6900.0, "what was charged")
        equal(float(payable["lockedTotal"]["amount"]), 6900.0, "the locked total")
        equal(payable["orderId"], order["id"], "the order that settled it")
        equal({row["state"] for row in money["holdings"]}, {"LOCKED"}, "the holdings' states")
        true(money["slot"] and money["slot"]["state"] == "BOOKED", "a week is booked")
        weeks = ring.world.api.run(
            "bespokeProductionWeeks",
            ring.world.staff,
            channel="us",
            since=money["slot"]["week"],
            count=1,
        )
        equal(weeks[0]["monday"], money["slot"]["week"], "the booked week")
        true(weeks[0]["taken"] >= 1, "the week has a place less")
        promise = ring.promised("CAD")
        seen = ring.world.api.run("order", ring.customer, id=order["id"])
        equal(float(seen["totalCharged"]["amount"]), 6900.0, "what the order says was charged")
        ring.happened("QuoteAccepted", "PayablePaid", "StageMoved")
    ring.world.report.note(
        f"order {order['number']}, bench week of {day(money['slot']['week'])}, "
        f"first CAD by {day(promise['dueAt'])}"
    )
