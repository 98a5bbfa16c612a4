"""What any storefront of the host does to pay a checkout, with nothing of the product in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.journey import wishes
from tests.journey.client import Caller, Unexpected
from tests.journey.commission import Commission
from tests.journey.world import World, equal, one

GATEWAY = "saleor-bespoke.stripe"
THREE_D_SECURE = "pm_card_threeDSecure2Required"
VISA = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
BACK = "https://storefront.example/thanks"


@dataclass
class Till:
    """One checkout on its way to be paid, as a shopper's browser sees it."""

    world: World
    shopper: Caller | None
    checkout: str
    transaction: str = ""
    secret: str = ""
    key: str = ""

    def run(self, document: str, **variables: Any) -> Any:
        """An operation of the host, as the shopper."""
        return self.world.api.run(document, self.shopper, **variables)

    def read(self) -> Any:
        """The checkout as it is now."""
        return self.run("checkout", id=self.checkout)

    def address(self, country: str) -> None:
        """Say where the bill goes, and the parcel if there is one."""
        where = {"id": self.checkout, "address": wishes.ADDRESSES[country]}
        if self.read()["isShippingRequired"]:
            self.run("checkoutShippingAddressUpdate", **where)
            parcel = self.read()["shippingAddress"]["country"]["code"]
            equal(parcel, country, "the parcel's country")
        self.run("checkoutBillingAddressUpdate", **where)
        found = self.read()
        equal(found["billingAddress"]["country"]["code"], country, "the bill's country")

    def deliver_by(self, name: str) -> None:
        """Choose a delivery method of those offered."""
        offered = [row for row in self.read()["shippingMethods"] if row["name"] == name]
        method = one(offered, f"delivery method {name}")
        self.run("checkoutDeliveryMethodUpdate", id=self.checkout, deliveryMethodId=method["id"])
        equal(self.read()["deliveryMethod"]["id"], method["id"], "the chosen delivery")

    def begin(self, amount: str | None = None) -> Any:
        """Ask the host to begin a payment, as a payment form does when it opens; its event."""
        config = self.run("paymentGatewayInitialize", id=self.checkout, gateway=GATEWAY)
        self.key = one(config["gatewayConfigs"], "gateway")["data"]["stripePublishableKey"]
        answer = self.run("transactionInitialize", id=self.checkout, gateway=GATEWAY, amount=amount)
        self.transaction = answer["transaction"]["id"]
        self.secret = ((answer["data"] or {}).get("paymentIntent") or {}).get(
            "stripeClientSecret", ""
        )
        return answer["transactionEvent"]

    def confirm(self, method: str) -> Any:
        """Give the card to the provider; the provider's answer."""
        if method == "klarna":
            payment = {"payment_method_data[type]": "klarna", "return_url": BACK}
        else:
            payment = {"payment_method": method, "return_url": BACK}
        return self.world.browser.confirm(self.secret, self.key, **payment)

    def visit(self, confirmed: Any, outcome: str) -> None:
        """Follow the provider's redirect and press a button there."""
        if confirmed["status"] != "requires_action":
            raise Unexpected(f"The payment asks for no visit: it is {confirmed['status']}.")
        self.world.browser.visit(confirmed["next_action"]["redirect_to_url"]["url"], outcome)

    def go_on(self) -> Any:
        """Tell the host to look again; its event."""
        return self.run("transactionProcess", id=self.transaction)["transactionEvent"]

    def complete(self) -> Any:
        """Complete the checkout; the order."""
        return self.run("checkoutComplete", id=self.checkout)["order"]


def pay(commission: Commission, checkout: str, *, country: str) -> Any:
    """Pay a checkout without a parcel with a plain card, from the address to the order."""
    till = Till(commission.world, _login(commission.customer), checkout)
    till.address(country)
    equal(till.begin()["type"], "CHARGE_ACTION_REQUIRED", "the begun payment")
    equal(till.confirm(VISA)["status"], "succeeded", "the payment at the provider")
    equal(till.go_on()["type"], "CHARGE_SUCCESS", "the charge")
    return till.complete()


def till_of(commission: Commission, checkout: str) -> Till:
    """The checkout in the hands of the commission's customer."""
    return Till(commission.world, _login(commission.customer), checkout)


def _login(customer: Caller) -> Caller | None:
    return customer if customer.email else None
