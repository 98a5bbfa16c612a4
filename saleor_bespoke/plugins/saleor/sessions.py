"""A second plugin class, hidden: it belongs to the whole shop and is asked after Saleor's own.

Saleor asks the plugins of a channel before those of the whole shop, and its webhook plugin is one
of the latter: it puts "no such webhook" in the place of whatever a plugin of the channel answered
to a payment session. This class is one of the whole shop, behind that one; whether commissions are
taken is still what `BespokePlugin` is switched to in the channel. What concerns no channel, like a
deleted user, is told to plugins of the whole shop alone.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from saleor.plugins.base_plugin import BasePlugin

from saleor_bespoke.plugins.saleor import gateway, hooks
from saleor_bespoke.plugins.saleor.active import PLUGIN

#: Saleor's settings are not those that the type checker reads.
settings: Any = django_settings
SESSIONS = "saleor_bespoke.plugins.saleor.sessions.BespokeSessions"


def connect() -> None:
    """Put this class behind all plugins of a shop that has ours."""
    if PLUGIN in settings.PLUGINS and SESSIONS not in settings.PLUGINS:
        settings.PLUGINS = [*settings.PLUGINS, SESSIONS]


class BespokeSessions(BasePlugin):
    """Answers payment sessions and actions that name our gateway, and hears of lost accounts."""

    PLUGIN_ID = "saleor.bespoke.sessions"
    PLUGIN_NAME = "Bespoke commissions: payments and people"
    DEFAULT_ACTIVE = True
    CONFIGURATION_PER_CHANNEL = False
    HIDDEN = True

    def payment_gateway_initialize_session(
        self, amount: Any, payment_gateways: Any, source_object: Any, previous_value: Any
    ) -> Any:
        return gateway.gateways_add(payment_gateways, source_object, previous_value)

    def transaction_initialize_session(self, data: Any, previous_value: Any) -> Any:
        return gateway.session_answer("payment_initialize", data, previous_value)

    def transaction_process_session(self, data: Any, previous_value: Any) -> Any:
        return gateway.session_answer("payment_process", data, previous_value)

    def transaction_refund_requested(self, data: Any, previous_value: Any) -> Any:
        gateway.refund(data)
        return previous_value

    def transaction_charge_requested(self, data: Any, previous_value: Any) -> Any:
        gateway.charge(data)
        return previous_value

    def transaction_cancelation_requested(self, data: Any, previous_value: Any) -> Any:
        gateway.cancel(data)
        return previous_value

    def customer_deleted(self, customer: Any, previous_value: Any, **_: Any) -> Any:
        hooks.user_tell(customer)
        return previous_value

    def staff_deleted(self, staff_user: Any, previous_value: Any, **_: Any) -> Any:
        hooks.user_tell(staff_user)
        return previous_value

    def account_deleted(self, user: Any, previous_value: Any, **_: Any) -> Any:
        hooks.user_tell(user)
        return previous_value

    def app_deleted(self, app: Any, previous_value: Any, **_: Any) -> Any:
        hooks.app_tell(app)
        return previous_value
