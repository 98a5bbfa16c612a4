"""A payable's checkout in Saleor: opened, read as Saleor calculates it, dropped, completed.

Prices are Saleor's own, calculated anew when they have expired. Where a tax app calculates a
channel's taxes, that asks the app over the network, within the transaction of whoever asks us.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.sites.models import Site
from django.db import transaction
from django.db.models import Sum
from saleor.channel.models import Channel
from saleor.checkout.calculations import fetch_checkout_data
from saleor.checkout.complete_checkout import complete_checkout
from saleor.checkout.fetch import fetch_checkout_info, fetch_checkout_lines
from saleor.checkout.lock_objects import checkout_qs_select_for_update
from saleor.checkout.models import Checkout, CheckoutLine, CheckoutMetadata
from saleor.checkout.utils import delete_checkouts
from saleor.discount.models import CheckoutDiscount, CheckoutLineDiscount
from saleor.plugins.manager import get_plugins_manager
from saleor.shipping.models import ShippingMethod

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop import port
from saleor_bespoke.shop.saleor import catalogue, payments
from saleor_bespoke.shop.saleor.installed import MARK, app_find, product_is_ours
from saleor_bespoke.shop.saleor.versions import accepted, known_fields, settled

ZERO = Decimal(0)
REASON = "Agreed price of a bespoke commission"


def site_settings() -> Any:
    """The shop's settings as its staff made them."""
    site: Any = Site.objects.get_current()
    return site.settings


def uuid_of(text: object) -> UUID | None:
    """The UUID this text spells, if it spells one."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def checkout_find(checkout_id: object) -> Any:
    """The checkout with this id, if there is one."""
    pk = uuid_of(checkout_id)
    rows = Checkout.objects.select_related("channel", "user", "shipping_address", "billing_address")
    return rows.filter(pk=pk).first() if pk else None


def checkout_open(request: port.CheckoutRequest) -> Any:
    """Open a checkout of one line with a variant of its own, at the agreed price."""
    channel = Channel.objects.filter(slug=request.channel, is_active=True).first()
    if channel is None or channel.currency_code != request.currency:
        raise BespokeError(ErrorCode.INVALID, "Nothing is sold in this channel at present.")
    with transaction.atomic():
        catalogue.variants_sweep()
        variant = catalogue.variant_create(
            channel=channel, title=request.title, shipped=request.shipped
        )
        checkout = Checkout.objects.create(
            channel=channel,
            currency=channel.currency_code,
            email=request.email,
            user_id=request.user_pk,
            country=request.country,
            tracking_code=MARK,
            **({"language_code": request.language} if request.language else {}),
        )
        mark = {MARK: str(checkout.pk)}
        CheckoutMetadata.objects.create(
            checkout=checkout, metadata=dict(request.metadata), private_metadata=mark
        )
        checkout.lines.create(
            variant=variant,
            quantity=1,
            currency=channel.currency_code,
            price_override=request.price,
            undiscounted_unit_price_amount=request.price,
            metadata=dict(request.metadata),
            private_metadata=mark,
            **known_fields(CheckoutLine, price_override_reason=REASON),
        )
    return checkout


def checkout_drop(checkout_id: str) -> bool:
    """Delete a checkout that carries no money, with its variant; False if it does or is gone."""
    pk = uuid_of(checkout_id)
    with transaction.atomic():
        checkout = checkout_qs_select_for_update().filter(pk=pk).first() if pk else None
        if checkout is None or payments.money_on(checkout):
            return False
        variants = list(checkout.lines.values_list("variant_id", flat=True))
        delete_checkouts([checkout.pk])
        catalogue.variants_drop(variants)
    return True


def _priced(checkout: Any) -> tuple[Any, list[Any]]:
    """Saleor's picture of the checkout with its prices as they are now."""
    manager = get_plugins_manager(allow_replica=False)
    lines, _ = fetch_checkout_lines(checkout)
    info = fetch_checkout_info(checkout, lines, manager)
    outcome = fetch_checkout_data(
        checkout_info=info,
        manager=manager,
        lines=lines,
        **accepted(fetch_checkout_data, requestor=None),
    )
    return settled(outcome)[0], lines


def state(checkout: Any) -> port.CheckoutState:
    """The checkout as Saleor would charge it now."""
    info, lines = _priced(checkout)
    row = info.checkout
    total = row.total
    stored = CheckoutMetadata.objects.filter(checkout=row).first()
    return port.CheckoutState(
        checkout_id=str(row.pk),
        channel=info.channel.slug,
        currency=row.currency,
        total=payments.quantized(total.gross.amount, row.currency),
        line_total=payments.quantized(row.subtotal.gross.amount, row.currency),
        shipping=payments.quantized(row.shipping_price.gross.amount, row.currency),
        tax=payments.quantized(total.gross.amount - total.net.amount, row.currency),
        discount=_discount(row),
        quantities=tuple(line.line.quantity if _agreed(line, row) else 0 for line in lines),
        unit_prices=tuple(
            payments.quantized(line.undiscounted_unit_price.amount, row.currency) for line in lines
        ),
        destination=_destination(row),
        has_billing=row.billing_address_id is not None,
        has_delivery=_has_delivery(row, lines),
        metadata=dict(stored.metadata or {}) if stored else {},
        transactions=payments.transactions_of(row),
        voucher=_voucher(row),
    )


def _agreed(line: Any, checkout: Any) -> bool:
    """Whether we put this line there: a shopper's own has no such mark, whatever it holds."""
    mark = (line.line.private_metadata or {}).get(MARK)
    return product_is_ours(line.product) and mark == str(checkout.pk)


def _discount(checkout: Any) -> Decimal:
    """All that makes the sum less than the agreed one: promotions, vouchers, gift cards."""
    whole = CheckoutDiscount.objects.filter(checkout=checkout).aggregate(Sum("amount_value"))
    lines = CheckoutLineDiscount.objects.filter(line__checkout=checkout)
    off = max(checkout.discount_amount, whole["amount_value__sum"] or ZERO)
    off += lines.aggregate(Sum("amount_value"))["amount_value__sum"] or ZERO
    off += checkout.get_total_gift_cards_balance().amount
    return payments.quantized(off, checkout.currency)


def _voucher(checkout: Any) -> str:
    if checkout.voucher_code:
        return str(checkout.voucher_code)
    return "gift card" if checkout.gift_cards.exists() else ""


def _destination(checkout: Any) -> str:
    """The country the piece goes to: the address's, or that of the place where it is collected."""
    address = checkout.shipping_address
    if checkout.collection_point_id:
        address = checkout.collection_point.address
    return str(address.country.code) if address else ""


def _has_delivery(checkout: Any, lines: Iterable[Any]) -> bool:
    """Whether a way of delivery is chosen that serves the address, or none is needed.

    A method of the shop's own is looked up; one of a shipping app counts as the app offered it.
    """
    if not any(line.product_type.is_shipping_required for line in lines):
        return True
    if checkout.collection_point_id:
        return True
    address = checkout.shipping_address
    chosen = getattr(checkout, "assigned_delivery", None)  # from 3.22 on
    if address is None or (chosen is not None and not (chosen.is_valid and chosen.active)):
        return False
    if chosen is not None:
        method_pk, external = chosen.built_in_shipping_method_id, chosen.is_external
    else:
        method_pk = checkout.shipping_method_id
        external = bool(checkout.external_shipping_method_id)
    if method_pk is None:
        return bool(external)
    return bool(
        ShippingMethod.objects.filter(
            pk=method_pk,
            shipping_zone__countries__contains=address.country.code,
            shipping_zone__channels=checkout.channel_id,
            channel_listings__channel=checkout.channel_id,
        ).exists()
    )


def checkout_complete(checkout: Any) -> Any:
    """The order that Saleor makes of a paid checkout, with all of its own checks and ours.

    Raises Django's ValidationError with the reason of a refusal.
    """
    manager = get_plugins_manager(allow_replica=False)
    lines, unavailable = fetch_checkout_lines(checkout)
    if unavailable or not lines:
        return None
    order, _, _ = complete_checkout(
        manager=manager,
        checkout_info=fetch_checkout_info(checkout, lines, manager),
        lines=lines,
        payment_data={},
        store_source=False,
        user=checkout.user,
        app=None if checkout.user else app_find(),
        site_settings=site_settings(),
    )
    return order
