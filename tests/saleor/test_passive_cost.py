"""An order with nothing bespoke in it costs the shop no statement more than without the plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene
import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from saleor.core.jwt import create_access_token
from saleor.settings import BUILTIN_PLUGINS

from saleor_bespoke.plugins.saleor.sessions import SESSIONS
from tests.fixtures import make_staff
from tests.hosts import saleor as host
from tests.paying import ADDRESSES
from tests.saleor import other_gateway
from tests.saleor.shopping import ref

pytestmark = pytest.mark.django_db

OURS = "saleor_bespoke.plugins.saleor.plugin.BespokePlugin"
OTHER = "tests.saleor.other_gateway.OtherGateway"


def ordinary_purchase(variant: str, boss: str) -> dict[str, int]:
    """Buy a box and send it: the number of statements of each operation."""
    counted: dict[str, int] = {}

    def count(name: str, act: Callable[[], Any]) -> Any:
        with CaptureQueriesContext(connection) as seen:
            answer = act()
        counted[name] = len(seen.captured_queries)
        return answer

    checkout_id = count("create", lambda: host.checkout_of(variant, channel="us"))
    address = {"firstName": "A", "lastName": "B", "country": "US", **ADDRESSES["US"]}
    count("fill in", lambda: host.fill_in(checkout_id, address))
    count("read", lambda: host.ask(host.document("checkout"), {"id": ref(checkout_id)}))
    given = {"id": ref(checkout_id), "gateway": other_gateway.GATEWAY, "data": {}}
    count("pay", lambda: host.done("transactionInitialize", **given))
    order = count("complete", lambda: host.complete(checkout_id))
    order_ref = graphene.Node.to_global_id("Order", order.pk)
    seen = count(
        "read order",
        lambda: host.ask(host.document("orderAsStaff"), {"id": order_ref}, bearer=boss),
    )
    (line,) = seen["data"]["order"]["lines"]
    warehouse = line["variant"]["stocks"][0]["warehouse"]["id"]
    stocks = [{"quantity": 1, "warehouse": warehouse}]
    lines = [{"orderLineId": line["id"], "stocks": stocks}]
    parcel = count(
        "fulfil",
        lambda: host.done("orderFulfill", bearer=boss, order=order_ref, input={"lines": lines}),
    )
    count(
        "track",
        lambda: host.done(
            "orderFulfillmentUpdateTracking",
            bearer=boss,
            id=parcel["fulfillments"][0]["id"],
            trackingNumber="1Z",
        ),
    )
    (transaction,) = seen["data"]["order"]["transactions"]
    count(
        "refund",
        lambda: host.done(
            "transactionRequestAction",
            bearer=boss,
            id=transaction["id"],
            actionType="REFUND",
            amount="5",
        ),
    )
    return counted


def test_an_ordinary_purchase_costs_not_one_statement_more(shop: None, settings: Any) -> None:
    who = make_staff("boss@example.com", permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"))
    boss = create_access_token(get_user_model().objects.get(pk=who.user_pk))
    variant = host.ordinary_variant()
    other_gateway.app_make()

    counts = {}
    shops_own = [*BUILTIN_PLUGINS, OTHER]
    for name, plugins in (
        ("warm", shops_own),
        ("off", shops_own),
        ("on", [*shops_own, OURS, SESSIONS]),
    ):
        settings.PLUGINS = plugins
        cache.clear()
        ordinary_purchase(variant, boss)  # what a process learns once is learnt
        counts[name] = ordinary_purchase(variant, boss)

    assert counts["on"] == counts["off"]
    assert counts["off"] == counts["warm"]
    assert min(counts["on"].values()) > 0
