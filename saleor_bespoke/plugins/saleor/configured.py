"""The plugin's configuration in a channel, read without asking for the channel.

Saleor reads the configurations of all plugins with every request, and for each one of a channel it
asks for that channel once more. For ours it need not: who wants the channel of our configuration
gets it when looking at it, so that orders of others cost no statement because of us.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_init
from django.utils.functional import SimpleLazyObject
from saleor.channel.models import Channel
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke.shop.saleor.installed import PLUGIN_ID


def connect() -> None:
    """Let every configuration of ours that is read know its channel, unread."""
    post_init.connect(_channel_later, sender=PluginConfiguration, dispatch_uid=__name__)


def _channel_later(instance: Any, **_: Any) -> None:
    known = instance.__dict__
    pk = known.get("channel_id")
    if known.get("identifier") != PLUGIN_ID or pk is None:
        return
    using = instance._state.db

    def channel() -> Any:
        return Channel.objects.using(using).get(pk=pk)

    instance._state.fields_cache.setdefault("channel", SimpleLazyObject(channel))
