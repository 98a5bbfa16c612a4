"""Quality control as API clients see it."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.craft.hallmarks import AssayOffice
from saleor_bespoke.craft.reports import Laboratory, verification_url
from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.graphql.base import global_id, staff_view
from saleor_bespoke.graphql.files import BespokeFile
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.graphql.production_types import for_staff
from saleor_bespoke.graphql.specification import BespokeStone
from saleor_bespoke.graphql.values import enum
from saleor_bespoke.media.models import BespokeFile as FileRow
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import Date, DateTime, Decimal
from saleor_bespoke.steps.quality.models import (
    Certificate,
    QualityCheck,
    QualityEvidence,
    QualityItem,
)

BespokeQualityCheckStatus = enum(
    "BespokeQualityCheckStatus", "How a quality check stands.", "OPEN", "PASSED", "FAILED"
)
BespokeQualityEvidenceKind = enum(
    "BespokeQualityEvidenceKind", "What a picture of the finished piece is.", "PHOTO", "UNBOXING"
)
BespokeLaboratory = enum(
    "BespokeLaboratory", "Who graded a stone.", *(item.value.upper() for item in Laboratory)
)
BespokeCertificateStatus = enum(
    "BespokeCertificateStatus",
    "How a laboratory report stands; recorded is not yet verified.",
    "RECORDED",
    "VERIFIED",
    "REJECTED",
)
BespokeAssayOffice = enum(
    "BespokeAssayOffice", "Who struck a hallmark.", *(item.value.upper() for item in AssayOffice)
)


class BespokeQualityItem(graphene.ObjectType):
    """A line of the checklist."""

    class Meta:
        description = "A line of a quality check and its verdict."

    code = graphene.String(required=True, description="What is checked.")
    passed = graphene.Boolean(description="The verdict; none before it is checked.")
    note = graphene.String(description="The checker's note; for staff.")


class BespokeQualityCheck(graphene.ObjectType):
    """One round of the checklist."""

    class Meta:
        description = "One round of the checklist on the finished piece."
        interfaces = (graphene.relay.Node,)

    number = graphene.Int(required=True, description="Its number, from 1.")
    status = BespokeQualityCheckStatus(required=True, description="Its verdict.")
    ordered_size_mm = Decimal(description="The ordered inner circumference in mm, of a ring.")
    measured_size_mm = Decimal(
        description="The measured one in mm; for customers once it has passed."
    )
    metal_grams = Decimal(description="Weight of the metal in g; for customers once it has passed.")
    opened_at = DateTime(required=True, description="When it began.")
    closed_at = DateTime(description="When it was decided.")
    items = graphene.List(
        graphene.NonNull(BespokeQualityItem),
        required=True,
        description="Its lines; customers see those of a passed check.",
    )
    note = graphene.String(description="The checker's note; for staff.")
    fail_reason = graphene.String(description="Why it failed; for staff.")

    @staticmethod
    def resolve_measured_size_mm(root: QualityCheck, info: Any) -> Any:
        if root.status == "PASSED":
            return root.measured_size_mm
        return for_staff(info, root, lambda: root.measured_size_mm)

    @staticmethod
    def resolve_metal_grams(root: QualityCheck, info: Any) -> Any:
        if root.status == "PASSED":
            return root.metal_grams
        return for_staff(info, root, lambda: root.metal_grams)

    @staticmethod
    def resolve_items(root: QualityCheck, info: Any) -> Any:
        def seen(project: BespokeProject) -> Any:
            staff = staff_view(info, project)
            if not staff and root.status != "PASSED":
                return []
            rows = rows_of(
                info, "quality_items", QualityItem.objects.all, "check_round_id", root.pk
            )
            return rows.then(
                lambda found: [
                    BespokeQualityItem(
                        code=row.code, passed=row.passed, note=row.note if staff else None
                    )
                    for row in found
                ]
            )

        return row_of(info, BespokeProject, root.project_id).then(seen)

    @staticmethod
    def resolve_note(root: QualityCheck, info: Any) -> Any:
        return for_staff(info, root, lambda: root.note)

    @staticmethod
    def resolve_fail_reason(root: QualityCheck, info: Any) -> Any:
        return for_staff(info, root, lambda: root.fail_reason)


class BespokeQualityEvidence(graphene.ObjectType):
    """A picture of the finished piece."""

    class Meta:
        description = "A photograph or the unboxing video of the finished piece."
        interfaces = (graphene.relay.Node,)

    kind = BespokeQualityEvidenceKind(required=True, description="What it is.")
    at = DateTime(required=True, description="When it was added.")
    check_id = graphene.ID(required=True, description="The quality check it belongs to.")
    file = graphene.Field(BespokeFile, required=True, description="The file.")

    @staticmethod
    def resolve_check_id(root: QualityEvidence, _info: Any) -> str:
        return global_id("BespokeQualityCheck", root.check_round_id)

    @staticmethod
    def resolve_file(root: QualityEvidence, info: Any) -> Any:
        return row_of(info, FileRow, root.file_id)


class BespokeContradiction(graphene.ObjectType):
    """A fact in which a report and the stone disagree."""

    class Meta:
        description = "A fact in which a laboratory report contradicts the stone in the piece."

    field = graphene.String(required=True, description="The fact.")
    reported = graphene.String(required=True, description="What the report says.")
    ordered = graphene.String(required=True, description="What the workshop's stone is.")


class BespokeCertificate(graphene.ObjectType):
    """A laboratory report."""

    class Meta:
        description = "A laboratory's report recorded for a stone of the piece."
        interfaces = (graphene.relay.Node,)

    laboratory = BespokeLaboratory(required=True, description="Who graded the stone.")
    number = graphene.String(required=True, description="Its number in canonical form.")
    number_as_printed = graphene.String(required=True, description="Its number as recorded.")
    status = BespokeCertificateStatus(required=True, description="How it stands.")
    stone = graphene.Field(BespokeStone, required=True, description="What it says of the stone.")
    issued_on = Date(description="The day it was issued.")
    material_id = graphene.ID(required=True, description="The stone it was recorded for.")
    verification_url = graphene.String(
        description="The laboratory's own page for the number, where it has one."
    )
    file = graphene.Field(BespokeFile, description="The report itself.")
    recorded_at = DateTime(required=True, description="When it was recorded.")
    verified_at = DateTime(description="When it was found at the laboratory as recorded.")
    verified_how = graphene.String(description="How it was verified; for staff.")
    contradictions = graphene.List(
        graphene.NonNull(BespokeContradiction),
        description="Where it contradicts the stone; for staff.",
    )
    rejected_at = DateTime(description="When it was rejected.")
    reject_reason = graphene.String(description="Why it was rejected; for staff.")

    @staticmethod
    def resolve_number(root: Certificate, _info: Any) -> str:
        return root.canonical_number

    @staticmethod
    def resolve_number_as_printed(root: Certificate, _info: Any) -> str:
        return root.number

    @staticmethod
    def resolve_stone(root: Certificate, _info: Any) -> Any:
        return stone_from_json(root.stone)

    @staticmethod
    def resolve_material_id(root: Certificate, _info: Any) -> str:
        return global_id("BespokeMaterial", root.material_id)

    @staticmethod
    def resolve_verification_url(root: Certificate, _info: Any) -> str | None:
        return verification_url(Laboratory(root.laboratory.lower()), root.canonical_number)

    @staticmethod
    def resolve_file(root: Certificate, info: Any) -> Any:
        return row_of(info, FileRow, root.file_id)

    @staticmethod
    def resolve_verified_how(root: Certificate, info: Any) -> Any:
        return for_staff(info, root, lambda: root.verified_how)

    @staticmethod
    def resolve_contradictions(root: Certificate, info: Any) -> Any:
        return for_staff(
            info, root, lambda: [BespokeContradiction(**item) for item in root.contradictions]
        )

    @staticmethod
    def resolve_reject_reason(root: Certificate, info: Any) -> Any:
        return for_staff(info, root, lambda: root.reject_reason)


class BespokeHallmark(graphene.ObjectType):
    """The assay office's mark."""

    class Meta:
        description = "The mark that an assay office struck on the piece."
        interfaces = (graphene.relay.Node,)

    office = BespokeAssayOffice(required=True, description="Who struck it.")
    sponsor_mark = graphene.String(required=True, description="The sponsor's letters.")
    fineness = graphene.Int(required=True, description="The fineness in parts per thousand.")
    reference = graphene.String(required=True, description="The office's reference.")
    marked_on = Date(required=True, description="The day it was struck.")
