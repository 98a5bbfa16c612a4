"""`bespoke_derive`: make previews and the like now, and once more what failed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from saleor_bespoke.media.deriving.services import derivations_retry, derivatives_make
from saleor_bespoke.shop.port import shop

_HOUR = 3600


class Command(BaseCommand):
    """Does what the task `saleor_bespoke.derivatives` does, until nothing is due."""

    help = "Derive previews, posters and turntables from all files that are due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retry", action="store_true", help="also what failed, or lacked an extra, before"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        with shop().writer():
            if options["retry"]:
                self.stdout.write(f"Tried once more: {derivations_retry()}.")
            self.stdout.write(f"Files derived from: {derivatives_make(_HOUR)}.")
