"""Saleor's door to the product: the plugin class the entry point names."""

from __future__ import annotations

from saleor.plugins.base_plugin import BasePlugin


class BespokePlugin(BasePlugin):
    """Bespoke commissions inside the shop."""

    PLUGIN_ID = "saleor.bespoke"
    PLUGIN_NAME = "Bespoke commissions"
    PLUGIN_DESCRIPTION = "Takes bespoke-jewellery commissions from the brief to the resize."
    DEFAULT_ACTIVE = False
    CONFIGURATION_PER_CHANNEL = True
