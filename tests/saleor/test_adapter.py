"""What the port's contract leaves to each host: how checkouts and orders stand in Saleor itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import graphene
import pytest
from django.core import mail
from django.test import RequestFactory, TestCase
from django.utils import timezone
from saleor.account.models import Address
from saleor.app.models import App
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout, CheckoutLine
from saleor.discount import DiscountValueType
from saleor.discount.models import Promotion, PromotionRule
from saleor.order import FulfillmentStatus
from saleor.order.models import Fulfillment, Order
from saleor.payment.models import TransactionEvent, TransactionItem
from saleor.permission.models import Permission
from saleor.product.models import Product, ProductVariant
from saleor.product.utils.variant_prices import update_discounted_prices_for_promotion
from saleor.shipping.models import ShippingZone
from saleor.site.models import SiteSettings
from saleor.warehouse.models import Stock, Warehouse

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.shop.port import GATEWAY, CheckoutState, Mail, Outcome, shop
from saleor_bespoke.shop.saleor import catalogue, clocks, installed
from tests.contracts.port import (
    METADATA,
    PRICE,
    TOTAL,
    Provider,
    charge,
    fulfill,
    give_back,
    open_,
    order,
    wanted,
)
from tests.contracts.port import (
    ada as ada,
)
from tests.contracts.port import (
    furnished as furnished,
)
from tests.contracts.port import (
    opened as opened,
)
from tests.contracts.port import (
    ordered as ordered,
)
from tests.contracts.port import (
    paid as paid,
)
from tests.contracts.port import (
    provider_asked as provider_asked,
)
from tests.contracts.port import (
    ready as ready,
)
from tests.hosts import saleor as host
from tests.saleor import other_gateway

pytestmark = pytest.mark.django_db


def seen(checkout_id: str) -> CheckoutState:
    found = shop().checkout(checkout_id)
    assert found is not None
    return found


def line_of(checkout_id: str) -> CheckoutLine:
    return CheckoutLine.objects.get(checkout_id=checkout_id)


def expired(checkout_id: str) -> None:
    """Let Saleor calculate anew what it had calculated."""
    now = timezone.now()
    Checkout.objects.filter(pk=checkout_id).update(price_expiration=now, discount_expiration=now)


# the dedicated products ---------------------------------------------------------------------------


def test_products_ensure_changes_nothing_the_second_time() -> None:
    first = catalogue.products_ensure()
    before = list(Product.objects.order_by("pk").values())

    assert catalogue.products_ensure() == first
    assert list(Product.objects.order_by("pk").values()) == before
    assert [product.product_type.is_shipping_required for product in first] == [True, False]
    for product in first:
        assert (product.category_id, product.collections.count()) == (None, 0)
        assert {listing.channel.slug for listing in product.channel_listings.all()} >= {"us", "eu"}
        assert not product.channel_listings.filter(visible_in_listings=True).exists()


def test_products_ensure_repairs_what_staff_switched_off() -> None:
    piece = installed.product_find(installed.PIECE)
    piece.channel_listings.update(
        is_published=False, visible_in_listings=True, available_for_purchase_at=None
    )

    catalogue.products_ensure()

    for listing in piece.channel_listings.all():
        assert (listing.is_visible, listing.visible_in_listings) == (True, False)
        assert listing.is_available_for_purchase()


def test_products_ensure_leaves_a_slug_of_the_shops_own_alone() -> None:
    Product.objects.filter(external_reference=installed.WORK).delete()
    kind = installed.product_find(installed.PIECE).product_type
    Product.objects.create(name="Our own", slug="saleor-bespoke-work", product_type=kind)

    catalogue.products_ensure()

    assert installed.product_find(installed.WORK).slug == "saleor-bespoke-work-2"


def test_a_shop_without_set_up_says_so() -> None:
    Product.objects.all().delete()

    with pytest.raises(BespokeError, match="set up"):
        shop().checkout_open(wanted())
    assert not Checkout.objects.exists()


def test_a_channel_that_is_closed_sells_nothing() -> None:
    Channel.objects.filter(slug="us").update(is_active=False)

    with pytest.raises(BespokeError):
        shop().checkout_open(wanted())


# the checkout in Saleor ---------------------------------------------------------------------------


def test_checkout_open_as_saleor_holds_it(opened: str, ada: Any) -> None:
    checkout, line = Checkout.objects.get(), line_of(opened)

    assert (checkout.user, checkout.email, checkout.country.code) == (ada, ada.email, "US")
    assert checkout.language_code == "en"
    assert checkout.metadata_storage.private_metadata == {installed.MARK: opened}
    assert (line.quantity, line.price_override, line.undiscounted_unit_price_amount) == (
        1,
        PRICE,
        PRICE,
    )
    assert (line.metadata, line.private_metadata) == (METADATA, {installed.MARK: opened})
    assert line.variant.name == "Solitaire ring"
    assert (line.variant.track_inventory, line.variant.quantity_limit_per_customer) == (False, 1)
    assert Stock.objects.filter(product_variant=line.variant).count() == 1


def test_the_agreed_price_is_told_to_the_checkout_alone(ready: str) -> None:
    seen(ready)
    line = line_of(ready)
    query = """query q($id: ID!, $line: ID!) {
      productVariant(id: $id, channel: "us") { pricing { price { gross { amount } } } }
      products(first: 9, channel: "us") { edges { node { id } } }
      checkout(id: $line) { lines {
        unitPrice { gross { amount } } undiscountedUnitPrice { amount }
        undiscountedTotalPrice { amount } priorUnitPrice { amount } } } }"""
    variables = {
        "id": graphene.Node.to_global_id("ProductVariant", line.variant_id),
        "line": host.checkout_ref(ready),
    }
    answer = host.ask(query, variables)["data"]

    assert answer["productVariant"] is None
    assert answer["products"]["edges"] == []
    (shown,) = answer["checkout"]["lines"]
    assert shown == {
        "unitPrice": {"gross": {"amount": 1234.5}},
        "undiscountedUnitPrice": {"amount": 1234.5},
        "undiscountedTotalPrice": {"amount": 1234.5},
        "priorUnitPrice": None,
    }


def test_what_is_ours_costs_nothing_to_know(
    opened: str, django_assert_num_queries: Callable[..., Any]
) -> None:
    theirs = Checkout.objects.get(pk=host.checkout_of(host.ordinary_variant(), channel="us"))
    ours = Checkout.objects.get(pk=opened)

    with django_assert_num_queries(0):
        assert installed.checkout_is_ours(ours)
        assert not installed.checkout_is_ours(theirs)
        assert not installed.order_is_ours(Order(number="1", private_metadata={}))


def test_what_shoppers_add_is_none_of_the_agreed_piece(ready: str) -> None:
    variant = host.ordinary_variant()
    _, pk = graphene.Node.from_global_id(variant)
    checkout = Checkout.objects.get()
    checkout.lines.create(variant_id=pk, quantity=1, currency="USD")
    expired(ready)

    assert seen(ready).quantities == (1, 0)
    assert seen(ready).unit_prices == (PRICE, Decimal(10))


def test_another_thing_at_the_agreed_price_is_not_the_agreed_piece(ready: str) -> None:
    _, pk = graphene.Node.from_global_id(host.ordinary_variant())
    ProductVariant.objects.get(pk=pk).channel_listings.update(
        price_amount=PRICE, discounted_price_amount=PRICE
    )
    checkout = Checkout.objects.get()
    checkout.lines.all().delete()
    checkout.lines.create(variant_id=pk, quantity=1, currency="USD", metadata=METADATA)
    expired(ready)

    assert (seen(ready).quantities, seen(ready).unit_prices) == ((0,), (PRICE,))


def test_another_commissions_piece_is_not_the_agreed_piece(ready: str) -> None:
    other = line_of(open_(price=Decimal(1)))
    line_of(ready).delete()
    CheckoutLine.objects.create(
        checkout_id=ready, variant=other.variant, quantity=1, currency="USD"
    )
    expired(ready)

    assert (seen(ready).quantities, seen(ready).unit_prices) == ((0,), (Decimal(0),))


def promotion(**rule: Any) -> None:
    row = Promotion.objects.create(
        name="All of it", type="order" if "order_predicate" in rule else "catalogue"
    )
    made = PromotionRule.objects.create(
        promotion=row,
        reward_value_type=DiscountValueType.PERCENTAGE,
        reward_value=Decimal(20),
        **rule,
    )
    made.channels.set(Channel.objects.all())


def test_promotions_on_products_pass_the_piece_by(ready: str) -> None:
    pieces = Product.objects.filter(external_reference=installed.PIECE)
    named = [graphene.Node.to_global_id("Product", product.pk) for product in pieces]
    promotion(catalogue_predicate={"productPredicate": {"ids": named}})
    rule = PromotionRule.objects.get()
    rule.variants.set(ProductVariant.objects.filter(product__in=pieces))
    update_discounted_prices_for_promotion(pieces)
    assert line_of(ready).variant.channel_listings.get().promotion_rules.exists()
    expired(ready)

    assert (seen(ready).total, seen(ready).discount) == (TOTAL, Decimal(0))


def test_promotions_on_orders_are_a_discount(ready: str) -> None:
    promotion(
        order_predicate={
            "discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": "10"}}}
        },
        reward_type="subtotal_discount",
    )
    expired(ready)

    assert seen(ready).discount == PRICE * Decimal("0.2")
    assert seen(ready).total == TOTAL - PRICE * Decimal("0.2")


def test_a_delivery_that_does_not_serve_the_address_is_none(ready: str) -> None:
    assert seen(ready).has_delivery
    ShippingZone.objects.update(countries=["DE"])

    assert not seen(ready).has_delivery


def test_a_collected_piece_goes_to_where_it_is_collected(opened: str) -> None:
    place = Warehouse.objects.get(slug="workshop")
    place.click_and_collect_option = "all"
    place.address = Address.objects.create(country="FR", city="Paris", street_address_1="1 Rue")
    place.save()
    Checkout.objects.update(collection_point=place)

    assert (seen(opened).destination, seen(opened).has_delivery) == ("FR", True)


def test_what_saleors_housekeeping_leaves_is_cleared_away(ordered: str) -> None:
    kept = order(ordered)
    gone = open_()
    left = line_of(gone).variant_id
    Checkout.objects.filter(pk=gone).delete()
    assert ProductVariant.objects.filter(pk=left).exists()

    there = line_of(open_()).variant_id

    pieces = ProductVariant.objects.filter(product__external_reference=installed.PIECE)
    bought = Order.objects.get(pk=kept.order_id).lines.get().variant_id
    assert set(pieces.values_list("pk", flat=True)) == {bought, there}


def test_an_order_takes_its_piece_out_of_sale(paid: str) -> None:
    variant = graphene.Node.to_global_id("ProductVariant", line_of(paid).variant_id)
    assert host.checkout_of(variant, channel="us")

    row = host.complete(paid)

    line = row.lines.get()
    with pytest.raises(host.ApiError):
        host.checkout_of(variant, channel="us")
    assert (line.variant_name, line.product_name) == ("Solitaire ring", "Bespoke piece")
    assert fulfill(str(row.pk), "f").outcome is Outcome.SUCCEEDED


# callers ------------------------------------------------------------------------------------------


def context(bearer: str = "") -> Any:
    from saleor.graphql.context import get_context_value

    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return get_context_value(RequestFactory().post("/graphql/", headers=headers))


def test_an_app_is_a_caller_while_it_is_active() -> None:
    token = host.app_token("manage_orders")
    app = App.objects.exclude(identifier=GATEWAY).get()
    caller = shop().caller(context(token))

    assert (caller.app_pk, caller.app_name, caller.person) == (str(app.pk), "An app", None)
    assert caller.permissions == {"MANAGE_ORDERS"}
    assert shop().app_permissions(str(app.pk)) == {"MANAGE_ORDERS"}
    app.is_active = False
    app.save()
    assert shop().caller(context(token)).app_pk == ""
    assert shop().app_permissions(str(app.pk)) == frozenset()
    app.delete()
    assert shop().app_permissions(caller.app_pk) is None
    assert shop().app_permissions("garbage") is None


def test_a_token_of_an_extension_keeps_its_fewer_rights() -> None:
    from saleor.core.jwt import create_access_token_for_app

    stella = host.user_create(
        "stella@example.com",
        "x",
        is_staff=True,
        permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"),
    )
    app = App.objects.create(name="Narrow", is_active=True)
    app.permissions.set(Permission.objects.filter(codename="manage_orders"))

    caller = shop().caller(context(create_access_token_for_app(app, stella)))

    assert caller.person is not None
    assert caller.person.pk == stella.pk
    assert caller.permissions == {"MANAGE_ORDERS"}


def test_staff_without_a_group_have_no_channel() -> None:
    from saleor.core.jwt import create_access_token

    nora = host.user_create("nora@example.com", "x", is_staff=True)

    caller = shop().caller(context(create_access_token(nora)))

    assert (caller.permissions, caller.channels) == (frozenset(), frozenset())
    nora.is_superuser = True
    nora.save()
    caller = shop().caller(context(create_access_token(nora)))
    assert "MANAGE_ORDERS" in caller.permissions
    assert caller.channels is None


# money --------------------------------------------------------------------------------------------


def by_other_gateway(checkout_id: str, **data: Any) -> TransactionItem:
    """Pay by another app of the shop."""
    other_gateway.app_make()
    variables = {
        "id": host.checkout_ref(checkout_id),
        "gateway": other_gateway.GATEWAY,
        "data": data,
    }
    host.done("transactionInitialize", **variables)
    return TransactionItem.objects.get(checkout_id=checkout_id)


def test_a_charge_tells_saleor_as_any_payment_does(ready: str) -> None:
    assert charge(ready).outcome is Outcome.SUCCEEDED

    checkout = Checkout.objects.get(pk=ready)
    assert (checkout.charge_status, checkout.authorize_status) == ("full", "full")
    item = TransactionItem.objects.get()
    assert (item.app, item.available_actions) == (installed.app_find(), ["refund"])
    assert TransactionEvent.objects.get().type == "charge_success"


def test_a_charge_finds_the_transaction_that_the_storefront_began(ready: str) -> None:
    app = installed.app_find()
    begun = TransactionItem.objects.create(
        checkout_id=ready,
        currency="USD",
        app=app,
        app_identifier=GATEWAY,
        psp_reference="pi_1",
        idempotency_key="storefront",
    )

    done = charge(ready)

    assert (done.outcome, done.reference) == (Outcome.SUCCEEDED, str(begun.token))
    assert charge(ready, amount=TOTAL - 1).outcome is Outcome.FAILED
    begun.refresh_from_db()
    assert begun.charged_value == TOTAL


def test_another_apps_money_goes_back_through_that_app(
    ready: str, provider_asked: Provider
) -> None:
    by_other_gateway(ready)
    made = shop().checkout_complete(checkout_id=ready, key="c")
    assert made.outcome is Outcome.SUCCEEDED, made

    first = give_back(made.reference, "100.00", "r")

    assert first.outcome is Outcome.SUCCEEDED
    assert give_back(made.reference, "100.00", "r") == first
    assert order(made.reference).refunded == 100
    assert provider_asked.keys("payment_refund") == []
    kinds = list(TransactionEvent.objects.values_list("type", flat=True))
    assert kinds.count("refund_request") == kinds.count("refund_success") == 1


def test_an_authorisation_is_released(ready: str) -> None:
    by_other_gateway(ready, pretend="AUTHORIZATION_SUCCESS")
    (money,) = seen(ready).transactions
    assert (money.authorized, money.charged, money.by_hand) == (TOTAL, Decimal(0), False)
    assert shop().checkout_drop(ready) is False

    done = shop().money_release(checkout_id=ready, key="m")

    assert done.outcome is Outcome.SUCCEEDED
    assert shop().money_release(checkout_id=ready, key="m") == done
    (money,) = seen(ready).transactions
    assert (money.authorized, money.charged) == (0, 0)


def test_a_pending_charge_is_no_money_yet_but_keeps_the_checkout(ready: str) -> None:
    by_other_gateway(ready, pretend="CHARGE_REQUEST")

    (money,) = seen(ready).transactions

    assert (money.charged, money.pending) == (0, TOTAL)
    assert shop().checkout_drop(ready) is False


def test_money_that_staff_wrote_down_cannot_go_back_by_itself(ready: str) -> None:
    shop().transfer_record(
        checkout_id=ready, reference="BANK-1", amount=TOTAL, currency="USD", key="t"
    )
    made = shop().checkout_complete(checkout_id=ready, key="c")

    answer = give_back(made.reference, "100.00", "r")

    assert answer.outcome is Outcome.FAILED
    assert answer.reason
    assert (order(made.reference).charged, order(made.reference).refunded) == (TOTAL, 0)


def test_what_our_gateway_took_goes_back_first(ready: str, provider_asked: Provider) -> None:
    values: dict[str, Any] = {"checkout_id": ready, "currency": "USD", "key": "t"}
    shop().transfer_record(reference="BANK-1", amount=Decimal(1000), **values)
    charge(ready, amount=TOTAL - 1000)

    assert give_back("", TOTAL - 1000, "r", checkout_id=ready).outcome is Outcome.SUCCEEDED
    assert len(provider_asked.keys("payment_refund")) == 1


def test_parts_that_failed_spoil_the_whole() -> None:
    from saleor_bespoke.shop.port import Effect
    from saleor_bespoke.shop.saleor.returning import together

    done, waits, failed = map(Effect, (Outcome.SUCCEEDED, Outcome.PENDING, Outcome.FAILED))
    assert together([done, waits, failed]) is failed
    assert together([done, waits]) is waits
    assert together([done, done]) is done


# parcels ------------------------------------------------------------------------------------------


def test_a_parcel_that_waits_for_approval_is_approved(ordered: str) -> None:
    SiteSettings.objects.update(fulfillment_auto_approve=False)
    row = Order.objects.get(pk=ordered)
    waiting = Fulfillment.objects.create(order=row, status=FulfillmentStatus.WAITING_FOR_APPROVAL)
    line = row.lines.get()
    waiting.lines.create(
        order_line=line, quantity=1, stock=Stock.objects.get(product_variant=line.variant)
    )
    assert order(ordered).fulfillments[0].status == "WAITING_FOR_APPROVAL"

    done = fulfill(ordered, "f")

    assert (done.outcome, done.reference) == (Outcome.SUCCEEDED, str(waiting.pk))
    assert order(ordered).fulfillments[0].status == "FULFILLED"


def test_a_parcel_leaves_without_approval_or_stock(ordered: str) -> None:
    SiteSettings.objects.update(fulfillment_auto_approve=False)
    Stock.objects.all().delete()

    assert fulfill(ordered, "f").outcome is Outcome.SUCCEEDED
    assert order(ordered).status == "FULFILLED"


def test_a_cancelled_parcel_makes_room_for_another(ordered: str) -> None:
    first = fulfill(ordered, "f")
    Fulfillment.objects.update(status=FulfillmentStatus.CANCELED)
    Order.objects.get().lines.update(quantity_fulfilled=0)

    second = fulfill(ordered, "g")

    assert (second.outcome, second.reference != first.reference) == (Outcome.SUCCEEDED, True)


def test_staff_fulfil_the_piece_by_their_own_means(ordered: str) -> None:
    from saleor.core.jwt import create_access_token

    stella = host.user_create(
        "stella@example.com", "x", is_staff=True, permissions=("MANAGE_ORDERS",)
    )
    line = Order.objects.get().lines.get()
    place = graphene.Node.to_global_id("Warehouse", Warehouse.objects.get(slug="workshop").pk)
    given = {
        "lines": [
            {
                "orderLineId": graphene.Node.to_global_id("OrderLine", line.pk),
                "stocks": [{"quantity": 1, "warehouse": place}],
            }
        ]
    }
    query = """mutation m($order: ID!, $input: OrderFulfillInput!) {
      orderFulfill(order: $order, input: $input) { errors { field code message } } }"""
    variables = {"order": shop().order_global_id(ordered), "input": given}

    answer = host.ask(query, variables, bearer=create_access_token(stella))

    assert answer["data"]["orderFulfill"]["errors"] == []
    assert order(ordered).status == "FULFILLED"


# everything else ----------------------------------------------------------------------------------


def test_effects_need_no_permission_from_outside(ready: str) -> None:
    """A worker's task may call without having asked for the primary database."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        charge(ready)
        made = shop().checkout_complete(checkout_id=ready, key="c")
        assert made.outcome is Outcome.SUCCEEDED, made
        assert fulfill(made.reference, "f").outcome is Outcome.SUCCEEDED
        assert give_back(made.reference, 1, "r").outcome is Outcome.SUCCEEDED


def test_mail_keeps_its_id() -> None:
    letter = Mail(to="ada@example.com", subject="Your\nquote", body="Dear Ada", key="quote-1")

    assert shop().mail_send(letter) == shop().mail_send(letter)

    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert (first.to, first.subject) == (["ada@example.com"], "Your quote")


def test_the_clock_of_a_test_shop_moves_for_every_process(settings: Any) -> None:
    settings.BESPOKE = {**settings.BESPOKE, "CLOCK_MOVABLE": True}
    clocks.forget()
    clocks.connect()
    try:
        before = clock.now()
        moved = shop().clock_move(timedelta(days=31))
        assert timedelta(days=31) <= moved - before < timedelta(days=31, minutes=1)
        shop().clock_move(timedelta(hours=1))
        clocks.forget()
        assert clocks.offset() == timedelta(days=31, hours=1)
        app = installed.app_find()
        assert app.private_metadata[clocks.KEY] == str(timedelta(days=31, hours=1).total_seconds())
    finally:
        clocks.forget()
        clock.use_offset(timedelta)
