"""API of what staff do about a CAD file: take it off, confirm its unit, decide about findings."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field
from saleor_bespoke.graphql.cad_measures import BespokeCadFindingCode, BespokeMeshUnit
from saleor_bespoke.graphql.cad_types import BespokeCadDecision, BespokeCadRevision, BespokeCadView
from saleor_bespoke.project.access import Actor
from saleor_bespoke.steps.cad import services


class CadViewRemove(BespokeMutation):
    """Take a view off a draft."""

    class Meta:
        command = "cad_view_remove"
        description = "Take a file off a drafted CAD revision, with what was written on it."

    class Arguments:
        id = graphene.ID(required=True, description="The view's id.")

    project = project_field()
    revision = graphene.Field(BespokeCadRevision, description="The draft.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeCadView")
        revision = services.cad_view_remove(actor=actor, view_pk=pk)
        return {"project": revision.project, "revision": revision}


class CadUnitConfirm(BespokeMutation):
    """Confirm a mesh's unit."""

    class Meta:
        command = "cad_unit_confirm"
        description = (
            "Say which unit a mesh counts in. Another one than was guessed has it measured anew."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The view's id.")
        unit = BespokeMeshUnit(required=True, description="The unit.")

    project = project_field()
    view = graphene.Field(BespokeCadView, description="The view.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        report = services.cad_unit_confirm(
            actor=actor, view_pk=decode_id(data["id"], "BespokeCadView"), unit=data["unit"]
        )
        return {"project": report.view.revision.project, "view": report.view}


class CadDecisionRecord(BespokeMutation):
    """Decide about findings."""

    class Meta:
        command = "cad_decision_record"
        description = (
            "Take responsibility for what was found on a draft, with the reason, so that it can be "
            "shown. What stops a revision has to be mended instead."
        )

    class Arguments:
        revision = graphene.ID(required=True, description="The draft's id.")
        codes = graphene.List(
            graphene.NonNull(BespokeCadFindingCode),
            required=True,
            description="The findings it is about.",
        )
        reason = graphene.String(required=True, description="Why it is shown all the same.")

    project = project_field()
    decisions = graphene.List(
        graphene.NonNull(BespokeCadDecision), description="What was recorded."
    )

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        rows = services.cad_decision_record(
            actor=actor,
            revision_pk=decode_id(data["revision"], "BespokeCadRevision", field="revision"),
            codes=data["codes"],
            reason=data["reason"],
        )
        return {"project": rows[0].revision.project, "decisions": rows}


class DecisionMutations:
    """Operations of staff on a draft's files."""

    bespoke_cad_view_remove = CadViewRemove.Field()
    bespoke_cad_unit_confirm = CadUnitConfirm.Field()
    bespoke_cad_decision_record = CadDecisionRecord.Field()
