"""The project as API clients see it; every room adds its own fields."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.aftercare import AftercareFields
from saleor_bespoke.graphql.base import global_id, staff_view
from saleor_bespoke.graphql.cad import CadFields
from saleor_bespoke.graphql.cad_permissions import PermissionFields
from saleor_bespoke.graphql.intake import IntakeFields
from saleor_bespoke.graphql.ledger import LedgerFields
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.money import MoneyFields
from saleor_bespoke.graphql.papers import PapersFields
from saleor_bespoke.graphql.persons import PersonFields
from saleor_bespoke.graphql.production import ProductionFields
from saleor_bespoke.graphql.quality import QualityFields
from saleor_bespoke.graphql.quoting import QuotingFields
from saleor_bespoke.graphql.refund_terms import RefundTermsFields
from saleor_bespoke.graphql.shipping import ShippingFields
from saleor_bespoke.graphql.workshop import WorkshopFields
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import (
    Attention,
    TimelineEvent,
)
from saleor_bespoke.project.models import (
    BespokeProject as ProjectRow,
)
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.types import JSON, DateTime

BespokeStage = graphene.Enum(
    "BespokeStage",
    [(stage.value, stage.value) for stage in Stage],
    description=lambda value: (
        f"The commission is in {value.name}." if value else "Where a commission stands."
    ),
)


class BespokeTimelineEvent(graphene.ObjectType):
    """One thing that happened, linked to its predecessor by hash."""

    class Meta:
        description = "One thing that happened on a commission; the chain of hashes proves it."

    sequence = graphene.Int(required=True, description="Its place in the timeline, from 1.")
    kind = graphene.String(required=True, description="The event's stable name.")
    title = graphene.String(required=True, description="What happened, for a person.")
    at = DateTime(required=True, description="When it happened.")
    actor = graphene.String(required=True, description="Which kind of caller did it.")
    shared = graphene.Boolean(required=True, description="Whether the customer sees it.")
    payload = JSON(required=True, description="Ids, digests and numbers of the event.")
    hash = graphene.String(required=True, description="Digest over it and its predecessor's hash.")

    @staticmethod
    def resolve_title(root: TimelineEvent, _info: Any) -> str:
        known = Event.kinds.get(root.kind)
        return known.title if known else root.kind

    @staticmethod
    def resolve_actor(root: TimelineEvent, _info: Any) -> str:
        return root.actor_kind


class BespokeAttention(graphene.ObjectType):
    """A reason why staff must look."""

    class Meta:
        description = "A reason why staff must look at a commission."

    id = graphene.GlobalID(required=True, description="The item's id.")
    reason = graphene.String(required=True, description="The stable reason.")
    detail = graphene.String(required=True, description="What is the matter.")
    raised_at = DateTime(required=True, description="Since when.")
    resolved_at = DateTime(description="When it was resolved, if it was.")
    resolution = graphene.String(required=True, description="What was done about it.")

    @staticmethod
    def resolve_id(root: Attention, _info: Any) -> str:
        return str(root.pk)


class BespokeProject(
    IntakeFields,
    QuotingFields,
    LedgerFields,
    MoneyFields,
    RefundTermsFields,
    CadFields,
    PermissionFields,
    ProductionFields,
    QualityFields,
    ShippingFields,
    AftercareFields,
    WorkshopFields,
    PapersFields,
    PersonFields,
    graphene.ObjectType,
):
    """A commission as its customer and the workshop see it."""

    class Meta:
        description = "A commission for one piece, from the brief to lifetime care."
        interfaces = (graphene.relay.Node,)

    number = graphene.String(required=True, description="The number people call it by.")
    title = graphene.String(required=True, description="What is being made, in a few words.")
    channel = graphene.String(required=True, description="The channel's slug.")
    currency = graphene.String(required=True, description="The currency of all its sums.")
    stage = BespokeStage(required=True, description="Where it stands.")
    stage_since = DateTime(required=True, description="Since when it stands there.")
    created_at = DateTime(required=True, description="When it was opened.")
    language = graphene.String(required=True, description="The customer's language.")
    time_zone = graphene.String(required=True, description="The customer's time zone.")
    contact_name = graphene.String(required=True, description="Whom to address.")
    contact_email = graphene.String(required=True, description="Where to write.")
    stylist_name = graphene.String(required=True, description="The customer's named stylist.")
    cancel_reason = graphene.String(required=True, description="Why it was cancelled, if it was.")
    linked_to = graphene.ID(description="The commission this one continues or belongs to.")
    timeline = graphene.List(
        graphene.NonNull(BespokeTimelineEvent),
        required=True,
        description="What happened, oldest first; customers see the shared part.",
    )
    attention = graphene.List(
        graphene.NonNull(BespokeAttention),
        required=True,
        description="Open reasons for staff to look; empty for customers.",
    )

    @staticmethod
    def resolve_linked_to(root: ProjectRow, _info: Any) -> str | None:
        return global_id("BespokeProject", root.linked_to_id) if root.linked_to_id else None

    @staticmethod
    def resolve_timeline(root: ProjectRow, info: Any) -> Any:
        found = rows_of(
            info,
            "timeline",
            lambda: TimelineEvent.objects.order_by("sequence"),
            "project_id",
            root.pk,
        )
        if staff_view(info, root):
            return found
        return found.then(lambda events: [event for event in events if event.shared])

    @staticmethod
    def resolve_attention(root: ProjectRow, info: Any) -> Any:
        if not staff_view(info, root):
            return []
        return rows_of(
            info,
            "attention",
            lambda: Attention.objects.filter(resolved_at=None),
            "project_id",
            root.pk,
        )
