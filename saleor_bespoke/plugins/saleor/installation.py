"""Set up a Saleor shop for bespoke commissions: run it as often as you like, also twice at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from saleor.app import types as app_types
from saleor.app.models import App, AppExtension
from saleor.channel.models import Channel
from saleor.core.db.connection import allow_writer
from saleor.core.utils import build_absolute_uri
from saleor.permission.models import Permission
from saleor.plugins.manager import get_plugins_manager
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke import __version__
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.plugins.saleor import schedule
from saleor_bespoke.shop.port import GATEWAY
from saleor_bespoke.shop.saleor.catalogue import DEDICATED, products_ensure
from saleor_bespoke.shop.saleor.installed import PLUGIN_ID, app_find, product_find

APP_NAME = "Bespoke commissions"
ABOUT = "Bespoke-jewellery commissions: their payment gateway and their page in the Dashboard."
#: What the Dashboard's token of our page may do, as far as the staff user may.
PERMISSIONS = ("order.manage_orders", "payment.handle_payments")
PAGE = f"/plugins/{PLUGIN_ID}/dashboard/"
#: The Dashboard opens an app's page by the path below the app's own address.
FRONT = "/"


@dataclass(frozen=True)
class Step:
    """One thing the shop needs, and whether it had to be made or mended just now."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Place:
    """Where the Dashboard shows our page."""

    label: str
    mount: str
    target: str


PLACES = (Place("Bespoke", "NAVIGATION_ORDERS", "APP_PAGE"),)


def set_up(*, channels: Sequence[str] = (), url: str = "") -> list[Step]:
    """Make what is missing and mend what differs; every step says whether it changed anything.

    `channels` are slugs; none means those where the plugin is on, or all active ones at first.
    `url` is the address under which staff's browsers reach this shop's API host, if that is not
    `PUBLIC_URL`. An unknown channel is NOT_FOUND; nothing is changed then.
    """
    with allow_writer(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('saleor_bespoke_setup'))")
        chosen = channels_chosen(channels)
        app, step = _app_ensure(url)
        return [
            step,
            *(_extension_ensure(app, place) for place in PLACES),
            _products_ensure(chosen),
            *_plugin_activate(chosen),
            _schedule_ensure(),
        ]


def channels_chosen(slugs: Iterable[str] = ()) -> list[Any]:
    """The channels with these slugs; without any, those with the plugin on, or all active ones."""
    wanted = list(dict.fromkeys(slugs))
    if wanted:
        found = {channel.slug: channel for channel in Channel.objects.filter(slug__in=wanted)}
        for slug in wanted:
            if slug not in found:
                raise BespokeError(ErrorCode.NOT_FOUND, f"There is no channel {slug}.")
        return [found[slug] for slug in wanted]
    rows = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, channel__isnull=False)
    known = Channel.objects.filter(pk__in=rows.values("channel_id"))
    if known:
        return list(known.filter(pk__in=rows.filter(active=True).values("channel_id")))
    return list(Channel.objects.filter(is_active=True))


def page_url(url: str = "") -> str:
    """Where the Dashboard's iframe finds our page."""
    if not url:
        return str(build_absolute_uri(PAGE))
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BespokeError(ErrorCode.INVALID, f"{url} is no address such as https://api.shop.com/.")
    return f"{parts.scheme}://{parts.netloc}{PAGE}"


def permissions_wanted() -> list[Any]:
    """Saleor's rows of the permissions our app holds."""
    names = [permission.split(".") for permission in PERMISSIONS]
    rows = Permission.objects.select_related("content_type")
    return [rows.get(content_type__app_label=app, codename=name) for app, name in names]


def extension_find(app: Any, place: Place) -> Any:
    """The row that shows our page at this place; Saleor keeps these names in lower case."""
    return AppExtension.objects.filter(app=app, mount__iexact=place.mount).first()


def _app_ensure(url: str) -> tuple[Any, Step]:
    app = app_find()
    created = app is None
    app = App(identifier=GATEWAY) if app is None else app
    wanted = {
        "type": app_types.AppType.THIRDPARTY,  # the Dashboard opens pages of this type only
        "is_active": True,
        "version": __version__,
        "app_url": page_url(url) if url or not app.app_url else app.app_url,
    }
    if created:
        wanted |= {"name": APP_NAME, "about_app": ABOUT}
    changed = _differing(app, wanted)
    if created or changed:
        app.save()
    held = set(app.permissions.values_list("pk", flat=True))
    lacking = [row for row in permissions_wanted() if row.pk not in held]
    app.permissions.add(*lacking)
    text = f"App {app.name} ({GATEWAY}): payment gateway and Dashboard page at {app.app_url}"
    return app, Step(text, created or bool(changed or lacking))


def _extension_ensure(app: Any, place: Place) -> Step:
    extension = extension_find(app, place) or AppExtension(app=app)
    wanted = {
        "label": place.label,
        "url": FRONT,
        "mount": place.mount.lower(),
        "target": place.target.lower(),
    }
    if any(field.name == "identifier" for field in AppExtension._meta.fields):
        wanted["identifier"] = f"{GATEWAY}.{place.mount.lower()}"
    changed = _differing(extension, wanted)
    if changed:
        extension.save()
    # Only staff who hold all of an entry's permissions see it.
    rows = [row for row in permissions_wanted() if row.codename == "manage_orders"]
    fitting = set(extension.permissions.all()) == set(rows)
    extension.permissions.set(rows)
    return Step(f'Dashboard entry "{place.label}" ({place.mount})', bool(changed or not fitting))


def _differing(row: Any, wanted: dict[str, Any]) -> list[str]:
    """Give the row these values; the names of those that were others."""
    names = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in names:
        setattr(row, name, wanted[name])
    return names


def _products_ensure(channels: list[Any]) -> Step:
    before = _products_seen()
    products_ensure(channels)
    names = " and ".join(wanted.name for wanted in DEDICATED)
    return Step(f"Products {names}, in no listing", _products_seen() != before)


def _products_seen() -> list[Any]:
    """What of our products a set-up may change."""
    seen: list[Any] = []
    for wanted in DEDICATED:
        product = product_find(wanted.reference)
        if product is not None:
            facts = product.channel_listings.order_by("pk").values(
                "channel_id", "is_published", "visible_in_listings", "available_for_purchase_at"
            )
            seen.append((product.pk, product.product_type_id, list(facts)))
    return seen


def _plugin_activate(channels: list[Any]) -> list[Step]:
    manager = get_plugins_manager(allow_replica=False)
    rows = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, active=True)
    on = set(rows.values_list("channel_id", flat=True))
    steps = []
    for channel in channels:
        if channel.pk not in on:
            _switch_on(manager, channel.slug)
        steps.append(Step(f"Plugin on in channel {channel.slug}", channel.pk not in on))
    return steps


def _switch_on(manager: Any, slug: str) -> None:
    try:
        saved = manager.save_plugin_configuration(PLUGIN_ID, slug, {"active": True})
    except ValidationError as refused:
        reason = " ".join(refused.messages)
        raise BespokeError(
            ErrorCode.INVALID, f"The plugin cannot be switched on in channel {slug}: {reason}"
        ) from refused
    if saved is None:
        raise BespokeError(
            ErrorCode.INVALID, "Saleor does not know the plugin: PLUGINS lacks BespokePlugin."
        )


def _schedule_ensure() -> Step:
    if schedule.kept_in_database():
        written = schedule.rows_write()
        return Step("Periodic tasks in the schedule that beat keeps in the database", written > 0)
    return Step("Periodic tasks in CELERY_BEAT_SCHEDULE, read when beat starts", False)
