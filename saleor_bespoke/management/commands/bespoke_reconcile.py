"""`bespoke_reconcile`: what the provider, the shop and the commissions disagree on."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke import flows
from saleor_bespoke.flows.provider_reconciling import DAYS, PATIENCE, provider_reconcile
from saleor_bespoke.money.stripe import StripeError
from saleor_bespoke.shop.port import shop


class Command(BaseCommand):
    """Repairs what a lost report explains, and puts the rest before staff."""

    help = "Compare payments with the provider's books; exit 1 if something is left for people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS, help="how far to look back")
        parser.add_argument("--json", action="store_true", help="one JSON list")
        parser.add_argument("--dry-run", action="store_true", help="only look, change nothing")
        parser.add_argument(
            "--patience",
            type=int,
            default=int(PATIENCE.total_seconds()),
            help="seconds in which reports may still come by themselves",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        flows.connect()
        patience = timedelta(seconds=options["patience"])
        try:
            with shop().writer():
                findings = provider_reconcile(
                    days=options["days"], patience=patience, dry_run=options["dry_run"]
                )
        except StripeError as problem:
            raise CommandError(problem.message, returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(str(finding))
        left = sum(finding.left for finding in findings)
        if left:
            raise CommandError(f"{left} of {len(findings)} findings are left for people.")
