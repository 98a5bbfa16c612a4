"""`bespoke_dossier B-1001 piece.zip`: everything about one piece in a ZIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.dossier.archive import stream
from saleor_bespoke.flows.dossier.assembling import dossier_assemble
from saleor_bespoke.flows.dossier.contents import entries
from saleor_bespoke.management.writing import private_file
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject


class Command(BaseCommand):
    """Issues what papers are due and writes the dossier; with --customer as its owner gets it."""

    help = "Write the dossier of a commission: papers, pictures, timeline and SHA256SUMS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the commission's number")
        parser.add_argument("path", type=Path, help="the ZIP to write; it must not exist")
        parser.add_argument(
            "--customer", action="store_true", help="leave out what is the workshop's own"
        )

    def handle(self, *_args: Any, number: str, path: Path, customer: bool, **_options: Any) -> None:
        project = BespokeProject.objects.filter(number=number).first()
        if project is None:
            raise CommandError(f"There is no commission {number}.")
        size = 0
        with private_file(path) as target:
            try:
                project = dossier_assemble(actor=SYSTEM, project_pk=project.pk)
            except BespokeError as refusal:
                raise CommandError(refusal.message) from refusal
            for chunk in stream(entries(project, staff=not customer)):
                size += target.write(chunk)
        self.stdout.write(f"{path}: {size} bytes.")
