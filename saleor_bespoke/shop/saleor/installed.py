"""What set-up creates in a Saleor shop: its names, and how it is found again."""

from __future__ import annotations

from typing import Any

from saleor_bespoke.shop.port import GATEWAY

#: The plugin's id, and the first part of its addresses.
PLUGIN_ID = "saleor.bespoke"
#: Key in the private metadata of our checkouts and orders (value: the checkout's id), and the
#: tracking code of our checkouts: no shopper can write either.
MARK = "saleor_bespoke"
#: External references of the two dedicated products: what is shipped, and work on what is not.
PIECE = "saleor-bespoke:piece"
WORK = "saleor-bespoke:work"


def app_find() -> Any:
    """Our one App row: the payment gateway and the Dashboard extension; None before set-up."""
    from saleor.app.models import App

    apps = App.objects.filter(identifier=GATEWAY, removed_at=None)
    return apps.order_by("-is_active", "pk").first()


def product_find(reference: str) -> Any:
    """The dedicated product with this external reference; None before set-up."""
    from saleor.product.models import Product

    return Product.objects.filter(external_reference=reference).first()


def product_is_ours(product: Any) -> bool:
    """Whether this loaded product is one of the two dedicated ones."""
    return product.external_reference in (PIECE, WORK)


def variant_is_ours(variant: Any) -> bool:
    """Whether this loaded variant is a commission's; asks the database nothing."""
    return (variant.external_reference or "").startswith((f"{PIECE}:", f"{WORK}:"))


def lines_hold_ours(lines: Any) -> bool:
    """Whether any of Saleor's loaded line infos is of a dedicated product, whoever added it."""
    return any(product_is_ours(line.product) for line in lines)


def checkout_is_ours(checkout: Any) -> bool:
    """Whether we opened this loaded checkout; asks the database nothing."""
    return bool(checkout.tracking_code == MARK)


def order_is_ours(order: Any) -> bool:
    """Whether this loaded order was a checkout of ours; asks the database nothing."""
    return MARK in (order.private_metadata or {})
