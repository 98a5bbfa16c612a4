"""API of quality control and certificates."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows import making
from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field, staff_view
from saleor_bespoke.graphql.certificates import CertificateMutations
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.production_types import BespokeProductionStepKind
from saleor_bespoke.graphql.quality_types import (
    BespokeCertificate,
    BespokeHallmark,
    BespokeQualityCheck,
    BespokeQualityEvidence,
    BespokeQualityEvidenceKind,
)
from saleor_bespoke.graphql.refund_terms import refund_terms_field
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import command_check
from saleor_bespoke.shop.types import Decimal, Upload
from saleor_bespoke.steps.quality import services
from saleor_bespoke.steps.quality.models import (
    Certificate,
    Hallmark,
    QualityCheck,
    QualityEvidence,
)


def _list(kind: Any, description: str) -> graphene.List:
    return graphene.List(graphene.NonNull(kind), required=True, description=description)


class QualityFields:
    """Fields this room adds to the project."""

    quality_checks = _list(BespokeQualityCheck, "Its rounds of quality control, oldest first.")
    quality_evidence = _list(
        BespokeQualityEvidence, "Photographs and the unboxing video of the finished piece."
    )
    certificates = _list(
        BespokeCertificate,
        "Reports on its stones; customers see those that stand and contradict nothing.",
    )
    hallmark = graphene.Field(BespokeHallmark, description="Its hallmark, if it bears one.")

    @staticmethod
    def resolve_quality_checks(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "quality_checks", QualityCheck.objects.all, "project_id", root.pk)

    @staticmethod
    def resolve_quality_evidence(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "quality_evidence", QualityEvidence.objects.all, "project_id", root.pk)

    @staticmethod
    def resolve_certificates(root: BespokeProject, info: Any) -> Any:
        found = rows_of(
            info, "quality_certificates", Certificate.objects.all, "project_id", root.pk
        )
        if staff_view(info, root):
            return found
        return found.then(
            lambda rows: [
                row for row in rows if row.status != "REJECTED" and not row.contradictions
            ]
        )

    @staticmethod
    def resolve_hallmark(root: BespokeProject, info: Any) -> Any:
        found = rows_of(info, "quality_hallmark", Hallmark.objects.all, "project_id", root.pk)
        return found.then(lambda rows: rows[0] if rows else None)


class QualityQueries:
    """Queries of this room."""


class BespokeQualityItemInput(graphene.InputObjectType):
    """A verdict."""

    class Meta:
        description = "The checker's verdict on one line."

    code = graphene.String(required=True, description="The line.")
    passed = graphene.Boolean(required=True, description="Whether it is as it should be.")
    note = graphene.String(description="What was seen.")


class QualityCheckRecord(BespokeMutation):
    """Record findings."""

    class Meta:
        command = "quality_check_record"
        description = "Write down what the checker found, at once or bit by bit."

    class Arguments:
        id = graphene.ID(required=True, description="The check's id.")
        items = graphene.List(
            graphene.NonNull(BespokeQualityItemInput), description="Verdicts on lines."
        )
        measured_size_mm = Decimal(description="The measured inner circumference in mm.")
        metal_grams = Decimal(description="The weight of the metal in g, stones apart.")
        note = graphene.String(description="A note for the workshop.")

    project = project_field()
    check = graphene.Field(BespokeQualityCheck, description="The check.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        check = services.quality_check_record(
            actor=actor,
            check_pk=decode_id(data["id"], "BespokeQualityCheck"),
            items=[
                services.Verdict(item["code"], item["passed"], item.get("note") or "")
                for item in data.get("items") or []
            ],
            measured_size_mm=data.get("measured_size_mm"),
            metal_grams=data.get("metal_grams"),
            note=data.get("note"),
        )
        return {"project": check.project, "check": check}


class QualityEvidenceAdd(BespokeMutation):
    """Add a picture."""

    class Meta:
        command = "quality_evidence_add"
        description = "Add a photograph or the unboxing video of the piece; the customer sees it."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        kind = BespokeQualityEvidenceKind(required=True, description="What it is.")
        file = Upload(required=True, description="The file.")

    project = project_field()
    evidence = graphene.Field(BespokeQualityEvidence, description="The picture.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        project = command_check(pk, actor=actor, command="quality_evidence_add")
        purpose, _ = services.EVIDENCE[data["kind"]]
        uploads = Uploads(info, actor, project)
        with uploads.prepare(data["file"], purpose) as prepared:
            row = services.quality_evidence_add(
                actor=actor, project_pk=pk, kind=data["kind"], prepared=prepared
            )
        return {"project": row.project, "evidence": row}


class QualityPass(BespokeMutation):
    """Pass the piece."""

    class Meta:
        command = "quality_pass"
        description = (
            "Say that the piece is as ordered and may leave. Refused while anything is missing; "
            "the message names all of it."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The check's id.")

    project = project_field()
    refund_terms = refund_terms_field()
    check = graphene.Field(BespokeQualityCheck, description="The check.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        check = making.quality_pass(
            actor=actor, check_pk=decode_id(data["id"], "BespokeQualityCheck")
        )
        return {"project": check.project, "check": check}


class QualityFail(BespokeMutation):
    """Send the piece back."""

    class Meta:
        command = "quality_fail"
        description = "Send the piece back to the bench, to be done again from a step on."

    class Arguments:
        id = graphene.ID(required=True, description="The check's id.")
        reason = graphene.String(required=True, description="What is not good enough.")
        redo_from = BespokeProductionStepKind(
            required=True, description="The first step to be done again."
        )

    project = project_field()
    check = graphene.Field(BespokeQualityCheck, description="The check.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        check = making.quality_fail(
            actor=actor,
            check_pk=decode_id(data["id"], "BespokeQualityCheck"),
            reason=data["reason"],
            redo_from=data["redo_from"],
        )
        return {"project": check.project, "check": check}


class QualityMutations(CertificateMutations):
    """Operations of this room."""

    bespoke_quality_check_record = QualityCheckRecord.Field()
    bespoke_quality_evidence_add = QualityEvidenceAdd.Field()
    bespoke_quality_pass = QualityPass.Field()
    bespoke_quality_fail = QualityFail.Field()
