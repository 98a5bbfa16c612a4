"""Sending what is owed to apps, apart from all other effects.

A task of its own does it, each address in a thread of its own: one that is dead delays neither the
others nor the customer's letters.
"""

from __future__ import annotations

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Exists, F, OuterRef, Q

from saleor_bespoke import clock
from saleor_bespoke.flows.webhooks import LONGEST, body_of, event_name
from saleor_bespoke.project import leases
from saleor_bespoke.project.access import MANAGE_ORDERS
from saleor_bespoke.project.models import Webhook, WebhookMessage
from saleor_bespoke.shop.port import Effect, Outcome, shop

logger = logging.getLogger(__name__)

PARALLEL = 8
LEASE = timedelta(minutes=2)
ATTEMPTS_MAX = 20
OLDEST = timedelta(days=3)
PAUSES = (10, 3600)  # seconds after the first failure, doubled each time, and the longest


@dataclass(frozen=True)
class _Post:
    """A claimed message, ready to be sent without the database."""

    webhook_pk: UUID
    message_pk: UUID
    url: str
    secret: str
    event: str
    body: bytes


def webhooks_send(seconds: float = 30) -> int:
    """Send what is due, each address in a thread of its own; how many messages arrived.

    Begins nothing new after these seconds. One message at a time goes to an address.
    """
    until, arrived = monotonic() + seconds, 0
    waiting: dict[Future[Effect], _Post] = {}
    with ThreadPoolExecutor(PARALLEL) as threads:
        while True:
            if monotonic() < until:
                for post in _claim(PARALLEL - len(waiting)):
                    waiting[threads.submit(_send_apart, post)] = post
            if not waiting:
                return arrived
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                arrived += _settle(waiting.pop(future), future.result())


def _send(post: _Post) -> Effect:
    try:
        return shop().webhook_send(
            url=post.url,
            event=post.event,
            body=post.body,
            secret=post.secret,
            key=str(post.message_pk),
        )
    except Exception as error:  # whatever an address does to the client is that address's failure
        logger.exception("Webhook %s: sending failed", post.webhook_pk)
        return Effect(Outcome.FAILED, reason=type(error).__name__)


def _send_apart(post: _Post) -> Effect:
    try:
        return _send(post)
    finally:
        connections.close_all()  # should the host have asked its own tables in this thread


def _claim(count: int) -> list[_Post]:
    """Lease addresses to which something is due, those longest untried first.

    The lease ends when this database session does: what a dead process left is free at once.
    """
    now = clock.now()
    due = WebhookMessage.objects.filter(done_at=None, given_up_at=None, due_at__lte=now)
    posts = []
    with transaction.atomic():
        free = (
            Webhook.objects.select_for_update(skip_locked=True)
            .filter(leases.free(Webhook, now))
            .filter(Q(paused_until=None) | Q(paused_until__lte=now))
            .filter(Exists(due.filter(webhook=OuterRef("pk"))))
            .order_by(F("tried_at").asc(nulls_first=True), "pk")[:count]
        )
        for webhook in free if count > 0 else ():
            if not _may_listen(webhook):
                continue
            message = (
                due.filter(webhook=webhook)
                .select_related("event__project")
                .order_by("due_at", "event__at", "event__sequence")[0]
            )
            message.attempts += 1
            message.save(update_fields=["attempts"])
            held = leases.taken(now + LEASE)
            Webhook.objects.filter(pk=webhook.pk).update(tried_at=now, **held)
            posts.append(_post_of(webhook, message))
    return posts


def _post_of(webhook: Webhook, message: WebhookMessage) -> _Post:
    return _Post(
        webhook_pk=webhook.pk,
        message_pk=message.pk,
        url=webhook.target_url,
        secret=webhook.secret_key,
        event=event_name(message.event.kind),
        body=body_of(message),
    )


def _may_listen(webhook: Webhook) -> bool:
    """Whether its app still may; a subscription ends with its app, and sleeps while it may not."""
    permissions = shop().app_permissions(webhook.app_pk)
    if permissions is None:
        webhook.delete()
        return False
    if MANAGE_ORDERS not in permissions:
        webhook.messages.filter(done_at=None, given_up_at=None).update(
            given_up_at=clock.now(), error="The app is deactivated or may not read orders."
        )
        return False
    return True


def _settle(post: _Post, effect: Effect) -> bool:
    """Note how it went, and when this address is tried again; whether the message arrived."""
    now = clock.now()
    arrived = effect.outcome is Outcome.SUCCEEDED
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().filter(pk=post.webhook_pk).first()
        if webhook is None:
            return arrived
        message = webhook.messages.get(pk=post.message_pk)
        webhook.leased_until = webhook.leased_by = None
        if arrived:
            message.done_at = webhook.delivered_at = now
            webhook.failures, webhook.paused_until = 0, None
        else:
            webhook.failures += 1
            webhook.paused_until = now + _pause(webhook.failures)
            message.due_at = now + _pause(message.attempts)
            if message.attempts >= ATTEMPTS_MAX or now - message.owed_at > OLDEST:
                message.given_up_at = now
                logger.error("Webhook %s: %s given up: %s", webhook.pk, post.event, effect.reason)
        message.error = webhook.error = effect.reason[:LONGEST]
        message.save()
        webhook.save()
    return arrived


def _pause(failures: int) -> timedelta:
    first, longest = PAUSES
    return timedelta(seconds=min(longest, first * 2 ** min(failures - 1, 20)))
