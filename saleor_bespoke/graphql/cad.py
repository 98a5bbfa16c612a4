"""API of CAD revisions, pins, approvals, change orders."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    staff_view,
)
from saleor_bespoke.graphql.cad_types import (
    BespokeCadAnnotation,
    BespokeCadAnnotationKind,
    BespokeCadRevision,
    BespokeCadView,
    BespokeCadViewKind,
)
from saleor_bespoke.graphql.change_types import BespokeChangeOrder, BespokeTweakRound
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.specification_inputs import (
    BespokeSpecificationInput,
    specification_of,
)
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import child_check
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import Decimal, Upload
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadRevision, ChangeOrder, TweakRound


class CadFields:
    """Fields this room adds to the project."""

    cad_revisions = graphene.List(
        graphene.NonNull(BespokeCadRevision),
        required=True,
        description="The design's revisions, oldest first; customers do not see drafts.",
    )
    tweak_rounds = graphene.List(
        graphene.NonNull(BespokeTweakRound), required=True, description="Its rounds of tweaks."
    )
    change_orders = graphene.List(
        graphene.NonNull(BespokeChangeOrder), required=True, description="Its change orders."
    )

    @staticmethod
    def resolve_cad_revisions(root: BespokeProject, info: Any) -> Any:
        found = rows_of(info, "revisions", CadRevision.objects.all, "project_id", root.pk)
        if staff_view(info, root):
            return found
        return found.then(lambda rows: [row for row in rows if row.status != "DRAFT"])

    @staticmethod
    def resolve_tweak_rounds(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "tweaks", TweakRound.objects.all, "project_id", root.pk)

    @staticmethod
    def resolve_change_orders(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "changes", ChangeOrder.objects.all, "project_id", root.pk)


class CadRevisionDraft(BespokeMutation):
    """Begin a revision."""

    class Meta:
        command = "cad_revision_draft"
        description = "Begin the next CAD revision."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        specification = BespokeSpecificationInput(
            description="What it shows, if it differs from what was agreed in details."
        )
        note = graphene.String(description="Words to the customer.")

    project = project_field()
    revision = graphene.Field(BespokeCadRevision, description="The draft.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        wished = data.get("specification")
        revision = services.cad_revision_draft(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            specification=specification_of(wished).to_json() if wished else None,
            note=data.get("note", ""),
        )
        return {"project": revision.project, "revision": revision}


class CadViewAdd(BespokeMutation):
    """Add a file to a draft."""

    class Meta:
        command = "cad_view_add"
        description = "Put a drawing, render or mesh on a drafted CAD revision."

    class Arguments:
        revision = graphene.ID(required=True, description="The draft's id.")
        view = BespokeCadViewKind(required=True, description="What the file shows.")
        file = Upload(required=True, description="The file.")

    project = project_field()
    view = graphene.Field(BespokeCadView, description="The view.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["revision"], "BespokeCadRevision", field="revision")
        project = child_check(CadRevision, pk, "revision", actor=actor, command="cad_view_add")
        uploads = Uploads(info, actor, project)
        with uploads.prepare(data["file"], Purpose.CAD) as prepared:
            view = services.cad_view_add(
                actor=actor, revision_pk=pk, view=data["view"], prepared=prepared
            )
        return {"project": view.revision.project, "view": view}


class BespokeCadAnnotationInput(graphene.InputObjectType):
    """A designer's remark."""

    class Meta:
        description = "A designer's remark on a draft."

    kind = BespokeCadAnnotationKind(required=True, description="What it tells.")
    text = graphene.String(required=True, description="What it says.")
    view = graphene.ID(description="The view it is placed on.")
    x = Decimal(description="Its place from the left edge, 0 to 1.")
    y = Decimal(description="Its place from the upper edge, 0 to 1.")
    millimetres = Decimal(description="The dimension in mm, if it is one.")


class CadAnnotationAdd(BespokeMutation):
    """Annotate a draft."""

    class Meta:
        command = "cad_annotation_add"
        description = "Write a dimension, a stone or a callout on a drafted CAD revision."

    class Arguments:
        revision = graphene.ID(required=True, description="The draft's id.")
        input = BespokeCadAnnotationInput(required=True, description="The remark.")

    project = project_field()
    annotation = graphene.Field(BespokeCadAnnotation, description="The remark.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        wished = dict(data["input"])
        view = wished.pop("view", None)
        row = services.cad_annotation_add(
            actor=actor,
            revision_pk=decode_id(data["revision"], "BespokeCadRevision", field="revision"),
            view_pk=decode_id(view, "BespokeCadView", field="view") if view else None,
            **wished,
        )
        return {"project": row.revision.project, "annotation": row}


class CadRevisionPublish(BespokeMutation):
    """Show a draft to the customer."""

    class Meta:
        command = "cad_revision_publish"
        description = "Show a drafted revision with all required views to the customer."

    class Arguments:
        id = graphene.ID(required=True, description="The draft's id.")

    project = project_field()
    revision = graphene.Field(BespokeCadRevision, description="The revision.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["id"], "BespokeCadRevision")
        revision = services.cad_revision_publish(actor=actor, revision_pk=pk)
        return {"project": revision.project, "revision": revision}


class CadMutations:
    """Operations of this room."""

    bespoke_cad_revision_draft = CadRevisionDraft.Field()
    bespoke_cad_view_add = CadViewAdd.Field()
    bespoke_cad_annotation_add = CadAnnotationAdd.Field()
    bespoke_cad_revision_publish = CadRevisionPublish.Field()
