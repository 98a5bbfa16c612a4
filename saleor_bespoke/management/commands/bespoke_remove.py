"""`bespoke_remove`: take out of a Saleor shop what `bespoke_setup` put into it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke.management.hosting import require_saleor


class Command(BaseCommand):
    """Removes; the shop then works as it did before."""

    help = "Remove bespoke commissions from this Saleor shop, before the package is uninstalled."
    requires_system_checks: list[str] = []  # a shop in trouble may want to be rid of us

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it")
        parser.add_argument(
            "--data", action="store_true", help="also drop our tables, with every commission"
        )
        parser.add_argument(
            "--force", action="store_true", help="although commissions or payments are unfinished"
        )

    def handle(self, *_args: Any, yes: bool, data: bool, force: bool, **_options: Any) -> None:
        require_saleor("bespoke_remove")
        from saleor_bespoke.plugins.saleor import removal

        unfinished, waiting = removal.unfinished(), removal.money_waiting()
        if waiting and not force:
            raise CommandError(
                f"{waiting} payments lie on unfinished checkouts and would not be sent back: "
                "refund them first, or repeat with --force."
            )
        if data and unfinished and not force:
            raise CommandError(
                f"{unfinished} commissions are unfinished: finish or cancel them first, leave "
                "--data out to keep them, or repeat with --force."
            )
        if not yes:
            raise CommandError(
                f"Nothing was removed. {_warning(data, unfinished)} Repeat with --yes."
            )
        for sentence in removal.remove():
            self.stdout.write(sentence)
        if data:
            for sentence in removal.data_remove():
                self.stdout.write(sentence)
        self.stdout.write("Now uninstall saleor-bespoke and restart web, worker and beat.")


def _warning(data: bool, unfinished: int) -> str:
    if data:
        return f"This deletes every commission, {unfinished} of them unfinished."
    return f"This ends the taking of commissions; {unfinished} unfinished ones keep their data."
