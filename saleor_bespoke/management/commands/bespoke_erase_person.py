"""`bespoke_erase_person --email A [--yes]`: forget a customer, or say what stands in the way."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.personal_data import obligations, personal_data_erase
from saleor_bespoke.management.persons import person_arguments, projects_found
from saleor_bespoke.project.access import SYSTEM


class Command(BaseCommand):
    """Erases every commission of a person that is over. Without --yes it only tells."""

    help = "Erase a customer's personal data; sums, digests and the timeline stay."

    def add_arguments(self, parser: CommandParser) -> None:
        person_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")

    def handle(self, *_args: Any, yes: bool, **options: Any) -> None:
        kept = 0
        for project in projects_found(options):
            owed = obligations(project)
            kept += bool(owed)
            if owed:
                self.stdout.write(" ".join(owed))
            elif not yes:
                files = project.files.filter(erased_at=None).count()
                state = "was erased before" if project.erased_at else "can be erased"
                self.stdout.write(f"{project.number} {state}: {files} files.")
            else:
                try:
                    personal_data_erase(actor=SYSTEM, project_pk=project.pk)
                except BespokeError as refusal:  # it changed since it was looked at
                    raise CommandError(f"{project.number}: {refusal.message}") from refusal
                self.stdout.write(f"{project.number} is erased.")
        if not yes:
            self.stdout.write("Nothing was changed: repeat it with --yes to erase.")
        if kept:
            raise CommandError(f"{kept} of these commissions cannot be erased yet.")
