"""Django's door: the application and what must be imported once everything is loaded."""

from __future__ import annotations

from django.apps import AppConfig


class BespokeConfig(AppConfig):
    """The bespoke-commission workflow."""

    name = "saleor_bespoke"
    label = "saleor_bespoke"
    verbose_name = "Bespoke commissions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from saleor_bespoke import conf, flows

        flows.connect()
        if conf.shop_module() == "saleor_bespoke.shop.saleor":
            from saleor_bespoke.plugins.saleor import checks, configured, schedule, schema, sessions

            configured.connect()
            sessions.connect()
            schedule.connect()
            checks.connect(schema.extend())
