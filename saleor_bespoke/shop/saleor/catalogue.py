"""The two dedicated products, and one variant of them for every checkout that is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef
from saleor.channel.models import Channel
from saleor.checkout.models import CheckoutLine
from saleor.product.models import (
    Product,
    ProductChannelListing,
    ProductType,
    ProductVariant,
    ProductVariantChannelListing,
)
from saleor.warehouse.models import Stock, Warehouse

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.shop.saleor import titles
from saleor_bespoke.shop.saleor.installed import PIECE, WORK, product_find

#: What a variant costs to somebody who does not pay its checkout's agreed price. It tells nobody
#: that price, and on nothing no promotion of the shop takes anything off.
LISTED = Decimal(0)
REFERENCES = (PIECE, WORK)
#: How many variants left behind one opened checkout clears away.
SWEEP = 20


@dataclass(frozen=True)
class Dedicated:
    """One of the two products: its names in the shop, and whether a parcel belongs to it."""

    reference: str
    slug: str
    name: str
    shipped: bool


DEDICATED = (
    Dedicated(PIECE, "saleor-bespoke-piece", "Bespoke piece", True),
    Dedicated(WORK, "saleor-bespoke-work", "Bespoke work", False),
)


def products_ensure(channels: Iterable[Any] | None = None) -> list[Any]:
    """Create or repair both products, sold in these channels (all active ones by default).

    Repeating it changes nothing. They are published, because Saleor lets nobody pay for anything
    else, but appear in no listing, category or collection. What the shop decides itself, their
    names, texts and tax class, is left as found.
    """
    sold_in = list(Channel.objects.filter(is_active=True) if channels is None else channels)
    with transaction.atomic():
        products = [_product_ensure(wanted) for wanted in DEDICATED]
        for product in products:
            for channel in sold_in:
                _listing_ensure(product, channel)
    return products


def _product_ensure(wanted: Dedicated) -> Any:
    kind, _ = ProductType.objects.get_or_create(
        slug=wanted.slug,
        defaults={
            "name": wanted.name,
            "kind": "normal",
            "is_shipping_required": wanted.shipped,
            "has_variants": True,
        },
    )
    if kind.is_shipping_required != wanted.shipped:
        kind.is_shipping_required = wanted.shipped
        kind.save(update_fields=["is_shipping_required"])
    titles.attribute_ensure(kind)
    product = product_find(wanted.reference)
    if product is None:
        product = Product.objects.create(
            external_reference=wanted.reference,
            slug=_slug_free(wanted.slug),
            name=wanted.name,
            product_type=kind,
        )
    if product.product_type_id != kind.pk:
        product.product_type = kind
        product.save(update_fields=["product_type"])
    return product


def _slug_free(slug: str) -> str:
    taken = set(Product.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return next(
        name for name in (slug, *(f"{slug}-{n}" for n in range(2, 99))) if name not in taken
    )


def _listing_ensure(product: Any, channel: Any) -> None:
    wanted: dict[str, Any] = {"is_published": True, "visible_in_listings": False}
    now = datetime.now(UTC)  # Saleor itself compares these with the world's time
    listing, created = ProductChannelListing.objects.get_or_create(
        product=product,
        channel=channel,
        defaults={
            **wanted,
            "currency": channel.currency_code,
            "published_at": now,
            "available_for_purchase_at": now,
            "discounted_price_amount": LISTED,
        },
    )
    if created:
        return
    if not listing.available_for_purchase_at or not listing.is_available_for_purchase():
        wanted["available_for_purchase_at"] = now
    if not listing.is_visible:
        wanted["published_at"] = now
    changed = [name for name, value in wanted.items() if getattr(listing, name) != value]
    for name in changed:
        setattr(listing, name, wanted[name])
    if changed:
        listing.save(update_fields=changed)


def products_offer(channel: Any, *, offered: bool) -> None:
    """Sell both products in this channel, or nothing of them to anybody.

    Where the plugin is off nothing guards their checkouts, so that none may be completed.
    """
    for wanted in DEDICATED:
        product = product_find(wanted.reference)
        if product is None:
            continue
        if offered:
            _listing_ensure(product, channel)
        else:
            product.channel_listings.filter(channel=channel).update(is_published=False)


def variant_create(*, channel: Any, title: str, shipped: bool) -> Any:
    """The variant of one checkout: sold once, in one channel, kept in every warehouse of it."""
    reference = PIECE if shipped else WORK
    product = product_find(reference)
    if product is None:
        raise BespokeError(
            ErrorCode.INVALID, "This shop was not set up for bespoke pieces: run bespoke_setup."
        )
    _listing_ensure(product, channel)
    variant = ProductVariant.objects.create(
        product=product,
        name=title[:255],
        external_reference=f"{reference}:{uuid4()}",
        track_inventory=False,
        quantity_limit_per_customer=1,
    )
    titles.title_show(variant, title)
    ProductVariantChannelListing.objects.create(
        variant=variant,
        channel=channel,
        currency=channel.currency_code,
        price_amount=LISTED,
        discounted_price_amount=LISTED,
    )
    # Staff's own fulfilment asks for a stock to take the piece from, though none is counted.
    Stock.objects.bulk_create(
        Stock(product_variant=variant, warehouse_id=pk, quantity=0)
        for pk in Warehouse.objects.filter(channels=channel).values_list("pk", flat=True)
    )
    return variant


def order_hide(order: Any) -> None:
    """Take the pieces of an order out of sale; the order and its lines keep showing them."""
    ProductVariantChannelListing.objects.filter(
        variant__order_lines__order=order,
        variant__product__external_reference__in=REFERENCES,
    ).delete()


def variants_drop(variant_pks: Iterable[int]) -> None:
    """Delete the variants of a dropped checkout, unless an order names them."""
    _delete(ProductVariant.objects.filter(pk__in=list(variant_pks)))


def variants_sweep(limit: int = SWEEP) -> None:
    """Delete variants that checkouts left behind which Saleor's own housekeeping deleted."""
    lines = CheckoutLine.objects.filter(variant_id=OuterRef("pk"))
    left = _without_order(ProductVariant.objects.exclude(Exists(lines))).order_by("pk")
    mine = left.select_for_update(skip_locked=True, of=("self",))  # nobody waits for tidying up
    _delete(ProductVariant.objects.filter(pk__in=[variant.pk for variant in mine[:limit]]))


def _without_order(variants: Any) -> Any:
    return variants.filter(product__external_reference__in=REFERENCES, order_lines=None)


def _delete(variants: Any) -> None:
    keys = list(_without_order(variants).values_list("pk", flat=True))
    if keys:
        titles.titles_drop(keys)
        ProductVariant.objects.filter(pk__in=keys).delete()
