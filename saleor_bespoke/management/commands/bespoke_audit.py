"""`bespoke_audit`: whether every invariant holds now, recomputed from the raw tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from saleor_bespoke import clock
from saleor_bespoke.audit import RULES, SEALS, Violation, audit
from saleor_bespoke.project.models import BespokeProject


class Command(BaseCommand):
    """Reads one moment of the shop in a transaction that can write nothing."""

    help = "Recompute every invariant from the raw tables; exit 1 naming each violation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer one JSON object")
        parser.add_argument("--project", metavar="NUMBER", help="judge this commission alone")

    def handle(self, *_args: Any, project: str | None = None, **options: Any) -> None:
        if project and not BespokeProject.objects.filter(number=project).exists():
            raise CommandError(f"There is no commission {project}.")
        found = audit(project=project)
        if options["json"]:
            answer = {
                "at": clock.now().isoformat(),
                "sound": not found,
                "rules": len(RULES) + len(SEALS),
                "violations": [asdict(violation) for violation in found],
            }
            self.stdout.write(json.dumps(answer, sort_keys=True))
        else:
            for violation in found:
                self._show(violation)
        if found:
            names = "rule does" if len(found) == 1 else "rules do"
            raise CommandError(f"{len(found)} of {len(RULES) + len(SEALS)} {names} not hold.")
        if not options["json"]:
            self.stdout.write(f"All {len(RULES) + len(SEALS)} rules hold.")

    def _show(self, violation: Violation) -> None:
        self.stdout.write(f"Invariant {violation.invariant}: {violation.rule}")
        for row in violation.rows:
            self.stdout.write("  " + ", ".join(f"{key} {value}" for key, value in row.items()))
        if violation.more:
            self.stdout.write("  and more")
