"""What a comparison with the payment provider found, and what was done about it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from saleor_bespoke.project import attention
from saleor_bespoke.project.models import Attention, BespokeProject
from saleor_bespoke.project.services import lock_for_system

logger = logging.getLogger(__name__)

REASON = "PROVIDER_DISAGREES"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One disagreement: `subject` is the provider's id, `left` tells that people must look.

    `fresh` is false where staff were shown it before and have not settled it yet.
    """

    what: str
    subject: str
    project: str = ""
    done: str
    left: bool = False
    fresh: bool = True

    def __str__(self) -> str:
        return f"{self.project or '-'} {self.what} {self.subject}: {self.done}"


@dataclass
class Report:
    """Collects findings; repairs and flags them, unless it only looks."""

    dry_run: bool
    findings: list[Finding] = field(default_factory=list)

    def repair(
        self,
        what: str,
        subject: str,
        project: BespokeProject,
        done: str,
        act: Callable[[], Any],
        *,
        left: bool = False,
    ) -> None:
        """Do what a report of the provider would have done; what fails is left for people."""
        if self.dry_run:
            done = f"To do: {done}"
        else:
            try:
                act()
            except Exception as problem:  # one payment's trouble keeps no other from its turn
                logger.exception("%s of %s could not be repaired", what, subject)
                done, left = f"It could not be repaired ({type(problem).__name__}).", True
        self.findings.append(
            Finding(what=what, subject=subject, project=project.number, done=done, left=left)
        )

    def flag(self, what: str, subject: str, project: BespokeProject, detail: str) -> None:
        """Put it before staff, once; what they have settled is not found again."""
        shown = Attention.objects.filter(project=project, reason=REASON, detail__contains=detail)
        if shown.filter(resolved_at__isnull=False).exists():
            return
        fresh = not shown.exists()
        if fresh and not self.dry_run:
            with transaction.atomic():
                attention.raise_for(lock_for_system(project.pk), REASON, detail)
        self.findings.append(
            Finding(
                what=what,
                subject=subject,
                project=project.number,
                done=detail if fresh else f"{detail} Staff were told before.",
                left=True,
                fresh=fresh,
            )
        )

    def leave(self, what: str, subject: str, detail: str) -> None:
        """Tell of what belongs to no commission that could be put before staff."""
        logger.error("%s %s: %s", what, subject, detail)
        self.findings.append(Finding(what=what, subject=subject, done=detail, left=True))
