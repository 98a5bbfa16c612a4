"""Django's door to the embedded site: its checks and its movable clock."""

from __future__ import annotations

from django.apps import AppConfig


class EmbeddedSiteConfig(AppConfig):
    """The web half of the embedded shop; it has no tables of its own."""

    name = "saleor_bespoke.plugins.embedded"
    label = "bespoke_embedded_site"
    verbose_name = "Embedded shop site"

    def ready(self) -> None:
        from saleor_bespoke.plugins.embedded import checks
        from saleor_bespoke.shop.embedded import moving

        checks.connect()
        moving.connect()
