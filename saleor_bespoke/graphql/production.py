"""API of the bench and its news."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import graphene

from saleor_bespoke.flows import making
from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field, staff_view
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.production_types import BespokeProductionStep, BespokeProgressUpdate
from saleor_bespoke.graphql.refund_terms import refund_terms_field
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check
from saleor_bespoke.shop.types import Decimal, Upload
from saleor_bespoke.steps.production import rules, services, updates
from saleor_bespoke.steps.production.models import ProductionStep, ProgressUpdate
from saleor_bespoke.steps.production.selectors import latest_of


class ProductionFields:
    """Fields this room adds to the project."""

    production_steps = graphene.List(
        graphene.NonNull(BespokeProductionStep),
        required=True,
        description="The work in its order; customers see the pass of each step that counts.",
    )
    progress_updates = graphene.List(
        graphene.NonNull(BespokeProgressUpdate),
        required=True,
        description="News from the bench, oldest first; customers see what is shared.",
    )

    @staticmethod
    def resolve_production_steps(root: BespokeProject, info: Any) -> Any:
        found = rows_of(info, "work_steps", ProductionStep.objects.all, "project_id", root.pk)
        return found if staff_view(info, root) else found.then(latest_of)

    @staticmethod
    def resolve_progress_updates(root: BespokeProject, info: Any) -> Any:
        found = rows_of(info, "progress_updates", ProgressUpdate.objects.all, "project_id", root.pk)
        if staff_view(info, root):
            return found
        return found.then(lambda rows: [row for row in rows if row.shared])


class ProductionQueries:
    """Queries of this room."""


class ProductionStart(BespokeMutation):
    """Begin the work."""

    class Meta:
        command = "production_start"
        description = "Give the approved design to the bench; the production promise begins."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")

    project = project_field()
    refund_terms = refund_terms_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        return {"project": services.production_start(actor=actor, project_pk=pk)}


class ProductionStepStart(BespokeMutation):
    """Take a step in hand."""

    class Meta:
        command = "production_step_start"
        description = "Take the next step of the work in hand."

    class Arguments:
        id = graphene.ID(required=True, description="The step's id.")
        worker = graphene.String(description="Who does it; the caller if left out.")

    project = project_field()
    step = graphene.Field(BespokeProductionStep, description="The step.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        step = services.production_step_start(
            actor=actor,
            step_pk=decode_id(data["id"], "BespokeProductionStep"),
            worker=data.get("worker") or "",
        )
        return {"project": step.project, "step": step}


class ProductionStepFinish(BespokeMutation):
    """Finish a step."""

    class Meta:
        command = "production_step_finish"
        description = "Say that the step in hand is done."

    class Arguments:
        id = graphene.ID(required=True, description="The step's id.")
        note = graphene.String(description="A note for the workshop.")

    project = project_field()
    step = graphene.Field(BespokeProductionStep, description="The step.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        step = services.production_step_finish(
            actor=actor,
            step_pk=decode_id(data["id"], "BespokeProductionStep"),
            note=data.get("note") or "",
        )
        return {"project": step.project, "step": step}


class ProductionStepSendBack(BespokeMutation):
    """Send work back."""

    class Meta:
        command = "production_step_send_back"
        description = "Send a step back with its reason; it and all begun later are done again."

    class Arguments:
        id = graphene.ID(required=True, description="The step's id.")
        reason = graphene.String(required=True, description="What is not good enough.")

    project = project_field()
    step = graphene.Field(BespokeProductionStep, description="The step's next pass.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        step = services.production_step_send_back(
            actor=actor,
            step_pk=decode_id(data["id"], "BespokeProductionStep"),
            reason=data["reason"],
        )
        return {"project": step.project, "step": step}


class MaterialConsume(BespokeMutation):
    """Record a material used."""

    class Meta:
        command = "material_consume"
        description = "Record how much of a locked material went into the piece; the rest is free."

    class Arguments:
        holding = graphene.ID(required=True, description="The id of the lock on the material.")
        quantity = Decimal(required=True, description="Pieces, or grams as weighed.")

    project = project_field()
    holding = graphene.Field(
        "saleor_bespoke.graphql.workshop_types.BespokeHolding", description="The lock, used up."
    )

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        holding = services.material_consume(
            actor=actor,
            holding_pk=decode_id(data["holding"], "BespokeHolding", field="holding"),
            quantity=data["quantity"],
        )
        return {"project": holding.project, "holding": holding}


class ProgressUpdatePost(BespokeMutation):
    """Post news from the bench."""

    class Meta:
        command = "progress_update_post"
        description = "Tell the customer, or the colleagues alone, how the piece comes along."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        text = graphene.String(required=True, description="What there is to tell.")
        shared = graphene.Boolean(required=True, description="Whether the customer sees it.")
        photos = graphene.List(
            graphene.NonNull(Upload), description="Photographs and videos, up to 10."
        )

    project = project_field()
    update = graphene.Field(BespokeProgressUpdate, description="The update.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        photos = data.get("photos") or []
        project = command_check(pk, actor=actor, command="progress_update_post")
        uploads = Uploads(info, actor, project)
        rules.update_check(text=data["text"], photos=len(photos))
        with ExitStack() as stack:
            prepared = [
                stack.enter_context(uploads.prepare(item, Purpose.PROGRESS)) for item in photos
            ]
            update = updates.progress_update_post(
                actor=actor,
                project_pk=pk,
                text=data["text"],
                shared=data["shared"],
                prepared=prepared,
            )
        return {"project": update.project, "update": update}


class ProductionFinish(BespokeMutation):
    """The piece is made."""

    class Meta:
        command = "production_finish"
        description = (
            "Say that the piece is made: all steps finished, stones and metal accounted for. A "
            "round of quality control opens."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")

    project = project_field()
    refund_terms = refund_terms_field()
    check = graphene.Field(
        "saleor_bespoke.graphql.quality_types.BespokeQualityCheck",
        description="The round of quality control that begins.",
    )

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        check = making.production_finish(actor=actor, project_pk=pk)
        return {"project": check.project, "check": check}


class ProductionMutations:
    """Operations of this room."""

    bespoke_production_start = ProductionStart.Field()
    bespoke_production_step_start = ProductionStepStart.Field()
    bespoke_production_step_finish = ProductionStepFinish.Field()
    bespoke_production_step_send_back = ProductionStepSendBack.Field()
    bespoke_material_consume = MaterialConsume.Field()
    bespoke_progress_update_post = ProgressUpdatePost.Field()
    bespoke_production_finish = ProductionFinish.Field()
