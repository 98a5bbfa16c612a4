"""Django's door to the embedded shop."""

from __future__ import annotations

from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """A small shop with Saleor's names and shapes, for demo, tests and storefront developers."""

    name = "saleor_bespoke.shop.embedded"
    label = "bespoke_embedded"
    verbose_name = "Embedded shop"
    default_auto_field = "django.db.models.AutoField"
