"""Buyers who pay while the shop's processes die: they ask again, or walk away."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.journey.client import Caller, Unexpected
from tests.journey.storefront import GATEWAY
from tests.torture import shop as shops
from tests.torture.kill_shop import Order
from tests.torture.shop import Shop

#: Seconds for which a buyer asks the same again before they give up for good.
PATIENCE = 90.0
#: How many buy at the same time.
CROWD = 6


class Refused(Exception):
    """The shop answered, and said no."""


class GaveUp(Exception):
    """The shop did not answer for as long as a person waits."""


@dataclass
class Stream:
    """Buyers, one after the other, in a few threads; `charged` is when each card was charged."""

    shop: Shop
    orders: list[Order]
    charged: dict[str, float] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Let all come, until there are no more or the stream is stopped."""
        with ThreadPoolExecutor(CROWD) as crowd:
            for result in [crowd.submit(self._one, order) for order in self.orders]:
                self.ended[result.result()] += 1

    def _one(self, order: Order) -> str:
        if self.stop.is_set():
            return "never came"
        try:
            return self._buy(order)
        except Refused as refusal:
            return f"refused: {refusal}"
        except GaveUp:
            return "gave up"

    def _buy(self, order: Order) -> str:
        buyer = order.buyer
        if not buyer.secret:
            self._begin(order)
        said = shops.confirmed(self.shop, buyer)
        if said.get("status") != "succeeded":
            raise AssertionError(f"The provider did not charge: {said}")
        self.charged[buyer.project_pk] = time.monotonic()
        if order.kind == "gone":
            return "walked away"
        self._ask("transactionProcess", id=buyer.transaction)
        self._ask("checkoutComplete", id=buyer.checkout)
        if order.kind == "cancelled":
            return self._cancel(order)
        return "ordered"

    def _begin(self, order: Order) -> None:
        """Open the payment form, again under the same key if nothing came back."""
        buyer = order.buyer
        for number in range(20):
            answer = self._ask(
                "transactionInitialize",
                id=buyer.checkout,
                gateway=GATEWAY,
                idempotencyKey=f"{buyer.project_pk}-{number}",
            )
            secret = ((answer["data"] or {}).get("paymentIntent") or {}).get("stripeClientSecret")
            if secret:
                buyer.transaction, buyer.secret = answer["transaction"]["id"], secret
                return
            time.sleep(0.2)  # the provider could not be reached: the form opens anew
        raise Refused(answer["transactionEvent"]["message"])

    def _cancel(self, order: Order) -> str:
        """Leave once work has begun, for what the shop says comes back."""
        buyer = order.buyer

        def started() -> Any:
            seen = self._ask("projectMoney", buyer.caller, id=buyer.project)
            return seen if seen["stage"] == "DESIGN" else None

        seen = _until(started)
        if seen is None:
            return "never started"
        back = seen["cancellation"]["refund"]["amount"]
        try:
            self._ask(
                "bespokeProjectCancel",
                buyer.caller,
                id=buyer.project,
                reason="CUSTOMER_WISH",
                expectedRefund=str(back),
            )
        except Refused as refusal:
            if str(refusal) != "STAGE_FORBIDS":  # else the first try was heard
                raise
        return "cancelled"

    def _ask(self, document: str, caller: Caller | None = None, **variables: Any) -> Any:
        """Ask until there is an answer."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return self._asked(document, caller, variables)
            except (requests.RequestException, Unexpected, _Broken):
                time.sleep(0.15)
        raise GaveUp(document)

    def _asked(self, document: str, caller: Caller | None, variables: dict[str, Any]) -> Any:
        body = self.shop.api().send(document, caller, **variables)
        if body.get("errors"):
            message = body["errors"][0]["message"]
            raise _Broken(message) if message == "Internal Server Error" else Refused(message)
        (payload,) = body["data"].values()
        if isinstance(payload, dict) and payload.get("errors"):
            raise Refused(str(payload["errors"][0]["code"]))
        return payload


class _Broken(Exception):
    """The shop failed at its side."""


def _until(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.3)
    return None
