"""`bespoke_export_person --email A --out ada.zip`: all that is kept about a customer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from saleor_bespoke.flows.personal_export import person_export
from saleor_bespoke.management.persons import person_arguments, projects_found
from saleor_bespoke.management.writing import private_file


class Command(BaseCommand):
    """Writes the ZIP of a person's commissions. Make sure first that they are who they say."""

    help = "Export what is kept about a customer: pages, data and files in one ZIP."

    def add_arguments(self, parser: CommandParser) -> None:
        person_arguments(parser)
        parser.add_argument("--out", required=True, help="the ZIP to write; it must not exist")

    def handle(self, *_args: Any, out: str, **options: Any) -> None:
        projects = projects_found(options)
        with private_file(Path(out)) as target:
            files = person_export(projects=projects, target=target)
        numbers = ", ".join(project.number for project in projects)
        self.stdout.write(f"{out}: {numbers}; {files} files.")
