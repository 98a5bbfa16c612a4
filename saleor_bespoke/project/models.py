"""The spine's rows: the project, its timeline, what follows from it, and who must look."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from saleor_bespoke.project.stages import Stage


def choices(*values: str) -> list[tuple[str, str]]:
    """Django choices of plain strings (database-neutral labels)."""
    return [(value, value) for value in values]


@dataclass
class Unwritten:
    """Events to be stored all at once, and whether an app listens to every event."""

    heard: bool
    events: list[TimelineEvent] = field(default_factory=list)


class BespokeProject(models.Model):
    """One commission for one piece, from the brief to lifetime care."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(max_length=32, unique=True)
    channel = models.CharField(max_length=255, db_index=True)
    currency = models.CharField(max_length=3)
    stage = models.CharField(max_length=16, choices=choices(*Stage), default=Stage.INTAKE)
    stage_since = models.DateTimeField()
    #: Refunds are measured by it: work that is done again makes nothing refundable again.
    furthest_stage = models.CharField(max_length=16, choices=choices(*Stage), default=Stage.INTAKE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="bespoke_projects",
    )
    token_digest = models.CharField(max_length=64, null=True, unique=True)
    token_version = models.PositiveIntegerField(default=1)
    contact_name = models.CharField(max_length=256)
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=35, default="en")
    time_zone = models.CharField(max_length=64)
    stylist = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="bespoke_styled_projects",
    )
    stylist_name = models.CharField(max_length=256, blank=True)
    title = models.CharField(max_length=256)
    linked_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="links"
    )
    created_at = models.DateTimeField()
    cancel_reason = models.CharField(max_length=32, blank=True)
    #: Since when nothing personal is left of its customer; the timeline says so too.
    erased_at = models.DateTimeField(null=True, blank=True)
    chain_length = models.PositiveIntegerField(default=0)
    chain_head = models.CharField(max_length=64, default="")

    #: What `journal.together` is still to store; None outside of it.
    unwritten: Unwritten | None = None

    class Meta:
        ordering = ("-created_at", "pk")
        indexes = [
            models.Index(
                fields=["channel", "stage", "-created_at"],
                name="bespoke_project_listing",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=list(Stage)), name="bespoke_project_stage_known"
            ),
        ]


class TimelineEvent(models.Model):
    """One thing that happened; the database lets nobody change or delete it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_ref = models.CharField(max_length=128, blank=True)
    shared = models.BooleanField()
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("project", "sequence")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sequence"], name="bespoke_timeline_sequence"
            ),
        ]


class Delivery(models.Model):
    """One effect owed because of one event: done at least once, with its own key.

    Who works on it is named in `leased_by`: the lease ends at `leased_until`, or with that session.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    event = models.ForeignKey(TimelineEvent, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # attempts that lived to say so
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, null=True)
    done_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="bespoke_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="bespoke_delivery_due",
                condition=Q(done_at=None, given_up_at=None),
            ),
        ]


class Webhook(models.Model):
    """An app's wish to be told of events at an address. `app_pk` is the host's key of the app.

    The secret is kept as it is, as Saleor keeps those of its own webhooks; no answer shows it.
    An empty list of events means all of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    app_pk = models.CharField(max_length=64)
    app_name = models.CharField(max_length=256, blank=True)
    target_url = models.CharField(max_length=255)
    secret_key = models.CharField(max_length=255, blank=True)
    events = models.JSONField(default=list)
    created_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # since the last message that arrived
    tried_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, null=True)
    delivered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["app_pk", "target_url"], name="bespoke_webhook_once"),
        ]


class WebhookMessage(models.Model):
    """One event owed to one webhook; its key is the message's idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(TimelineEvent, on_delete=models.PROTECT, related_name="messages")
    owed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "event"], name="bespoke_webhook_message_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "due_at"],
                name="bespoke_webhook_message_due",
                condition=Q(done_at=None, given_up_at=None),
            ),
        ]


class Attention(models.Model):
    """A reason why staff must look at a project: late, stuck, or money out of place."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(BespokeProject, on_delete=models.PROTECT, related_name="attentions")
    reason = models.CharField(max_length=32)
    detail = models.TextField()
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=128, blank=True)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ("raised_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "reason"],
                condition=Q(resolved_at=None),
                name="bespoke_attention_open_once",
            ),
        ]
