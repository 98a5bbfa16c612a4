"""What of the shop's own marketing reaches a bespoke checkout, though nothing should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import graphene
from saleor.discount.models import Promotion, PromotionRule, Voucher
from saleor.product.models import Collection, Product, ProductVariant

from saleor_bespoke.shop.saleor.installed import PIECE, WORK


def interferences() -> Iterator[str]:
    """One sentence for each thing; a checkout with any discount on it cannot be paid."""
    products = list(Product.objects.filter(external_reference__in=(PIECE, WORK)))
    variants = ProductVariant.objects.filter(product__in=products)
    for product in products:
        if product.category_id:
            yield f"The product {product.name} is in a category: take it out."
    for collection in Collection.objects.filter(products__in=products).distinct():
        yield f"The collection {collection.name} holds a bespoke product: take it out."
    named = Voucher.objects.filter(products__in=products) | Voucher.objects.filter(
        variants__in=variants
    )
    for voucher in named.distinct():
        yield f"The voucher {voucher.name or voucher.pk} names a bespoke product: take it out."
    yield from _promotions(products, variants)


def _promotions(products: list[Any], variants: Any) -> Iterator[str]:
    now = datetime.now(UTC)  # Saleor itself compares with the world's time
    running = Promotion.objects.filter(start_date__lte=now).exclude(end_date__lt=now)
    ours = {graphene.Node.to_global_id("Product", product.pk) for product in products}
    ours |= {graphene.Node.to_global_id("ProductVariant", pk) for pk in _pks(variants)}
    reached = set(
        PromotionRule.variants.through.objects.filter(productvariant__in=variants).values_list(
            "promotionrule_id", flat=True
        )
    )
    for rule in PromotionRule.objects.filter(promotion__in=running).select_related("promotion"):
        name = rule.promotion.name
        if rule.pk in reached or ours & set(_texts(rule.catalogue_predicate)):
            yield f"The promotion {name} reaches bespoke pieces: leave them out of it."
        elif rule.order_predicate:
            yield (
                f"The promotion {name} takes from whole orders: a commission whose checkout it "
                "reaches cannot be paid while it runs."
            )


def _pks(variants: Any) -> list[Any]:
    return list(variants.values_list("pk", flat=True))


def _texts(predicate: Any) -> Iterator[str]:
    """Every text in a predicate, however deep."""
    if isinstance(predicate, dict):
        predicate = list(predicate.values())
    if isinstance(predicate, list):
        for part in predicate:
            yield from _texts(part)
    elif isinstance(predicate, str):
        yield predicate
