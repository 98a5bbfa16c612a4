"""`bespoke_verify_approval B-1001`: whether approvals and signatures are still what they say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.audit import audit, design, files, papers, quotes
from saleor_bespoke.audit.rule import Rule, Seal
from saleor_bespoke.flows.documents.contracts import contract_faults
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadApproval
from saleor_bespoke.steps.cad.services.approvals import approval_faults
from saleor_bespoke.steps.papers.models import ContractSignature

#: What a receipt refers to, and what is said where it is no longer what it was.
BEHIND: dict[Rule | Seal, str] = {
    quotes.CONTENT: "The accepted offer was changed.",
    quotes.TERMS: "The text of the terms was changed.",
    quotes.OWED_AS_OFFERED: "The price is not the accepted one.",
    design.IN_FORCE: "A receipt names other files, another price, other terms or another person "
    "than the records.",
    design.TOLD: "The timeline tells of an approval whose receipt is gone.",
    papers.SIGNED: "A signature names another contract, other terms or another person than the "
    "records.",
    papers.TOLD: "The timeline tells of a signature whose receipt is gone.",
    files.FORGOTTEN: "The customer is marked as erased, and the timeline does not tell of it.",
}
#: What the timeline says once there is something to check.
TOLD = ("CadRevisionApproved", "ContractSigned")


class Command(BaseCommand):
    """Checks every receipt of a commission, of approvals and of the contract, against its files,
    specification and timeline, and what the receipt names against the raw rows."""

    help = "Check the approvals of a commission; exit 1 naming every fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the commission's number")

    def handle(self, *_args: Any, number: str, **_options: Any) -> None:
        project = BespokeProject.objects.filter(number=number).first()
        if project is None:
            raise CommandError(f"There is no commission {number}.")
        faults = [f"Entry {place} of the timeline was changed." for place in chain_breaks(project)]
        approvals = CadApproval.objects.filter(revision__project=project).order_by("approved_at")
        for approval in approvals.select_related("revision__project"):
            name = f"Revision {approval.revision.number}"
            found = approval_faults(approval)
            faults += [f"{name}: {fault}" for fault in found]
            if not found:
                state = "revoked by a change" if approval.revoked_at else "in force"
                self.stdout.write(f"{name}: {approval.receipt_hash}, {state}.")
        signatures = ContractSignature.objects.filter(project=project).order_by("signed_at")
        for signature in signatures.select_related("quote", "document__file", "project"):
            name = f"Contract {signature.document.number}"
            found = contract_faults(signature)
            faults += [f"{name}: {fault}" for fault in found]
            if not found:
                self.stdout.write(f"{name}: {signature.receipt_hash}, signed.")
        something = approvals or signatures or project.events.filter(kind__in=TOLD).exists()
        if something:
            broken = {violation.rule for violation in audit(project=number)}
            faults += [sentence for rule, sentence in BEHIND.items() if rule.name in broken]
        if faults:
            raise CommandError(" ".join(faults))
        if not something:
            self.stdout.write("Nothing was approved yet.")
