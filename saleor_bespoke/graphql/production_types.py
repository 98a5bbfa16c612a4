"""The bench and its news as API clients see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from saleor_bespoke.graphql.base import staff_view
from saleor_bespoke.graphql.files import BespokeFile
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.values import enum
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime
from saleor_bespoke.steps.production.models import ProductionStep, ProgressUpdate
from saleor_bespoke.steps.production.rules import KINDS

BespokeProductionStepKind = enum("BespokeProductionStepKind", "A kind of work on a piece.", *KINDS)
BespokeProductionStepStatus = enum(
    "BespokeProductionStepStatus",
    "How a pass of a step stands.",
    "PENDING",
    "STARTED",
    "FINISHED",
    "SENT_BACK",
)


def for_staff(info: Any, root: Any, value: Callable[[], Any]) -> Any:
    """A value of a row of a project that only the workshop sees; None for the customer."""
    project = row_of(info, BespokeProject, root.project_id)
    return project.then(lambda found: value() if staff_view(info, found) else None)


class BespokeProductionStep(graphene.ObjectType):
    """One pass of one kind of work."""

    class Meta:
        description = "One pass of one kind of work on a piece; sent back, it is done once more."
        interfaces = (graphene.relay.Node,)

    kind = BespokeProductionStepKind(required=True, description="What work it is.")
    position = graphene.Int(required=True, description="Its place in the order, from 1.")
    attempt = graphene.Int(required=True, description="Which pass it is, from 1.")
    status = BespokeProductionStepStatus(required=True, description="How it stands.")
    started_at = DateTime(description="When it was taken in hand.")
    finished_at = DateTime(description="When it was done.")
    sent_back_at = DateTime(description="When it was sent back.")
    worker = graphene.String(description="Who did it; for staff.")
    note = graphene.String(description="The worker's note; for staff.")
    sent_back_reason = graphene.String(description="Why it was sent back; for staff.")

    @staticmethod
    def resolve_worker(root: ProductionStep, info: Any) -> Any:
        return for_staff(info, root, lambda: root.worker)

    @staticmethod
    def resolve_note(root: ProductionStep, info: Any) -> Any:
        return for_staff(info, root, lambda: root.note)

    @staticmethod
    def resolve_sent_back_reason(root: ProductionStep, info: Any) -> Any:
        return for_staff(info, root, lambda: root.sent_back_reason)


class BespokeProgressUpdate(graphene.ObjectType):
    """News from the bench."""

    class Meta:
        description = "News from the bench with photographs, shared with the customer or not."
        interfaces = (graphene.relay.Node,)

    text = graphene.String(required=True, description="What there is to tell.")
    shared = graphene.Boolean(required=True, description="Whether the customer sees it.")
    author_name = graphene.String(required=True, description="Who tells it.")
    at = DateTime(required=True, description="When it was posted.")
    photos = graphene.List(
        graphene.NonNull(BespokeFile), required=True, description="Its photographs and videos."
    )

    @staticmethod
    def resolve_photos(root: ProgressUpdate, info: Any) -> Any:
        through = ProgressUpdate.files.through
        found = rows_of(
            info,
            "update_files",
            lambda: through.objects.select_related("bespokefile").order_by("pk"),
            "progressupdate_id",
            root.pk,
        )
        return found.then(lambda rows: [row.bespokefile for row in rows])
