"""Whether a Saleor shop is set up for bespoke commissions, one sentence for whatever is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import current_app
from celery.exceptions import OperationalError
from django.conf import settings as django_settings
from django.core.checks import ERROR
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from saleor.app.types import AppType
from saleor.channel.models import Channel
from saleor.core.db.connection import allow_writer
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke import clock, conf
from saleor_bespoke.media.store import private_folder
from saleor_bespoke.money import accounts
from saleor_bespoke.plugins.saleor import checks, dashboard, installation, schedule
from saleor_bespoke.plugins.saleor.interference import interferences
from saleor_bespoke.project.models import Delivery
from saleor_bespoke.shop.saleor.catalogue import DEDICATED
from saleor_bespoke.shop.saleor.installed import PLUGIN_ID, app_find, product_find

#: Saleor's settings are not those that the type checker reads.
settings: Any = django_settings

#: How long an effect may be due before its worker is thought missing.
PATIENCE = timedelta(minutes=5)
SETUP = "Run bespoke_setup."


@dataclass(frozen=True)
class Finding:
    """What is wrong: missing (the shop cannot take commissions so), or only worth a look."""

    text: str
    missing: bool = True


def findings() -> list[Finding]:
    """Everything that is missing or doubtful, in the order in which to put it right."""
    with allow_writer():
        if unapplied():
            return [Finding("The database lacks our tables: run migrate.")]
        steps: tuple[Callable[[], Iterator[Finding]], ...] = (
            _checks,
            _app,
            _products,
            _plugin,
            _channels,
            _files,
            _tasks,
            _marketing,
        )
        found: list[Finding] = []
        try:
            for step in steps:
                found += step()
        except ImproperlyConfigured:
            return found  # the first step named it; what it governs cannot be looked at
        return found


def unapplied() -> bool:
    """Whether some migration of ours has not run."""
    executor = MigrationExecutor(connection)
    ours = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "saleor_bespoke"]
    return bool(executor.migration_plan(ours))


def _checks() -> Iterator[Finding]:
    for message in checks.bespoke_is_well_placed():
        if message.id != "saleor_bespoke.W004":  # keys may also be entered channel by channel
            text = f"{message.msg} {message.hint or ''} ({message.id})"
            yield Finding(text, missing=message.level >= ERROR)


def _app() -> Iterator[Finding]:
    app = app_find()
    if app is None:
        yield Finding(f"The app of our payment gateway and Dashboard page is missing. {SETUP}")
        return
    if not app.is_active:
        yield Finding(f"The app {app.name} is deactivated: nobody can pay by it. {SETUP}")
    if app.type != AppType.THIRDPARTY:
        yield Finding(
            f"The app {app.name} is {app.type}: the Dashboard shows no page of it. {SETUP}"
        )
    held = {row.pk for row in app.permissions.all()}
    lacking = [row.codename for row in installation.permissions_wanted() if row.pk not in held]
    if lacking:
        yield Finding(f"The app {app.name} lacks {', '.join(lacking)}. {SETUP}")
    if not dashboard.origins():
        text = (
            "DASHBOARD_ORIGINS is empty: only a Dashboard on the API's own origin shows our page."
        )
        yield Finding(text, missing=False)
    for place in installation.PLACES:
        extension = installation.extension_find(app, place)
        if extension is None:
            yield Finding(f'The Dashboard entry "{place.label}" is missing. {SETUP}')
        elif extension.url != installation.FRONT:
            yield Finding(f'The Dashboard entry "{place.label}" leads elsewhere. {SETUP}')


def _products() -> Iterator[Finding]:
    served = _served()
    for wanted in DEDICATED:
        product = product_find(wanted.reference)
        if product is None:
            yield Finding(f"The product {wanted.name} is missing. {SETUP}")
            continue
        sold = {
            listing.channel_id
            for listing in product.channel_listings.all()
            if listing.is_published and listing.is_available_for_purchase()
        }
        for channel in served:
            if channel.pk not in sold:
                yield Finding(
                    f"The product {wanted.name} is not sold in channel {channel.slug}. {SETUP}"
                )


def _plugin() -> Iterator[Finding]:
    if not _served():
        yield Finding(f"The plugin is on in no channel. {SETUP}")


def _served() -> list[Any]:
    rows = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, active=True)
    return list(Channel.objects.filter(pk__in=rows.values("channel_id")).order_by("slug"))


def _channels() -> Iterator[Finding]:
    served = _served()
    for channel in served:
        if not channel.is_active:
            yield Finding(f"The channel {channel.slug} is not active.", missing=False)
        if channel.allow_unpaid_orders:
            yield Finding(
                f"The channel {channel.slug} allows unpaid orders: bespoke ones stay refused, but "
                "the storefront may promise otherwise.",
                missing=False,
            )
        if channel.default_transaction_flow_strategy == "authorization":
            yield Finding(
                f"The channel {channel.slug} authorises first: apps that follow it cannot pay for "
                "a commission; our own gateway charges at once.",
                missing=False,
            )
        if not channel.shipping_zones.exists():
            yield Finding(
                f"The channel {channel.slug} has no shipping zone: no piece can be delivered.",
                missing=False,
            )
        yield from _keys(channel.slug)
    for slug in sorted(set(conf.option("CHANNELS", {})) - {channel.slug for channel in served}):
        yield Finding(f"CHANNELS names {slug}, where the plugin is not on.", missing=False)


def _keys(slug: str) -> Iterator[Finding]:
    try:
        account = accounts.account(slug)
    except accounts.AccountMissing:
        yield Finding(
            f"The channel {slug} has no Stripe keys: our own gateway cannot charge there.",
            missing=False,
        )
        return
    if conf.option("CLOCK_MOVABLE") and account.secret_key.startswith(("sk_live_", "rk_live")):
        yield Finding(
            f"The channel {slug} has a live Stripe key while staff may move the clock: remove "
            "BESPOKE_CLOCK_MOVABLE."
        )
    if not account.webhook_secrets:
        yield Finding(f"The channel {slug} has no Stripe webhook secret.", missing=False)


def _files() -> Iterator[Finding]:
    if conf.option("FILES_STORAGE"):
        return
    try:
        folder = private_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".written"
        probe.write_bytes(b"")
        probe.unlink()
    except ImproperlyConfigured:
        return  # a system check already says so
    except OSError as failure:
        yield Finding(f"Customers' files cannot be written to {folder}: {failure.strerror}.")


def _tasks() -> Iterator[Finding]:
    absent = sorted(set(schedule.entries()) - set(settings.CELERY_BEAT_SCHEDULE))
    if not absent and schedule.kept_in_database():
        absent = schedule.rows_missing()
    if absent:
        yield Finding(f"Periodic tasks are missing: {', '.join(absent)}. {SETUP}")
    due = clock.now() - PATIENCE
    waiting = Delivery.objects.filter(done_at=None, given_up_at=None, due_at__lt=due).count()
    if waiting:
        yield Finding(
            f"{waiting} effects wait for more than five minutes: is a worker with beat running?",
            missing=False,
        )
    if not settings.CELERY_BROKER_URL:
        yield Finding("CELERY_BROKER_URL is empty: no beat runs the periodic tasks.", missing=False)
    elif not settings.CELERY_BROKER_URL.startswith("sqs"):  # SQS carries no questions to workers
        yield from _worker()


def _worker() -> Iterator[Finding]:
    try:
        answers = current_app.control.ping(timeout=2)
    except (OperationalError, OSError) as failure:
        reason = str(failure).rstrip(".")
        yield Finding(f"Celery's broker does not answer: {reason}.", missing=False)
        return
    if not answers:
        yield Finding("No Celery worker answered within two seconds.", missing=False)


def _marketing() -> Iterator[Finding]:
    for text in interferences():
        yield Finding(text, missing=False)
