"""Signing the contract: a receipt over exactly the paper that was shown, and its verification."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.available import offer_find
from saleor_bespoke.flows.documents.issuing import latest_of
from saleor_bespoke.flows.documents.offering import conditions, contract
from saleor_bespoke.media.store import bytes_digest
from saleor_bespoke.money.minor_units import to_minor
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.papers import rules
from saleor_bespoke.steps.papers.events import ContractSigned
from saleor_bespoke.steps.papers.models import ContractSignature, IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.quoting.content import content_hash_of, total
from saleor_bespoke.steps.quoting.models import Quote


@transaction.atomic
def contract_sign(
    *, actor: Actor, project_pk: str | UUID, document_sha256: str, confirmed: bool
) -> ContractSignature:
    """The customer agrees to the contract as shown, named by its SHA-256.

    Refusals: DOCUMENT_NOT_READY before acceptance, ALREADY_DONE, CONFIRMATION_INCOMPLETE,
    DOCUMENT_OUTDATED where the paper is not the present one.
    """
    project, actor = lock_project(project_pk, actor=actor, command="contract_sign")
    offer = offer_find(project, Kind.CONTRACT, "", staff=False)
    quote = project.quotes.select_related("accepted_alternative").get(version=int(offer.subject))
    if ContractSignature.objects.filter(quote=quote).exists():
        raise BespokeError(ErrorCode.ALREADY_DONE, "This contract was signed before.")
    paper = latest_of(project, Kind.CONTRACT, offer.subject)
    current = (
        paper is not None
        and paper.revoked_at is None
        and paper.facts_hash == contract(project, offer.subject).facts_hash
    )
    rules.sign_check(
        confirmed=confirmed,
        shown=document_sha256,
        latest=paper.sha256 if paper else "",
        current=current,
    )
    if paper is None:  # `sign_check` has refused it
        raise BespokeError(ErrorCode.DOCUMENT_OUTDATED, "There is no contract to sign yet.")
    now = clock.now()
    receipt = _receipt(project, quote, paper, actor, now.isoformat())
    signature = ContractSignature.objects.create(
        project=project,
        quote=quote,
        document=paper,
        receipt=receipt,
        receipt_hash=journal.digest(receipt),
        signed_at=now,
    )
    event = ContractSigned(quote=quote.pk, document=paper.pk, receipt=signature.receipt_hash)
    journal.record(project, event, actor=actor)
    return signature


def _receipt(
    project: BespokeProject, quote: Quote, paper: IssuedDocument, actor: Actor, at: str
) -> dict[str, object]:
    chosen = quote.accepted_alternative
    if chosen is None:
        raise BespokeError(ErrorCode.DOCUMENT_NOT_READY, "No offer was accepted yet.")
    return {
        "project": project.number,
        "document": {"number": paper.number, "sha256": paper.sha256},
        "quote": quote.content_hash,
        "alternative": str(chosen.pk),
        "specification": chosen.specification_hash,
        "total": to_minor(total(quote, chosen), quote.currency),
        "currency": quote.currency,
        "terms": {"version": quote.terms_version, "sha256": quote.terms_hash},
        "conditions": conditions(project, quote),
        "confirmed": True,
        "actor": {"kind": str(actor.kind), "ref": actor.ref},
        "at": at,
    }


def contract_faults(signature: ContractSignature) -> tuple[str, ...]:
    """What no longer matches a signature's receipt; empty when everything does."""
    receipt, paper, quote = signature.receipt, signature.document, signature.quote
    faults = []
    if journal.digest(receipt) != signature.receipt_hash:
        faults.append("The receipt was changed.")
    if receipt["document"] != {"number": paper.number, "sha256": paper.sha256}:
        faults.append("The receipt names another contract.")
    erased = signature.project.erased_at is not None  # the bytes of its papers are gone
    if not erased and bytes_digest(paper.file.storage_name) != paper.sha256:
        faults.append("The stored contract was changed or is gone.")
    if receipt["quote"] != quote.content_hash or content_hash_of(quote) != quote.content_hash:
        faults.append("The offer was changed.")
    if receipt["alternative"] != str(quote.accepted_alternative_id):
        faults.append("Another alternative was accepted.")
    terms = {
        "version": quote.terms_version,
        "sha256": hashlib.sha256(quote.terms_body.encode()).hexdigest(),
    }
    if receipt["terms"] != terms:
        faults.append("The terms were changed.")
    told = signature.project.events.filter(
        kind="ContractSigned", payload__receipt=signature.receipt_hash
    )
    if not told.exists():
        faults.append("The timeline does not know this signature.")
    return tuple(faults)


def contract_check(project: BespokeProject, payable: Payable) -> None:
    """Refuse to take money for a piece whose contract this channel wants signed first."""
    if payable.kind != "QUOTE" or not conf.policy(project.channel).contract_required:
        return
    if not ContractSignature.objects.filter(quote_id=payable.subject_pk).exists():
        raise BespokeError(
            ErrorCode.CONTRACT_UNSIGNED, "Sign the contract before you pay for the piece."
        )
