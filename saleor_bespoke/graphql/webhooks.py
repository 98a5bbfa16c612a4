"""API of webhooks: an app subscribes to events, and sees what reaches it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import graphene
from django.db.models import Count, Q

from saleor_bespoke.errors import PermissionDenied
from saleor_bespoke.flows import webhooks
from saleor_bespoke.graphql.base import BespokeMutation, actor_of, decode_id, denied
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor
from saleor_bespoke.project.models import Webhook
from saleor_bespoke.shop.types import DateTime

WAITING = Q(messages__done_at=None, messages__given_up_at=None, messages__isnull=False)
GIVEN_UP = Q(messages__given_up_at__isnull=False)


class BespokeWebhook(graphene.ObjectType):
    """An app's subscription."""

    class Meta:
        description = "An address to which an app is told of events; its secret is never shown."

    id = graphene.GlobalID(required=True, description="The webhook's id.")
    app_name = graphene.String(required=True, description="The app it belongs to.")
    target_url = graphene.String(required=True, description="Where messages are posted.")
    events = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The events it is told of; all of them if the list is empty.",
    )
    signed_by_secret = graphene.Boolean(
        required=True,
        description="Whether messages carry an HMAC of its secret, or the shop's own signature.",
    )
    created_at = DateTime(required=True, description="Since when events are owed to it.")
    delivered_at = DateTime(description="When a message last arrived.")
    paused_until = DateTime(description="Until when nothing is sent, after a failure.")
    error = graphene.String(required=True, description="Why the last message failed, if it did.")
    messages_waiting = graphene.Int(required=True, description="How many messages are owed.")
    messages_given_up = graphene.Int(
        required=True, description="How many messages never arrived and are not tried again."
    )

    @staticmethod
    def resolve_id(root: Webhook, _info: Any) -> str:
        return str(root.pk)

    @staticmethod
    def resolve_target_url(root: Webhook, _info: Any) -> str:
        parts = urlsplit(root.target_url)
        _, login, place = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"***@{place}")) if login else root.target_url

    @staticmethod
    def resolve_signed_by_secret(root: Webhook, _info: Any) -> bool:
        return bool(root.secret_key)

    @staticmethod
    def resolve_messages_waiting(root: Any, _info: Any) -> int:
        return _counted(root).waiting

    @staticmethod
    def resolve_messages_given_up(root: Any, _info: Any) -> int:
        return _counted(root).given_up


def _with_counts(rows: Any) -> Any:
    return rows.annotate(
        waiting=Count("messages", filter=WAITING), given_up=Count("messages", filter=GIVEN_UP)
    )


def _counted(root: Any) -> Any:
    """The row with its counts: a list has them already, and nothing is owed to a deleted one."""
    if not hasattr(root, "waiting"):
        found = _with_counts(Webhook.objects.filter(pk=root.pk)).first()
        root.waiting, root.given_up = (found.waiting, found.given_up) if found else (0, 0)
    return root


class BespokeWebhookInput(graphene.InputObjectType):
    """What an app subscribes to."""

    class Meta:
        description = "Where an app wants to be told of what."

    target_url = graphene.String(
        required=True, description="Where to post messages: an http or https address."
    )
    events = graphene.List(
        graphene.NonNull(graphene.String),
        description="Names such as bespoke_stage_moved; all events if left out.",
    )
    secret_key = graphene.String(
        description="Signs the messages by HMAC-SHA256; without it the shop's own key signs them."
    )


class WebhookCreate(BespokeMutation):
    """Subscribe an app."""

    class Meta:
        permissions = (MANAGE_ORDERS,)
        description = (
            "Subscribe the calling app to events of commissions. The same address again takes the "
            "new events and secret."
        )

    class Arguments:
        input = BespokeWebhookInput(required=True, description="Where and what.")

    webhook = graphene.Field(BespokeWebhook, description="The subscription.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        given = data["input"]
        webhook = webhooks.webhook_create(
            actor=actor,
            target_url=given["target_url"],
            events=given.get("events") or (),
            secret_key=given.get("secret_key") or "",
        )
        return {"webhook": webhook}


class WebhookDelete(BespokeMutation):
    """End a subscription."""

    class Meta:
        permissions = (MANAGE_ORDERS,)
        description = "End a subscription and all that is still owed to it: an app its own."

    class Arguments:
        id = graphene.ID(required=True, description="The webhook's id.")

    webhook = graphene.Field(BespokeWebhook, description="What ended.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        webhook_pk = decode_id(data["id"], "BespokeWebhook")
        return {"webhook": webhooks.webhook_delete(actor=actor, webhook_pk=webhook_pk)}


class WebhookQueries:
    """Queries of webhooks."""

    bespoke_webhooks = graphene.List(
        graphene.NonNull(BespokeWebhook),
        required=True,
        description="The subscriptions, oldest first: an app sees its own, staff see all.\n\n"
        f"Requires one of the permissions: {MANAGE_ORDERS}",
    )

    @staticmethod
    def resolve_bespoke_webhooks(_root: Any, info: Any) -> Any:
        try:
            return _with_counts(webhooks.webhooks_of(actor_of(info)))
        except PermissionDenied as error:
            raise denied(error) from None


class WebhookMutations:
    """Operations of webhooks."""

    bespoke_webhook_create = WebhookCreate.Field()
    bespoke_webhook_delete = WebhookDelete.Field()
