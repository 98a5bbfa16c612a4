"""A changed brief ends the offer that answered the old one."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from saleor_bespoke.project.access import Actor, check_command
from saleor_bespoke.steps.intake import services as intake
from saleor_bespoke.steps.intake.models import Brief
from saleor_bespoke.steps.intake.services import BriefDraft
from saleor_bespoke.steps.quoting import services as quoting


@transaction.atomic
def brief_revise(*, actor: Actor, project_pk: str | UUID, draft: BriefDraft) -> Brief:
    """Record a new version of the brief; a quote on offer is closed and the clock starts anew.

    An unchanged brief leaves both as they are.
    """
    brief = intake.brief_revise(actor=actor, project_pk=project_pk, draft=draft)
    project = brief.project
    if project.quotes.filter(status="SENT").exclude(brief=brief).exists():
        acting = check_command(project, actor, "brief_revise")
        quoting.quote_overtaken_mark(project=project, actor=acting)
    return brief
