"""The design as API clients see it."""

from __future__ import annotations

from typing import Any

import graphene
from promise import Promise

from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.graphql.base import staff_view
from saleor_bespoke.graphql.cad_measures import (
    BespokeCadFindingCode,
    BespokeSpatialPlace,
    place_of,
)
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.specification import BespokeSpecification
from saleor_bespoke.graphql.values import enum
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import JSON, DateTime, Decimal
from saleor_bespoke.steps.cad.models import (
    CadAnnotation,
    CadApproval,
    CadPin,
    CadRevision,
    CadView,
)
from saleor_bespoke.steps.cad.report_models import CadDecision, CadReport
from saleor_bespoke.steps.cad.rules import lines_to_confirm

BespokeCadRevisionStatus = enum(
    "BespokeCadRevisionStatus",
    "How a revision stands.",
    "DRAFT",
    "PUBLISHED",
    "TWEAK_REQUESTED",
    "APPROVED",
    "SUPERSEDED",
)
BespokeCadViewKind = enum(
    "BespokeCadViewKind",
    "What a CAD file shows.",
    "TOP",
    "SIDE",
    "FRONT",
    "PERSPECTIVE",
    "MESH",
    "SHEET",
)
BespokeCadAnnotationKind = enum(
    "BespokeCadAnnotationKind", "What an annotation tells.", "DIMENSION", "STONE", "CALLOUT"
)


class BespokeLicence(graphene.ObjectType):
    """A licence as it read."""

    class Meta:
        description = "Under which licence a design file is shown, frozen when it was uploaded."

    version = graphene.String(required=True, description="The version of the text.")
    body = graphene.String(required=True, description="The text.")


class BespokeCadDecision(graphene.ObjectType):
    """Somebody's word on a finding."""

    class Meta:
        description = "Somebody of the workshop took responsibility for a finding."
        interfaces = (graphene.relay.Node,)

    code = BespokeCadFindingCode(required=True, description="What was found.")
    reason = graphene.String(required=True, description="Why it was shown all the same.")
    decided_by = graphene.String(required=True, description="Who decided, e.g. `user:7`.")
    decided_at = DateTime(required=True, description="When.")

    @staticmethod
    def resolve_decided_by(root: CadDecision, _info: Any) -> str:
        return root.actor_ref


class BespokeCadView(graphene.ObjectType):
    """A file of a revision and what it shows."""

    class Meta:
        description = "A drawing, render or mesh of a CAD revision."
        interfaces = (graphene.relay.Node,)

    view = BespokeCadViewKind(required=True, description="What it shows.")
    file = graphene.Field(
        "saleor_bespoke.graphql.files.BespokeFile", required=True, description="The file."
    )
    licence = graphene.Field(
        BespokeLicence, required=True, description="The licence it is shown under."
    )
    report = graphene.Field(
        "saleor_bespoke.graphql.cad_reports.BespokeCadReport",
        description="What was found of it; nothing of papers.",
    )

    @staticmethod
    def resolve_file(root: CadView, info: Any) -> Any:
        return row_of(info, BespokeFile, root.file_id)

    @staticmethod
    def resolve_licence(root: CadView, _info: Any) -> BespokeLicence:
        return BespokeLicence(version=root.licence_version, body=root.licence_body)

    @staticmethod
    def resolve_report(root: CadView, info: Any) -> Any:
        found = rows_of(info, "cad_report", CadReport.objects.all, "view_id", root.pk)
        return found.then(lambda rows: rows[0] if rows else None)


class BespokeCadAnnotation(graphene.ObjectType):
    """A designer's remark."""

    class Meta:
        description = "A designer's remark on a revision: a dimension, a stone, a callout."
        interfaces = (graphene.relay.Node,)

    kind = BespokeCadAnnotationKind(required=True, description="What it tells.")
    text = graphene.String(required=True, description="What it says.")
    x = Decimal(description="Its place from the left edge, 0 to 1.")
    y = Decimal(description="Its place from the upper edge, 0 to 1.")
    millimetres = Decimal(description="The dimension in mm, if it is one.")
    view_id = graphene.ID(description="The view it is placed on.")

    @staticmethod
    def resolve_view_id(root: CadAnnotation, _info: Any) -> str | None:
        return graphene.Node.to_global_id("BespokeCadView", root.view_id) if root.view_id else None


class BespokeCadPin(graphene.ObjectType):
    """A customer's remark."""

    class Meta:
        description = "A customer's remark pinned to a place of a view."
        interfaces = (graphene.relay.Node,)

    view_id = graphene.ID(required=True, description="The view it is pinned to.")
    x = Decimal(description="On a picture, its place from the left edge, 0 to 1.")
    y = Decimal(description="On a picture, its place from the upper edge, 0 to 1.")
    place = graphene.Field(BespokeSpatialPlace, description="On a mesh, its place in space.")
    carried_from_id = graphene.ID(
        description="The remark of the revision before that it was carried over from."
    )
    remark = graphene.String(required=True, description="What the customer says.")
    placed_at = DateTime(required=True, description="When.")
    answer = graphene.String(required=True, description="The designer's answer.")
    answered_at = DateTime(description="When it was answered.")

    @staticmethod
    def resolve_view_id(root: CadPin, _info: Any) -> str:
        return str(graphene.Node.to_global_id("BespokeCadView", root.view_id))

    @staticmethod
    def resolve_place(root: CadPin, _info: Any) -> Any:
        if root.place_x is None:
            return None
        position = (root.place_x, root.place_y, root.place_z)
        return place_of(position, (root.normal_x, root.normal_y, root.normal_z), root.part)

    @staticmethod
    def resolve_carried_from_id(root: CadPin, _info: Any) -> str | None:
        came_from = root.carried_from_id
        return graphene.Node.to_global_id("BespokeCadPin", came_from) if came_from else None


class BespokeCadApproval(graphene.ObjectType):
    """The receipt of an approval."""

    class Meta:
        description = "The customer's approval as a receipt that can be checked at any time."
        interfaces = (graphene.relay.Node,)

    receipt = JSON(required=True, description="Hashes, lines, terms and actor it is given over.")
    receipt_hash = graphene.String(required=True, description="SHA-256 over the receipt.")
    approved_at = DateTime(required=True, description="When.")
    revoked_at = DateTime(description="When a settled change order ended it.")


class BespokeCadRevision(graphene.ObjectType):
    """One state of the design."""

    class Meta:
        description = "One state of the design as shown to the customer."
        interfaces = (graphene.relay.Node,)

    number = graphene.Int(required=True, description="Its number, from 1.")
    status = BespokeCadRevisionStatus(required=True, description="How it stands.")
    specification = graphene.Field(
        BespokeSpecification, required=True, description="What it shows."
    )
    specification_hash = graphene.String(required=True, description="SHA-256 of that.")
    confirm = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The lines an approval must confirm one by one.",
    )
    note = graphene.String(required=True, description="The designer's words.")
    published_at = DateTime(description="When it was shown to the customer.")
    views = graphene.List(graphene.NonNull(BespokeCadView), required=True, description="Its files.")
    annotations = graphene.List(
        graphene.NonNull(BespokeCadAnnotation), required=True, description="The designer's remarks."
    )
    pins = graphene.List(
        graphene.NonNull(BespokeCadPin), required=True, description="The customer's remarks."
    )
    pins_lost = graphene.List(
        graphene.NonNull(BespokeCadPin),
        required=True,
        description="Remarks of the revision shown before whose place was not found again here.",
    )
    decisions = graphene.List(
        graphene.NonNull(BespokeCadDecision),
        description="Who answered for what was found on it; for staff alone.",
    )
    approval = graphene.Field(BespokeCadApproval, description="The approval, if it was given.")

    @staticmethod
    def resolve_specification(root: CadRevision, _info: Any) -> Specification:
        return Specification.from_json(root.specification)

    @staticmethod
    def resolve_confirm(root: CadRevision, _info: Any) -> tuple[str, ...]:
        return lines_to_confirm(root.specification)

    @staticmethod
    def resolve_views(root: CadRevision, info: Any) -> Any:
        return rows_of(info, "cad_views", CadView.objects.all, "revision_id", root.pk)

    @staticmethod
    def resolve_annotations(root: CadRevision, info: Any) -> Any:
        return rows_of(info, "annotations", CadAnnotation.objects.all, "revision_id", root.pk)

    @staticmethod
    def resolve_pins(root: CadRevision, info: Any) -> Any:
        return rows_of(info, "pins", CadPin.objects.all, "revision_id", root.pk)

    @staticmethod
    def resolve_pins_lost(root: CadRevision, info: Any) -> Any:
        if root.published_at is None:
            return []

        def before(rows: list[CadRevision]) -> Any:
            shown = [it for it in rows if it.published_at and it.number < root.number]
            return Promise.all(
                [
                    rows_of(info, "pins", CadPin.objects.all, "revision_id", it.pk)
                    for it in (shown[-1:] and [shown[-1], root])
                ]
            )

        def lost(found: list[list[CadPin]]) -> list[CadPin]:
            if not found:
                return []
            carried = {pin.carried_from_id for pin in found[1]}
            return [pin for pin in found[0] if pin.pk not in carried]

        revisions = rows_of(
            info, "revisions", CadRevision.objects.all, "project_id", root.project_id
        )
        return revisions.then(before).then(lost)

    @staticmethod
    def resolve_decisions(root: CadRevision, info: Any) -> Any:
        def told(project: BespokeProject) -> Any:
            if not staff_view(info, project):
                return None
            return rows_of(info, "decisions", CadDecision.objects.all, "revision_id", root.pk)

        return row_of(info, BespokeProject, root.project_id).then(told)

    @staticmethod
    def resolve_approval(root: CadRevision, info: Any) -> Any:
        found = rows_of(info, "approval", CadApproval.objects.all, "revision_id", root.pk)
        return found.then(lambda rows: rows[0] if rows else None)
