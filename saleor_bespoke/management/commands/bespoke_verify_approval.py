"""`bespoke_verify_approval B-1001`: whether a commission's approvals are still what they say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadApproval
from saleor_bespoke.steps.cad.services.approvals import approval_faults


class Command(BaseCommand):
    """Checks every receipt of a commission against its files, specification and timeline."""

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
        if faults:
            raise CommandError(" ".join(faults))
        if not approvals:
            self.stdout.write("Nothing was approved yet.")
