"""`bespoke_derive`: make previews and reports of designs now, and once more what failed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from saleor_bespoke.media.deriving.services import derivations_retry, derivatives_make
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.cad.services import reports_make, reports_retry, shown_mark

_HOUR = 3600


class Command(BaseCommand):
    """Does what the tasks `derivatives` and `cad_reports` do, until nothing is due."""

    help = "Derive previews, posters and turntables, and examine designs, of all files due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retry", action="store_true", help="also what failed, or lacked an extra, before"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        with shop().writer():
            if options["retry"]:
                self.stdout.write(f"Tried once more: {derivations_retry() + reports_retry()}.")
            self.stdout.write(f"Files derived from: {derivatives_make(_HOUR)}.")
            self.stdout.write(f"Designs examined: {reports_make()}.")
            if options["retry"]:
                self.stdout.write(f"Of designs shown unexamined: {shown_mark()}.")
