"""`bespoke_setup`: make whatever a Saleor shop needs for bespoke commissions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.management.hosting import require_saleor


class Command(BaseCommand):
    """Creates and repairs; repeating it changes nothing."""

    help = "Set this Saleor shop up for bespoke commissions; run it after every upgrade."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--channel",
            action="append",
            default=[],
            metavar="SLUG",
            help="a channel to take commissions in (repeatable); default: where the plugin is on "
            "already, at first all active ones",
        )
        parser.add_argument(
            "--url",
            default="",
            help="where staff's browsers reach this shop's API, if not at PUBLIC_URL",
        )

    def handle(self, *_args: Any, channel: list[str], url: str, **options: Any) -> None:
        require_saleor("bespoke_setup")
        from saleor_bespoke.plugins.saleor import installation, interference, verification

        if verification.unapplied():
            raise CommandError("The database lacks our tables: run migrate first.")
        try:
            steps = installation.set_up(channels=channel, url=url)
        except BespokeError as refused:
            raise CommandError(refused.message) from refused
        if options["verbosity"] == 0:
            return
        for step in steps:
            self.stdout.write(f"{'made ' if step.changed else 'there'}  {step.text}")
        for text in interference.interferences():
            self.stdout.write(self.style.WARNING(f"look   {text}"))
        self.stdout.write("Ask bespoke_check whether anything is missing.")
