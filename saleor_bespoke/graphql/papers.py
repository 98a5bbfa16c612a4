"""API of papers: which a commission has, and how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import graphene
from promise import Promise

from saleor_bespoke.flows.documents import issuing
from saleor_bespoke.flows.documents.available import Offer, Rows, offers, revisions_read
from saleor_bespoke.graphql.base import (
    global_id,
    staff_view,
)
from saleor_bespoke.graphql.files import file_link
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime
from saleor_bespoke.steps.intake.models import Brief
from saleor_bespoke.steps.papers.models import ContractSignature, IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.quality.models import QualityCheck
from saleor_bespoke.steps.quoting.models import Quote
from saleor_bespoke.steps.shipping.models import Shipment

BespokeDocumentKind = graphene.Enum(
    "BespokeDocumentKind",
    [(kind.value, kind.value) for kind in Kind],
    description=lambda value: (
        f"{Kind(value.value).called}." if value else "What sort of paper a document is."
    ),
)


@dataclass(frozen=True)
class Paper:
    """An offered paper of a commission and its last version, if it was issued."""

    project: BespokeProject
    offer: Offer
    issued: IssuedDocument | None


class BespokeDocument(graphene.ObjectType):
    """A paper of a commission."""

    class Meta:
        description = (
            "A paper of a commission, as a tagged PDF. Issue it to have it in its present state; "
            "what was issued stays as it is and is handed out again byte for byte."
        )

    id = graphene.ID(description="The issued document's id; none before it was issued.")
    kind = BespokeDocumentKind(required=True, description="What sort of paper it is.")
    subject = graphene.String(
        required=True, description="What it is about within its kind, e.g. the quote's version."
    )
    title = graphene.String(required=True, description="What people call it.")
    available = graphene.Boolean(required=True, description="Whether it can be issued now.")
    reason = graphene.String(description="Why it cannot be issued yet.")
    number = graphene.String(description="The number on it, once issued.")
    version = graphene.Int(description="Which version of it was issued last.")
    issued_at = DateTime(description="The date on it.")
    sha256 = graphene.String(description="SHA-256 of its bytes, in hex.")
    revoked_at = DateTime(description="When the workshop took it back.")
    url = graphene.String(
        description="Where the caller can fetch the version issued last, for a while, like a file."
    )
    verification_url = graphene.String(
        description="The public page of a certificate, which tells whether it is genuine."
    )

    @staticmethod
    def resolve_id(root: Paper, _info: Any) -> str | None:
        return global_id("BespokeDocument", root.issued.pk) if root.issued else None

    @staticmethod
    def resolve_kind(root: Paper, _info: Any) -> str:
        return root.offer.kind.value

    @staticmethod
    def resolve_subject(root: Paper, _info: Any) -> str:
        return root.offer.subject

    @staticmethod
    def resolve_title(root: Paper, _info: Any) -> str:
        return root.offer.kind.called

    @staticmethod
    def resolve_available(root: Paper, _info: Any) -> bool:
        return not root.offer.reason

    @staticmethod
    def resolve_reason(root: Paper, _info: Any) -> str | None:
        return root.offer.reason or None

    @staticmethod
    def resolve_number(root: Paper, _info: Any) -> str | None:
        return root.issued.number if root.issued else None

    @staticmethod
    def resolve_version(root: Paper, _info: Any) -> int | None:
        return root.issued.version if root.issued else None

    @staticmethod
    def resolve_issued_at(root: Paper, _info: Any) -> Any:
        return root.issued.issued_at if root.issued else None

    @staticmethod
    def resolve_sha256(root: Paper, _info: Any) -> str | None:
        return root.issued.sha256 if root.issued else None

    @staticmethod
    def resolve_revoked_at(root: Paper, _info: Any) -> Any:
        return root.issued.revoked_at if root.issued else None

    @staticmethod
    def resolve_url(root: Paper, info: Any) -> str | None:
        if root.issued is None or root.issued.file.erased_at is not None:
            return None
        return file_link(info, root.project, root.issued.file_id)

    @staticmethod
    def resolve_verification_url(root: Paper, _info: Any) -> str | None:
        code = root.issued.code if root.issued else None
        return issuing.verification_url(code) if code else None


class BespokeContractSignature(graphene.ObjectType):
    """The customer's signature under the contract."""

    class Meta:
        description = "The customer's signature under the contract, with its receipt."

    signed_at = DateTime(required=True, description="When it was signed.")
    document_sha256 = graphene.String(
        required=True, description="SHA-256 of the contract that was signed."
    )
    receipt_hash = graphene.String(
        required=True, description="SHA-256 over contract, offer, terms, price, actor and time."
    )

    @staticmethod
    def resolve_document_sha256(root: ContractSignature, _info: Any) -> str:
        return str(root.receipt["document"]["sha256"])


def _papers(project: BespokeProject, rows: Rows, issued: Any, *, staff: bool) -> list[Paper]:
    latest: dict[tuple[str, str], IssuedDocument] = {}
    for row in issued:
        latest[row.kind, row.subject] = row
    return [
        Paper(project, offer, latest.pop((offer.kind.value, offer.subject), None))
        for offer in offers(project, rows, staff=staff)
    ]


class PapersFields:
    """Fields this room adds to the project."""

    documents = graphene.List(
        graphene.NonNull(BespokeDocument),
        required=True,
        description="The commission's papers, also those still to come; the workshop's own are "
        "for staff.",
    )
    contract_signature = graphene.Field(
        BespokeContractSignature, description="The signature under the accepted offer's contract."
    )

    @staticmethod
    def resolve_documents(root: BespokeProject, info: Any) -> Any:
        def read(name: str, queryset: Any) -> Any:
            return rows_of(info, f"papers:{name}", queryset, "project_id", root.pk)

        sources = (
            read("briefs", lambda: Brief.objects.order_by("version")),
            read("quotes", lambda: Quote.objects.order_by("version")),
            read("payables", lambda: Payable.objects.order_by("created_at", "pk")),
            read("revisions", revisions_read),
            read("checks", lambda: QualityCheck.objects.order_by("number")),
            read("shipments", lambda: Shipment.objects.order_by("packed_at", "pk")),
            read("issued", lambda: _issued_read()),
        )
        staff = staff_view(info, root)

        def listed(found: list[Any]) -> list[Paper]:
            names = ("briefs", "quotes", "payables", "revisions", "checks", "shipments")
            rows = Rows(**dict(zip(names, found, strict=False)))
            return _papers(root, rows, found[-1], staff=staff)

        return Promise.all(sources).then(listed)

    @staticmethod
    def resolve_contract_signature(root: BespokeProject, info: Any) -> Any:
        found = rows_of(
            info,
            "contract_signatures",
            lambda: ContractSignature.objects.filter(quote__status="ACCEPTED"),
            "project_id",
            root.pk,
        )
        return found.then(lambda rows: rows[-1] if rows else None)


def _issued_read() -> Any:
    return IssuedDocument.objects.select_related("file").order_by("version")


def paper_of(row: IssuedDocument) -> Paper:
    """An issued document as the API shows it."""
    return Paper(row.project, Offer(Kind(row.kind), row.subject), row)
