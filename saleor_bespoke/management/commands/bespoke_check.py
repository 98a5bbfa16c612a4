"""`bespoke_check`: what a Saleor shop still lacks for bespoke commissions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_bespoke.management.hosting import require_saleor


class Command(BaseCommand):
    """Looks; at most it makes the folder of customers' files, to see whether it can."""

    help = "Name whatever this Saleor shop lacks for bespoke commissions; exit 1 if it is anything."
    requires_system_checks: list[str] = []  # they are among the findings

    def handle(self, *_args: Any, **_options: Any) -> None:
        require_saleor("bespoke_check")
        from saleor_bespoke.plugins.saleor import verification

        findings = verification.findings()
        for finding in findings:
            self.stdout.write(f"{'missing' if finding.missing else 'look   '}  {finding.text}")
        missing = sum(finding.missing for finding in findings)
        if missing:
            raise CommandError(f"Not ready: {missing} missing.")
        self.stdout.write("Ready for bespoke commissions.")
