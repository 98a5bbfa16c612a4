"""Saleor's door to the product: the plugin class the entry point names."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from saleor.payment import PaymentError
from saleor.payment.interface import PaymentGateway
from saleor.plugins.base_plugin import BasePlugin

from saleor_bespoke.money import accounts
from saleor_bespoke.plugins.saleor import configuration, hooks
from saleor_bespoke.shop.port import GATEWAY
from saleor_bespoke.shop.saleor import catalogue, installed

accounts.source_register(configuration.PluginKeys())


class BespokePlugin(BasePlugin):
    """Bespoke commissions inside the shop: every hook hands on to a module that knows the matter.

    Saleor calls the hooks of active plugins only, with arguments that differ between its versions;
    hence the keyword arguments that nobody looks at.
    """

    PLUGIN_ID = "saleor.bespoke"
    PLUGIN_NAME = "Bespoke commissions"
    PLUGIN_DESCRIPTION = (
        "Takes bespoke-jewellery commissions from the brief to the free resize. Switch it on for "
        "every channel that sells bespoke pieces, and enter that channel's Stripe account here or "
        "in the server's environment."
    )
    DEFAULT_ACTIVE = False
    CONFIGURATION_PER_CHANNEL = True
    DEFAULT_CONFIGURATION = configuration.DEFAULTS
    CONFIG_STRUCTURE = configuration.STRUCTURE

    @classmethod
    def validate_plugin_configuration(cls, plugin_configuration: Any, **kwargs: Any) -> None:
        configuration.check(plugin_configuration.configuration, active=plugin_configuration.active)

    @classmethod
    def save_plugin_configuration(cls, plugin_configuration: Any, cleaned_data: Any) -> Any:
        saved = super().save_plugin_configuration(plugin_configuration, cleaned_data)
        if saved.channel is not None:
            catalogue.products_offer(saved.channel, offered=saved.active)
        return saved

    # payment: `sessions` has the rest ---------------------------------------------------------

    def get_payment_gateways(
        self, currency: Any, checkout_info: Any, checkout_lines: Any, previous_value: Any
    ) -> list[PaymentGateway]:
        """What storefronts read to choose how to pay: our gateway, for bespoke checkouts alone."""
        if checkout_info is None or not installed.checkout_is_ours(checkout_info.checkout):
            return []
        currencies = [checkout_info.checkout.currency]
        if currency and currency not in currencies:
            return []
        return [PaymentGateway(id=GATEWAY, name="Stripe", currencies=currencies, config=[])]

    def process_payment(self, payment_information: Any, previous_value: Any) -> Any:
        """Saleor asks for gateways only of plugins that have this; ours takes no such payment."""
        raise PaymentError(hooks.LEGACY)

    # orders: `sessions` hears of people and apps -----------------------------------------------

    def preprocess_order_creation(
        self, checkout_info: Any, lines: Any, previous_value: Any, **_: Any
    ) -> Any:
        hooks.completion_guard(checkout_info, lines, requestor=self.requestor)
        return previous_value

    def order_created(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.piece_hide(order)
        return previous_value

    def order_paid(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.order_tell("order_paid", order)
        return previous_value

    def order_fully_paid(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.order_tell("order_paid", order)
        return previous_value

    def order_cancelled(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.order_tell("order_cancelled", order)
        return previous_value

    def order_refunded(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.order_tell("order_refunded", order)
        return previous_value

    def order_fully_refunded(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.order_tell("order_refunded", order)
        return previous_value

    def order_fulfilled(self, order: Any, previous_value: Any, **_: Any) -> Any:
        hooks.order_tell("order_fulfilled", order)
        return previous_value

    def fulfillment_created(self, fulfillment: Any, *_: Any, previous_value: Any, **__: Any) -> Any:
        hooks.parcel_tell("order_fulfilled", fulfillment)
        return previous_value

    def fulfillment_approved(
        self, fulfillment: Any, *_: Any, previous_value: Any, **__: Any
    ) -> Any:
        hooks.parcel_tell("order_fulfilled", fulfillment)
        return previous_value

    def fulfillment_canceled(self, fulfillment: Any, previous_value: Any, **_: Any) -> Any:
        hooks.parcel_tell("fulfillment_cancelled", fulfillment)
        return previous_value

    def tracking_number_updated(self, fulfillment: Any, previous_value: Any, **_: Any) -> Any:
        hooks.parcel_tell("tracking_updated", fulfillment)
        return previous_value

    # addresses ------------------------------------------------------------------------------

    def webhook(self, request: HttpRequest, path: str, previous_value: Any) -> HttpResponseBase:
        from saleor_bespoke.plugins.saleor import addresses

        return addresses.answer(request, path)
