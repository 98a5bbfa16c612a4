"""Take everything out of a Saleor shop that set-up made, and on request our tables with it."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q
from saleor.app.models import App
from saleor.checkout.models import Checkout, CheckoutLine
from saleor.core.db.connection import allow_writer
from saleor.order.models import OrderLine
from saleor.payment.models import TransactionItem
from saleor.plugins.models import PluginConfiguration
from saleor.product.models import (
    Product,
    ProductChannelListing,
    ProductType,
    ProductVariant,
    ProductVariantChannelListing,
)

from saleor_bespoke.plugins.saleor import schedule
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import GATEWAY
from saleor_bespoke.shop.saleor import titles
from saleor_bespoke.shop.saleor.catalogue import DEDICATED
from saleor_bespoke.shop.saleor.installed import MARK, PIECE, PLUGIN_ID, WORK

APP_LABEL = "saleor_bespoke"


def unfinished() -> int:
    """How many commissions still owe somebody something; none once our tables are gone."""
    if BespokeProject._meta.db_table not in connection.introspection.table_names():
        return 0
    with allow_writer():
        return BespokeProject.objects.exclude(stage__in=(Stage.CLOSED, Stage.CANCELLED)).count()


def money_waiting() -> int:
    """How many of our open checkouts hold a shopper's money, which only we would send back."""
    with allow_writer():
        return _with_money().count()


def _with_money() -> Any:
    held = Q(charged_value__gt=0) | Q(authorized_value__gt=0) | Q(charge_pending_value__gt=0)
    paying = TransactionItem.objects.filter(held, checkout__isnull=False)
    return Checkout.objects.filter(tracking_code=MARK, pk__in=paying.values("checkout_id"))


def remove() -> list[str]:
    """Remove app, Dashboard entries, products, configuration and tasks; one sentence for each.

    What an order names stays, out of sale, so that the order keeps showing it; and a checkout with
    money on it stays, so that staff find the money.
    """
    with allow_writer(), transaction.atomic():
        kept = set(_with_money().values_list("pk", flat=True))
        unpaid = Checkout.objects.filter(tracking_code=MARK).exclude(pk__in=kept)
        said = [_count("checkouts nobody paid", _rows_delete(unpaid))]
        if kept:
            said.append(f"Kept: checkouts with money on them ({len(kept)}); refund it by hand.")
        app = App.objects.filter(identifier=GATEWAY)
        configurations = PluginConfiguration.objects.filter(identifier=PLUGIN_ID)
        return [
            *said,
            *_products_remove(kept),
            _count("app with its Dashboard entries", _rows_delete(app)),
            _count("plugin configurations", _rows_delete(configurations)),
            _count("periodic tasks in the database", schedule.rows_delete()),
        ]


def data_remove() -> list[str]:
    """Drop our tables, triggers, functions and the number sequence, and what Django noted of us."""
    with allow_writer():
        call_command("migrate", APP_LABEL, "zero", verbosity=0, interactive=False)
        ContentType.objects.filter(app_label=APP_LABEL).delete()
    return ["Removed: our tables with every commission in them."]


def _rows_delete(rows: Any) -> int:
    count = int(rows.count())
    rows.delete()
    return count


def _count(what: str, count: int) -> str:
    return f"Removed: {what} ({count})."


def _products_remove(checkouts: set[Any]) -> list[str]:
    products = Product.objects.filter(external_reference__in=(PIECE, WORK))
    variants = ProductVariant.objects.filter(product__in=products)
    kept = set(
        OrderLine.objects.filter(variant__in=variants).values_list("variant_id", flat=True)
    ) | set(
        CheckoutLine.objects.filter(checkout__in=checkouts).values_list("variant_id", flat=True)
    )
    unneeded = variants.exclude(pk__in=kept)
    titles.titles_drop(unneeded.values_list("pk", flat=True))
    unused = _rows_delete(unneeded)
    ProductVariantChannelListing.objects.filter(variant__product__in=products).delete()
    ProductChannelListing.objects.filter(product__in=products).delete()
    gone = _rows_delete(products.exclude(variants__pk__in=kept))
    types = ProductType.objects.filter(slug__in=[wanted.slug for wanted in DEDICATED])
    types.filter(products=None).delete()
    said = [_count("variants", unused), _count("products", gone)]
    if not kept:
        said.append(_count("attribute of their titles", _rows_delete(titles.attribute_rows())))
    if kept:
        said.append(f"Kept out of sale, because orders name them: variants ({len(kept)}).")
    return said
