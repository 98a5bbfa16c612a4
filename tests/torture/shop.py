"""A shop as its buyers and staff see it: HTTP addresses, log-ins, and its provider's books."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from tests.journey import wishes
from tests.journey.client import Api, Browser, Caller
from tests.journey.storefront import GATEWAY, VISA
from tests.journey.world import ACCOUNTS, people
from tests.torture.provider import Books

CHANNEL = "us"
DELIVERY = "Insured courier"
#: What a commission of these scenarios costs: the stone, its gold and the work, and the parcel.
LINES = {"stone": "4480.00", "gold": "585.00", "labour": "1890.00"}
PARCEL = "25.00"
PRICE_MINOR = 698_000


@dataclass
class Buyer:
    """One customer without an account, their commission, and how far they have come."""

    project: str
    token: str
    stone: int = 0
    quote: dict[str, str] = field(default_factory=dict)
    checkout: str = ""
    transaction: str = ""
    secret: str = ""
    key: str = ""

    @property
    def caller(self) -> Caller:
        """Who holds this commission's secret token."""
        return Caller(project_token=self.token)

    @property
    def project_pk(self) -> str:
        """The commission's key in our tables."""
        return base64.b64decode(self.project).decode().split(":", 1)[1]

    @property
    def intent(self) -> str:
        """The payment at the provider."""
        return self.secret.split("_secret_")[0]


@dataclass
class Shop:
    """Where the shop's processes answer, where its provider does, and who may log in.

    A context manager that closes the connections of all its threads.
    """

    urls: list[str]
    books: Books
    database: str
    accounts: Path = ACCOUNTS

    def __post_init__(self) -> None:
        self.people = people(self.accounts)
        self._own = threading.local()
        self._sessions: list[requests.Session] = []

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._sessions:
            session.close()

    def api(self, place: int = 0) -> Api:
        """One process of the shop, through a connection of this thread."""
        kept: dict[int, Api] = self._own.__dict__.setdefault("apis", {})
        place %= len(self.urls)
        if place not in kept:
            kept[place] = Api(self.urls[place])
            self._sessions.append(kept[place].session)
        return kept[place]

    def browser(self) -> Browser:
        """The provider as a shopper's browser meets it, through a connection of this thread."""
        found: Browser | None = self._own.__dict__.get("browser")
        if found is None:
            found = self._own.browser = Browser(self.books.url)
            self._sessions.append(found.session)
        return found

    @property
    def desk(self) -> Caller:
        """A program of the workshop, which needs no log-in."""
        return self.people["app"]


def together(acts: Iterable[Callable[[], Any]], threads: int) -> list[Any]:
    """Do all, so many at a time; what they answer, in order. The first failure is raised."""
    with ThreadPoolExecutor(threads) as pool:
        return [task.result() for task in [pool.submit(act) for act in acts]]


# how a commission comes to its payment ------------------------------------------------------------


def stone(shop: Shop, code: str) -> str:
    """The workshop enters one diamond; its id."""
    made = shop.api().run(
        "bespokeMaterialCreate",
        shop.desk,
        input={
            "code": code, "kind": "UNIQUE_STONE", "name": f"Round brilliant {code}", "onHand": "1",
            "stone": wishes.DIAMOND, "price": "4100.00", "currency": "USD",
        },
    )  # fmt: skip
    return str(made["material"]["id"])


def gold(shop: Shop, code: str, grams: str = "5000") -> str:
    """The workshop enters gold; its id."""
    made = shop.api().run(
        "bespokeMaterialCreate",
        shop.desk,
        input={
            "code": code, "kind": "METAL", "name": f"Grain {code}", "onHand": grams,
            "alloy": "GOLD_18K_YELLOW", "price": "88.00", "currency": "USD",
        },
    )  # fmt: skip
    return str(made["material"]["id"])


def intake_form(shop: Shop) -> Any:
    """The form that commissions fill in."""
    return shop.api().run("bespokeIntakeForm", None, channel=CHANNEL)


def wish() -> Any:
    """The ring that everybody wants."""
    return wishes.solitaire(ownStones=[], oldJewellery=[], engraving=None)


def quoted(shop: Shop, place: int, form: Any, lines: list[Any]) -> Buyer:
    """A new guest's commission with a quote sent to them."""
    api = shop.api(place)
    contact = {"name": "Guest", "email": f"guest-{uuid4().hex[:8]}@example.com"}
    form_filled = wishes.form(form, wish(), title="One of many", contact=contact)
    made = api.run("bespokeProjectCreate", None, input=form_filled)
    buyer = Buyer(made["project"]["id"], made["guestToken"])
    for row in api.run("projectDesk", shop.desk, id=buyer.project)["feasibilityWarnings"]:
        if row["answer"] is None:
            answer = {"id": row["id"], "answer": "ACCEPTED", "note": "It can be made."}
            api.run("bespokeFeasibilityAnswer", shop.desk, **answer)
    brief = api.run("projectBrief", buyer.caller, id=buyer.project)["brief"]
    api.run("bespokeBriefConfirm", shop.desk, id=brief["id"])
    offer = {
        "shippingAmount": PARCEL,
        "alternatives": [
            {"title": "As you wished", "design": "Exactly as in your brief.",
             "specification": wish(), "lines": lines}
        ],
    }  # fmt: skip
    drafted = api.run("bespokeQuoteDraft", shop.desk, id=buyer.project, input=offer)["quote"]
    sent = api.run("bespokeQuoteSend", shop.desk, id=drafted["id"])["quote"]
    buyer.quote = {
        "id": sent["id"],
        "alternative": sent["alternatives"][0]["id"],
        "termsVersion": sent["termsVersion"],
    }
    return buyer


def ring_lines(stone_id: str, gold_id: str) -> list[Any]:
    """The price of a ring with this stone and five grams of this gold."""
    return [
        wishes.line("MATERIAL", "The stone", LINES["stone"], material=stone_id, quantity="1"),
        wishes.line("MATERIAL", "5 g of gold", LINES["gold"], material=gold_id, quantity="5"),
        wishes.line("LABOUR", "Making and setting", LINES["labour"]),
    ]


def accepted(shop: Shop, place: int, buyer: Buyer) -> None:
    """The buyer accepts and fills in the checkout."""
    api = shop.api(place)
    buyer.checkout = api.run("bespokeQuoteAccept", buyer.caller, **buyer.quote)["checkoutId"]
    where = {"id": buyer.checkout, "address": wishes.ADDRESSES["US"]}
    api.run("checkoutShippingAddressUpdate", None, **where)
    api.run("checkoutBillingAddressUpdate", None, **where)
    offered = api.run("checkout", None, id=buyer.checkout)["shippingMethods"]
    method = next(row["id"] for row in offered if row["name"] == DELIVERY)
    api.run("checkoutDeliveryMethodUpdate", None, id=buyer.checkout, deliveryMethodId=method)
    config = api.run("paymentGatewayInitialize", None, id=buyer.checkout, gateway=GATEWAY)
    buyer.key = config["gatewayConfigs"][0]["data"]["stripePublishableKey"]


def begun(shop: Shop, place: int, buyer: Buyer) -> None:
    """The buyer's payment form opens: the payment exists at the provider."""
    answer = shop.api(place).run("transactionInitialize", None, id=buyer.checkout, gateway=GATEWAY)
    buyer.transaction = answer["transaction"]["id"]
    buyer.secret = answer["data"]["paymentIntent"]["stripeClientSecret"]


def confirmed(shop: Shop, buyer: Buyer) -> Any:
    """The buyer gives the card to the provider; the provider's payment."""
    return shop.browser().confirm(buyer.secret, buyer.key, payment_method=VISA)
