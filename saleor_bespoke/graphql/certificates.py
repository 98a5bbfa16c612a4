"""API of laboratory reports and hallmarks."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import graphene

from saleor_bespoke.craft.stone_codec import stone_json
from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field
from saleor_bespoke.graphql.quality_types import (
    BespokeAssayOffice,
    BespokeCertificate,
    BespokeHallmark,
    BespokeLaboratory,
)
from saleor_bespoke.graphql.specification_inputs import BespokeStoneInput, stone_of
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.services import command_check
from saleor_bespoke.shop.types import Date, Upload
from saleor_bespoke.steps.quality import certificates, services


class BespokeCertificateInput(graphene.InputObjectType):
    """A laboratory report to record."""

    class Meta:
        description = "A laboratory's report on a stone of the piece."

    material = graphene.ID(required=True, description="The stone it speaks of.")
    laboratory = BespokeLaboratory(required=True, description="Who graded the stone.")
    number = graphene.String(required=True, description="The number as printed.")
    stone = BespokeStoneInput(required=True, description="What it says of the stone.")
    issued_on = Date(description="The day it was issued.")
    file = Upload(description="The report as PDF or picture.")


class CertificateRecord(BespokeMutation):
    """Record a report."""

    class Meta:
        command = "certificate_record"
        description = (
            "Write down a laboratory's report on a stone of the piece. Where it contradicts the "
            "stone it is kept with its contradictions and cannot be verified."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        input = BespokeCertificateInput(required=True, description="The report.")

    project = project_field()
    certificate = graphene.Field(BespokeCertificate, description="The recorded report.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = decode_id(data["project"], "BespokeProject", field="project")
        project = command_check(pk, actor=actor, command="certificate_record")
        given = data["input"]
        stone = stone_json(stone_of(given["stone"]))
        with ExitStack() as stack:
            prepared = None
            if given.get("file") is not None:
                uploads = Uploads(info, actor, project)
                prepared = stack.enter_context(uploads.prepare(given["file"], Purpose.CERTIFICATE))
            row = certificates.certificate_record(
                actor=actor,
                project_pk=pk,
                material_pk=decode_id(given["material"], "BespokeMaterial", field="material"),
                laboratory=given["laboratory"],
                number=given["number"],
                stone=stone,
                issued_on=given.get("issued_on"),
                prepared=prepared,
            )
        return {"project": row.project, "certificate": row}


class CertificateVerify(BespokeMutation):
    """Verify a report."""

    class Meta:
        command = "certificate_verify"
        description = "Say that the laboratory was asked and its report is as recorded."

    class Arguments:
        id = graphene.ID(required=True, description="The certificate's id.")
        how = graphene.String(required=True, description="Where it was seen, or who confirmed it.")

    project = project_field()
    certificate = graphene.Field(BespokeCertificate, description="The report.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = certificates.certificate_verify(
            actor=actor,
            certificate_pk=decode_id(data["id"], "BespokeCertificate"),
            how=data["how"],
        )
        return {"project": row.project, "certificate": row}


class CertificateReject(BespokeMutation):
    """Reject a report."""

    class Meta:
        command = "certificate_reject"
        description = "Say that a report does not count; its number may be recorded again."

    class Arguments:
        id = graphene.ID(required=True, description="The certificate's id.")
        reason = graphene.String(required=True, description="Why it does not count.")

    project = project_field()
    certificate = graphene.Field(BespokeCertificate, description="The report.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = certificates.certificate_reject(
            actor=actor,
            certificate_pk=decode_id(data["id"], "BespokeCertificate"),
            reason=data["reason"],
        )
        return {"project": row.project, "certificate": row}


class BespokeHallmarkInput(graphene.InputObjectType):
    """A hallmark to record."""

    class Meta:
        description = "The mark that an assay office struck."

    office = BespokeAssayOffice(required=True, description="Who struck it.")
    sponsor_mark = graphene.String(required=True, description="The sponsor's letters.")
    fineness = graphene.Int(required=True, description="The fineness in parts per thousand.")
    marked_on = Date(required=True, description="The day it was struck.")
    reference = graphene.String(description="The office's reference.")


class HallmarkRecord(BespokeMutation):
    """Record a hallmark."""

    class Meta:
        command = "hallmark_record"
        description = "Write down the hallmark of the piece."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        input = BespokeHallmarkInput(required=True, description="The mark.")

    project = project_field()
    hallmark = graphene.Field(BespokeHallmark, description="The mark.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        given = dict(data["input"])
        row = services.hallmark_record(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            reference=given.pop("reference", None) or "",
            **given,
        )
        return {"project": row.project, "hallmark": row}


class CertificateMutations:
    """Operations on reports and hallmarks."""

    bespoke_certificate_record = CertificateRecord.Field()
    bespoke_certificate_verify = CertificateVerify.Field()
    bespoke_certificate_reject = CertificateReject.Field()
    bespoke_hallmark_record = HallmarkRecord.Field()
