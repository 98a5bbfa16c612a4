"""Every way around full payment, tried on the shop's own API: what the shopper is told, where the
money ends, what the commission shows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import graphene
import pytest
import time_machine
from django.test import TestCase
from django.utils import timezone
from saleor.checkout.models import Checkout
from saleor.discount.models import (
    Promotion,
    PromotionRule,
    Voucher,
    VoucherChannelListing,
    VoucherCode,
)
from saleor.giftcard.models import GiftCard
from saleor.order.models import Order
from saleor.plugins.manager import get_plugins_manager
from saleor.product.models import Product
from saleor.product.utils.variant_prices import update_discounted_prices_for_promotion

from saleor_bespoke import clock
from saleor_bespoke.money.models import Attempt
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import GATEWAY, shop
from saleor_bespoke.shop.saleor.installed import PLUGIN_ID
from tests.fixtures import make_staff
from tests.hosts import saleor as host
from tests.paying import begin, confirm, fill_in, pay
from tests.saleor import other_gateway
from tests.saleor.shopping import (
    TOTAL,
    bearer,
    by_other_gateway,
    charged_by_card,
    complete,
    held,
    mutate,
    reasons,
    ref,
    refusal,
    settled,
)

pytestmark = pytest.mark.django_db


def nothing_started(project: BespokeProject) -> None:
    """No order, no lock, the offer is still to be paid."""
    project.refresh_from_db()
    assert project.stage == Stage.CHECKOUT
    assert not Order.objects.exists()
    assert project.payables.get().status == "OPEN"


def can_still_pay(provider: FakeStripe, project: BespokeProject, customer: Actor) -> None:
    """The customer pays the ordinary way after all, and work starts."""
    from saleor_bespoke.flows.acceptance import payable_checkout_open

    opened = payable_checkout_open(actor=customer, payable_pk=project.payables.get().pk)
    order = pay(provider, opened.attempt.checkout_id)
    project.refresh_from_db()
    assert project.stage == Stage.DESIGN
    assert order.total_charged_amount == TOTAL


# the way it should go ------------------------------------------------------------------------


def test_the_whole_sum_by_our_gateway_starts_the_work(
    provider: FakeStripe, quoted_project: BespokeProject, accepted: Any
) -> None:
    order = pay(provider, accepted.attempt.checkout_id)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert order.total_charged_amount == order.total_gross_amount == TOTAL
    assert quoted_project.payables.get().order_id == str(order.pk)
    assert not Checkout.objects.filter(pk=accepted.attempt.checkout_id).exists()
    assert not reasons(quoted_project)


def test_the_whole_sum_by_another_gateway_starts_the_work(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    by_other_gateway(checkout_id)

    host.complete(checkout_id)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


# money that is not there -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pretend", "amount"),
    [
        ("AUTHORIZATION_SUCCESS", None),
        ("CHARGE_SUCCESS", Decimal(100)),
        ("CHARGE_SUCCESS", TOTAL + 1),
    ],
    ids=["authorised only", "charged in part", "charged too much"],
)
def test_money_that_is_not_the_sum_starts_nothing_and_goes_back(
    provider: FakeStripe,
    quoted_project: BespokeProject,
    customer: Actor,
    checkout_id: str,
    pretend: str,
    amount: Decimal | None,
) -> None:
    by_other_gateway(checkout_id, pretend=pretend, amount=str(amount or TOTAL))
    assert held() == (amount or TOTAL)

    code, message = complete(checkout_id)

    assert code in {"CHECKOUT_NOT_FULLY_PAID", "INVALID"}
    assert message
    nothing_started(quoted_project)
    settled()
    assert held() == 0
    can_still_pay(provider, quoted_project, customer)


def test_a_pending_charge_starts_nothing(quoted_project: BespokeProject, checkout_id: str) -> None:
    by_other_gateway(checkout_id, pretend="CHARGE_REQUEST")

    code, _ = complete(checkout_id)

    assert code == "CHECKOUT_NOT_FULLY_PAID"
    nothing_started(quoted_project)


def test_a_channel_that_allows_unpaid_orders_allows_none_of_ours(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    checkout = Checkout.objects.get(pk=checkout_id)
    checkout.channel.allow_unpaid_orders = True
    checkout.channel.save()

    code, _ = complete(checkout_id)

    assert code == "CHECKOUT_NOT_FULLY_PAID"
    nothing_started(quoted_project)


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(1), TOTAL - Decimal("0.01"), TOTAL + 1])
def test_our_gateway_takes_the_whole_sum_or_nothing(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str, amount: Decimal
) -> None:
    _, event, _ = begin(checkout_id, amount=amount)

    assert event["type"] == "CHARGE_FAILURE"
    assert "in full" in event["message"]
    assert held() == 0
    nothing_started(quoted_project)


def test_a_second_payment_of_the_same_sum_is_refused(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str
) -> None:
    charged_by_card(provider, checkout_id)

    _, event, _ = begin(checkout_id, amount=TOTAL)

    assert event["type"] == "CHARGE_FAILURE"
    assert held() == TOTAL
    host.complete(checkout_id)
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


# another checkout than the agreed one ------------------------------------------------------------


def more_pieces(checkout_id: str) -> None:
    """As if the shop's own limit of one were lifted."""
    checkout = Checkout.objects.get(pk=checkout_id)
    checkout.lines.update(quantity=2)
    checkout.price_expiration = timezone.now()
    checkout.save()


def another_line(checkout_id: str) -> None:
    variant = host.ordinary_variant()
    mutate(
        "checkoutLinesAdd",
        "id: $id, lines: $lines",
        "$id: ID!, $lines: [CheckoutLineInput!]!",
        id=ref(checkout_id),
        lines=[{"variantId": variant, "quantity": 1}],
    )


def another_line_instead(checkout_id: str) -> None:
    another_line(checkout_id)
    lines = Checkout.objects.get(pk=checkout_id).lines
    piece = lines.exclude(price_override=None).get()
    mutate(
        "checkoutLinesDelete",
        "id: $id, linesIds: $lines",
        "$id: ID!, $lines: [ID!]!",
        id=ref(checkout_id),
        lines=[graphene.Node.to_global_id("CheckoutLine", piece.pk)],
    )


def another_destination(checkout_id: str) -> None:
    address = {"firstName": "A", "lastName": "B", "country": "DE"}
    address |= {"streetAddress1": "Torstraße 1", "city": "Berlin", "postalCode": "10119"}
    host.done("checkoutShippingAddressUpdate", id=ref(checkout_id), address=address)


def voucher(checkout_id: str) -> None:
    row = Voucher.objects.create(discount_value_type="percentage", name="Ten")
    VoucherCode.objects.create(voucher=row, code="TEN")
    channel = Checkout.objects.get(pk=checkout_id).channel
    VoucherChannelListing.objects.create(
        voucher=row, channel=channel, discount_value=10, currency=channel.currency_code
    )
    _promo_code(checkout_id, "TEN")


def gift_card(checkout_id: str) -> None:
    GiftCard.objects.create(
        code="GIFT-1", initial_balance_amount=100, current_balance_amount=100, currency="USD"
    )
    _promo_code(checkout_id, "GIFT-1")


def _promo_code(checkout_id: str, code: str) -> None:
    mutate(
        "checkoutAddPromoCode",
        "id: $id, promoCode: $code",
        "$id: ID!, $code: String!",
        id=ref(checkout_id),
        code=code,
    )


CHANGES = {
    "more pieces": more_pieces,
    "another line": another_line,
    "another line instead": another_line_instead,
    "another destination": another_destination,
    "a voucher": voucher,
    "a gift card": gift_card,
}


def test_the_shop_sells_one_piece_a_commission(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    line = Checkout.objects.get(pk=checkout_id).lines.get()
    payload = mutate(
        "checkoutLinesUpdate",
        "id: $id, lines: $lines",
        "$id: ID!, $lines: [CheckoutLineUpdateInput!]!",
        id=ref(checkout_id),
        lines=[{"lineId": graphene.Node.to_global_id("CheckoutLine", line.pk), "quantity": 2}],
    )

    assert refusal(payload)[0] == "QUANTITY_GREATER_THAN_LIMIT"
    line.refresh_from_db()
    assert line.quantity == 1


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_checkout_is_not_paid_by_our_gateway(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str, change: Any
) -> None:
    change(checkout_id)
    begun = len(provider.state.table("payment_intent"))

    _, event, _ = begin(checkout_id)

    assert event["type"] == "CHARGE_FAILURE"
    assert event["message"]
    assert len(provider.state.table("payment_intent")) == begun
    nothing_started(quoted_project)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_checkout_changed_after_its_payment_starts_nothing_and_the_money_goes_back(
    provider: FakeStripe,
    quoted_project: BespokeProject,
    customer: Actor,
    checkout_id: str,
    change: Any,
) -> None:
    charged_by_card(provider, checkout_id)
    change(checkout_id)

    answer = host.api("checkoutComplete", id=ref(checkout_id))

    code, message = refusal(answer)
    assert code
    assert message
    nothing_started(quoted_project)
    settled()
    assert held() == 0
    can_still_pay(provider, quoted_project, customer)


# other ways to an order ---------------------------------------------------------------------------


def test_an_app_makes_no_order_of_an_unpaid_checkout(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    token = host.app_token("handle_checkouts", "manage_orders")

    payload = mutate(
        "orderCreateFromCheckout", "id: $id", "$id: ID!", who=token, id=ref(checkout_id)
    )

    code, _ = refusal(payload)
    assert code
    nothing_started(quoted_project)


def test_the_older_payment_flow_takes_no_money(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    other_gateway.OtherGateway.taken.clear()
    mutate(
        "checkoutPaymentCreate",
        "id: $id, input: $input",
        "$id: ID!, $input: PaymentInput!",
        id=ref(checkout_id),
        input={"gateway": "tests.other_gateway", "token": "paid", "amount": str(TOTAL)},
    )

    code, message = complete(checkout_id)

    assert code
    assert message
    assert other_gateway.OtherGateway.taken == []
    nothing_started(quoted_project)


def test_the_dedicated_product_cannot_be_bought_directly(
    quoted_project: BespokeProject, checkout_id: str, customer: Actor
) -> None:
    piece = Checkout.objects.get(pk=checkout_id).lines.get().variant
    variant = graphene.Node.to_global_id("ProductVariant", piece.pk)
    other = host.checkout_of(variant, channel="us")
    fill_in(other)
    by_other_gateway(other)

    code, message = complete(other)

    assert code
    assert "accepting its quote" in message
    assert not Order.objects.exists()


def test_where_the_plugin_is_off_no_piece_is_sold_at_all(
    provider: FakeStripe, quoted_project: BespokeProject, customer: Actor, checkout_id: str
) -> None:
    """Nothing would guard it there: neither the agreed checkout nor the product by itself."""
    piece = Checkout.objects.get(pk=checkout_id).lines.get().variant
    variant = graphene.Node.to_global_id("ProductVariant", piece.pk)
    manager = get_plugins_manager(allow_replica=False)
    manager.save_plugin_configuration(PLUGIN_ID, "us", {"active": False})

    by_other_gateway(checkout_id)
    code, _ = complete(checkout_id)
    assert code == "UNAVAILABLE_VARIANT_IN_CHANNEL"
    with pytest.raises(host.ApiError, match="PRODUCT_NOT_PUBLISHED"):
        host.checkout_of(variant, channel="us")
    nothing_started(quoted_project)

    manager.save_plugin_configuration(PLUGIN_ID, "us", {"active": True})
    host.complete(checkout_id)
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


def test_money_that_staff_put_on_the_checkout_without_a_transfer_starts_nothing(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    boss = make_staff("boss@example.com", permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"))
    host.done(
        "transactionCreate",
        bearer=bearer(boss),
        id=ref(checkout_id),
        transaction={
            "name": "Cash",
            "pspReference": "",
            "amountCharged": {"amount": str(TOTAL), "currency": "USD"},
        },
    )

    code, _ = complete(checkout_id)

    assert code
    nothing_started(quoted_project)


def test_a_staff_members_draft_order_is_no_commission(
    quoted_project: BespokeProject, checkout_id: str
) -> None:
    piece = Checkout.objects.get(pk=checkout_id).lines.get().variant
    boss = make_staff("boss@example.com", permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"))
    order = host.draft_order(
        graphene.Node.to_global_id("ProductVariant", piece.pk), channel="us", who=bearer(boss)
    )
    mutate("orderMarkAsPaid", "id: $id", "$id: ID!", who=bearer(boss), id=order)

    settled()
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.CHECKOUT
    assert quoted_project.payables.get().status == "OPEN"
    assert Attempt.objects.get().state == "LIVE"


def test_the_browser_that_died_after_paying_gets_its_order(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str
) -> None:
    transaction, _, _ = begin(checkout_id)
    confirm(provider, transaction.psp_reference)

    host.provider_reports(provider, transaction.psp_reference)
    settled(minutes=1)

    order = shop().order_of_checkout(checkout_id)
    assert order is not None
    assert order.charged == TOTAL
    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN


def test_the_gateway_offers_itself(checkout_id: str) -> None:
    payload = host.done("paymentGatewayInitialize", id=ref(checkout_id), gateway=GATEWAY)

    (config,) = payload["gatewayConfigs"]
    assert config["errors"] == []
    assert config["data"] == {"stripePublishableKey": "pk_test_embedded"}


# offers that are over, the shop's marketing, a transfer ----------------------------------------


def test_an_offer_that_is_over_takes_no_money(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str
) -> None:
    begun = len(provider.state.table("payment_intent"))
    ended = quoted_project.quotes.get().valid_until + timedelta(minutes=1)

    with time_machine.travel(ended):
        _, event, _ = begin(checkout_id)

    assert event["type"] == "CHARGE_FAILURE"
    assert len(provider.state.table("payment_intent")) == begun
    nothing_started(quoted_project)


def test_money_that_comes_after_the_offer_goes_back(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str
) -> None:
    ended = quoted_project.quotes.get().valid_until + timedelta(minutes=1)

    with time_machine.travel(ended):
        by_other_gateway(checkout_id)
        code, message = complete(checkout_id)
        settled()

    assert code
    assert message
    assert held() == 0
    assert not Order.objects.exists()


def test_a_superseded_offer_cannot_be_paid(
    provider: FakeStripe,
    quoted_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    checkout_id: str,
) -> None:
    from saleor_bespoke.flows.quote_withdrawal import quote_withdraw

    quote = quoted_project.quotes.get()
    quote_withdraw(actor=staff, quote_pk=quote.pk, reason="A better stone came in.")
    if not Checkout.objects.filter(pk=checkout_id).exists():
        return  # it went with its offer
    _, event, _ = begin(checkout_id)

    assert event["type"] == "CHARGE_FAILURE"


def test_no_promotion_of_the_shop_makes_a_piece_cheaper(
    provider: FakeStripe, quoted_project: BespokeProject, checkout_id: str
) -> None:
    checkout = Checkout.objects.get(pk=checkout_id)
    variant = checkout.lines.get().variant
    promotion = Promotion.objects.create(name="Everything must go")
    node = graphene.Node.to_global_id("ProductVariant", variant.pk)
    rule = PromotionRule.objects.create(
        promotion=promotion,
        name="A fifth off",
        catalogue_predicate={"variantPredicate": {"ids": [node]}},
        reward_value_type="percentage",
        reward_value=20,
    )
    rule.channels.add(checkout.channel)
    rule.variants.add(variant)
    update_discounted_prices_for_promotion(Product.objects.filter(pk=variant.product_id))
    Checkout.objects.filter(pk=checkout_id).update(price_expiration=timezone.now())

    _, event, _ = begin(checkout_id)

    refused = event["type"] == "CHARGE_FAILURE"
    assert refused or Decimal(str(event["amount"]["amount"])) == TOTAL
    assert refused == (Checkout.objects.get(pk=checkout_id).total_gross_amount != TOTAL)


def test_a_recorded_bank_transfer_starts_the_work(
    quoted_project: BespokeProject, accepted: Any, checkout_id: str
) -> None:
    from saleor_bespoke.flows.transfers import Found, bank_transfer_record

    boss = make_staff("boss@example.com", permissions=("MANAGE_ORDERS", "HANDLE_PAYMENTS"))
    with TestCase.captureOnCommitCallbacks(execute=True):
        bank_transfer_record(
            actor=boss,
            payable_pk=accepted.payable.pk,
            found=Found(
                amount=TOTAL,
                currency="USD",
                reference="RF18 5390 0754 7034",
                value_date=clock.now().astimezone(ZoneInfo("America/New_York")).date(),
            ),
        )
    settled(minutes=1)

    quoted_project.refresh_from_db()
    assert quoted_project.stage == Stage.DESIGN
    assert Order.objects.get().total_charged_amount == TOTAL
