"""Designs that were shown before anybody could examine them, made known to the guard later."""

from __future__ import annotations

import logging

from django.db import transaction

from saleor_bespoke.project import attention
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.steps.cad import measuring
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.steps.cad.services import marks, reports

logger = logging.getLogger(__name__)


def shown_mark() -> int:
    """Fingerprint what was shown unexamined, e.g. before an extra came; how many files.

    Their reports stay as the customer saw them. What proves to be too like another client's design
    is too late to stop: it goes on the list of what staff look at.
    """
    shown = CadReport.objects.filter(
        state__in=("UNAVAILABLE", "UNREADABLE"),
        view__revision__published_at__isnull=False,
        view__mark=None,
        view__file__erased_at=None,
    ).exclude(view__file__kind__in=reports.CURVES)
    found = shown.select_related("view__file", "view__revision__project").order_by("due_at", "pk")
    return sum(_marked(report) for report in found)


def _marked(report: CadReport) -> bool:
    try:
        answer = reports.examine(report)
    except (measuring.Refused, measuring.ExtraMissing, measuring.Interrupted) as reason:
        logger.warning("The shown view %s is still not examined: %s", report.view_id, reason)
        return False
    with transaction.atomic():
        revision = report.view.revision
        project = lock_for_system(revision.project_id)
        marks.turn_take()
        reports.mark_keep(report, answer, project=project)
        marks.marks_show(revision)
        if any(it.near for it in marks.likenesses(revision)):
            attention.raise_for(
                project,
                "DESIGN_SIMILAR",
                f"Revision {revision.number} was shown unexamined, and is nearly the same design "
                "as another client's.",
            )
    return True
