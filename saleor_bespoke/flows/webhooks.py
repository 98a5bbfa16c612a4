"""Telling apps: who subscribed to which events, what is owed to them, and what it says.

An event owes one fast effect here, which only writes a row for each webhook; see `sending`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from graphql_relay import to_global_id

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor, ActorKind
from saleor_bespoke.project.deliveries import HANDLERS
from saleor_bespoke.project.journal import WEBHOOKS, Event, canonical
from saleor_bespoke.project.models import Delivery, Webhook, WebhookMessage
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import shop

WEBHOOKS_MAX = 10  # of one app
LONGEST = 255  # characters of an address or a secret, as in Saleor


def event_name(kind: str) -> str:
    """`StageMoved` as apps know it: `bespoke_stage_moved`."""
    return "bespoke_" + re.sub("(?<!^)(?=[A-Z])", "_", kind).lower()


def event_names() -> list[str]:
    """Every event an app can subscribe to."""
    return sorted(event_name(kind) for kind in Event.kinds)


# subscribing --------------------------------------------------------------------------------------


def webhook_create(
    *, actor: Actor, target_url: str, events: Iterable[str] = (), secret_key: str = ""
) -> Webhook:
    """Subscribe the calling app; the same address again takes the new secret and events."""
    if actor.kind is not ActorKind.APP:
        raise BespokeError(ErrorCode.APP_ONLY, "Only an app can subscribe, and for itself.")
    _address_check(target_url)
    wanted = sorted(set(events))
    unknown = [name for name in wanted if name not in event_names()]
    if unknown:
        raise BespokeError(ErrorCode.INVALID, f"There is no event {unknown[0]}.", field="events")
    if len(secret_key) > LONGEST or not secret_key.isprintable():
        message = f"A secret has at most {LONGEST} printable characters."
        raise BespokeError(ErrorCode.INVALID, message, field="secretKey")
    app = {"app_pk": app_of(actor), "target_url": target_url}
    mine = Webhook.objects.filter(app_pk=app["app_pk"]).exclude(target_url=target_url)
    with transaction.atomic():
        if mine.count() >= WEBHOOKS_MAX:
            message = f"An app has at most {WEBHOOKS_MAX} webhooks."
            raise BespokeError(ErrorCode.WEBHOOK_LIMIT_REACHED, message)
        fresh = {"failures": 0, "paused_until": None, "error": ""}
        chosen = {"app_name": actor.name, "secret_key": secret_key, "events": wanted}
        webhook, _ = Webhook.objects.update_or_create(
            **app,
            defaults=chosen | fresh,
            create_defaults=chosen | {"created_at": clock.now()},
        )
    return webhook


def webhook_delete(*, actor: Actor, webhook_pk: UUID) -> Webhook:
    """End a subscription with all that is still owed to it; an app ends only its own."""
    with transaction.atomic():
        webhook = webhooks_of(actor).select_for_update().filter(pk=webhook_pk).first()
        if webhook is None:
            raise NotFound("webhook")
        webhook.delete()
    webhook.pk = webhook_pk  # the answer still names what is gone
    return webhook


def webhooks_of(actor: Actor) -> QuerySet[Webhook]:
    """The subscriptions this caller may see: an app its own, staff all of them."""
    actor.require(MANAGE_ORDERS)
    rows = Webhook.objects.all()
    return rows.filter(app_pk=app_of(actor)) if actor.kind is ActorKind.APP else rows


def app_of(actor: Actor) -> str:
    """The host's key of the app that acts."""
    return actor.ref.removeprefix("app:")


def _address_check(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or len(url) > LONGEST or not url.isascii() or not re.fullmatch(r"[!-~]+", url):
        message = "An address begins with http:// or https:// and has at most 255 characters."
        raise BespokeError(ErrorCode.INVALID, message, field="targetUrl")
    refusal = shop().webhook_refusal(url)
    if refusal:
        raise BespokeError(ErrorCode.INVALID, refusal, field="targetUrl")


# owing --------------------------------------------------------------------------------------------


def webhooks_owe(delivery: Delivery) -> None:
    """Write down to whom an event must be told; sending is another task's."""
    event, now = delivery.event, clock.now()
    name = event_name(event.kind)
    WebhookMessage.objects.bulk_create(
        (
            WebhookMessage(webhook=webhook, event=event, owed_at=now, due_at=now)
            for webhook in Webhook.objects.filter(created_at__lte=event.at)
            if not webhook.events or name in webhook.events
        ),
        ignore_conflicts=True,
    )


HANDLERS[WEBHOOKS] = webhooks_owe


def body_of(message: WebhookMessage) -> bytes:
    """What an app reads of an event: the same bytes at every attempt, and no personal text."""
    event = message.event
    project = event.project
    moved = project.events.filter(kind="StageMoved", sequence__lte=event.sequence).last()
    main = project.payables.filter(kind="QUOTE").exclude(order_id=None).first()
    return canonical(
        {
            "event": event_name(event.kind),
            "delivery": message.pk,
            "at": event.at,
            "actor": event.actor_kind,
            "shared": event.shared,
            "sequence": event.sequence,
            "project": {
                "id": to_global_id("BespokeProject", str(project.pk)),
                "number": project.number,
                "channel": project.channel,
                "stage": moved.payload["target"] if moved else Stage.INTAKE.value,
                "orderId": shop().order_global_id(str(main.order_id)) if main else None,
            },
            "data": event.payload,
        }
    ).encode()
