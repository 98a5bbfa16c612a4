"""Operations on papers: having one, taking one back, signing the contract, a piece's dossier."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.flows.documents import contracts, issuing
from saleor_bespoke.flows.dossier import assembling, links
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    staff_view,
    token_argument,
)
from saleor_bespoke.graphql.files import link_address, viewer_of
from saleor_bespoke.graphql.papers import (
    BespokeContractSignature,
    BespokeDocument,
    BespokeDocumentKind,
    paper_of,
)
from saleor_bespoke.project.access import Actor
from saleor_bespoke.steps.papers import services

#: Where both hosts serve dossiers.
DOSSIERS_PATH = "/plugins/saleor.bespoke/dossiers/"


class DocumentIssue(BespokeMutation):
    """Have a paper."""

    class Meta:
        command = "document_issue"
        description = (
            "Have a paper in its present state: the version issued before if nothing changed, else "
            "a new one. Production card and quality sheet are for staff."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        kind = BespokeDocumentKind(required=True, description="Which sort of paper.")
        subject = graphene.String(
            description="Which one of its kind, as `documents` names it; the last if left out."
        )
        token = token_argument()

    project = project_field()
    document = graphene.Field(BespokeDocument, description="The paper.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = issuing.document_issue(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            kind=data["kind"],
            subject=data.get("subject") or "",
        )
        return {"project": row.project, "document": paper_of(row)}


class DocumentRevoke(BespokeMutation):
    """Take a paper back."""

    class Meta:
        command = "document_revoke"
        description = "Take an issued paper back; a certificate's public page says so from then on."

    class Arguments:
        id = graphene.ID(required=True, description="The document's id.")
        reason = graphene.String(required=True, description="Why it is taken back.")

    project = project_field()
    document = graphene.Field(BespokeDocument, description="The paper.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.document_revoke(
            actor=actor,
            document_pk=decode_id(data["id"], "BespokeDocument"),
            reason=data["reason"],
        )
        return {"project": row.project, "document": paper_of(row)}


class ContractSign(BespokeMutation):
    """Sign the contract."""

    class Meta:
        command = "contract_sign"
        description = (
            "Sign the contract as it was shown: its SHA-256 names it. The answer is a receipt over "
            "contract, offer, terms, price, who signed and when."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        document_sha256 = graphene.String(
            required=True, description="SHA-256 of the contract that was read."
        )
        confirmed = graphene.Boolean(
            required=True, description="True: I agree to this contract and its terms."
        )
        token = token_argument()

    project = project_field()
    signature = graphene.Field(BespokeContractSignature, description="The signature.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = contracts.contract_sign(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            document_sha256=data["document_sha256"],
            confirmed=data["confirmed"],
        )
        return {"project": row.project, "signature": row}


class DossierAssemble(BespokeMutation):
    """Have everything about a piece."""

    class Meta:
        command = "dossier_assemble"
        description = (
            "Bring all papers of a piece up to date and answer a link to the ZIP with them, its "
            "pictures, its timeline and SHA256SUMS, readable offline. Customers get theirs without "
            "the workshop's own."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        token = token_argument()

    project = project_field()
    url = graphene.String(description="Where the caller can fetch the ZIP, for a while.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project = assembling.dossier_assemble(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
        )
        link = links.link_make(
            project, viewer=viewer_of(info, project), staff=staff_view(info, project)
        )
        return {"project": project, "url": link_address(info.context, f"{DOSSIERS_PATH}{link}")}


class PapersMutations:
    """Operations of this room."""

    bespoke_document_issue = DocumentIssue.Field()
    bespoke_document_revoke = DocumentRevoke.Field()
    bespoke_contract_sign = ContractSign.Field()
    bespoke_dossier_assemble = DossierAssemble.Field()
