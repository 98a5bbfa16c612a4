"""Whether the shop offers bespoke commissions now: the plugin's switch, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings as django_settings
from saleor.core.db.connection import allow_writer
from saleor.graphql.core.context import get_database_connection_name

from saleor_bespoke.shop.saleor.installed import PLUGIN_ID

#: Saleor's settings are not those that the type checker reads.
settings: Any = django_settings

#: How Saleor's settings name the plugin; a shop may leave it out although the app is installed.
PLUGIN = "saleor_bespoke.plugins.saleor.plugin.BespokePlugin"


@dataclass(frozen=True)
class Switches:
    """The shop's channels by the plugin's switch: primary keys and slugs where it is on or off."""

    on: dict[Any, str]
    off: dict[Any, str]


def is_active(channel_slug: str | None = None) -> bool:
    """Whether the plugin is on in this channel, or in any at all; one SQL statement."""
    slugs = _switches(settings.DATABASE_CONNECTION_DEFAULT_NAME).on.values()
    return bool(slugs) if channel_slug is None else channel_slug in slugs


def switches(context: Any) -> Switches:
    """The switches as this request sees them; one SQL statement a request.

    The slugs that are off stay with the request, and `actor_of` hands them on: commissions of
    those channels are out of everybody's reach until the channel is switched on again.
    """
    found: Switches | None = getattr(context, "_bespoke_switches", None)
    if found is None:
        found = context._bespoke_switches = _switches(get_database_connection_name(context))
        context._bespoke_closed = frozenset(found.off.values())
    return found


def is_active_at(context: Any, channel_pk: Any) -> bool:
    """Whether the plugin is on in the channel with this primary key.

    Asks the database nothing where this request's plugin manager has the channel loaded.
    """
    from saleor.graphql.plugins.dataloaders import get_plugin_manager_promise

    for plugin in get_plugin_manager_promise(context).get().all_plugins:
        configured = plugin.db_config if plugin.PLUGIN_ID == PLUGIN_ID else None
        if configured is not None and configured.channel_id == channel_pk:
            return bool(plugin.active)
    return channel_pk in switches(context).on


def _switches(connection: str) -> Switches:
    from django.db.models import Exists, OuterRef
    from saleor.channel.models import Channel
    from saleor.plugins.models import PluginConfiguration

    if PLUGIN not in settings.PLUGINS:
        return Switches({}, {})
    here = PluginConfiguration.objects.filter(
        identifier=PLUGIN_ID, channel=OuterRef("pk"), active=True
    )
    rows = Channel.objects.using(connection).annotate(bespoke=Exists(here))
    with allow_writer():
        found = list(rows.values_list("pk", "slug", "bespoke"))
    return Switches(
        on={pk: slug for pk, slug, active in found if active},
        off={pk: slug for pk, slug, active in found if not active},
    )
