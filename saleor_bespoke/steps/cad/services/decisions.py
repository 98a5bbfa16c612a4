"""Findings on a draft, who took responsibility for them, and whether it may be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from saleor_bespoke import clock
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad import findings, selectors
from saleor_bespoke.steps.cad.events import CadDecisionRecorded
from saleor_bespoke.steps.cad.findings import Finding, Found
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.cad.report_models import CadDecision, CadReport
from saleor_bespoke.steps.cad.services import marks, reports

LONGEST = 2000


@dataclass(frozen=True)
class OnDraft:
    """A finding with what it is about: the view that was measured, or another client's revision."""

    found: Found
    subject: UUID
    decided: bool = False


def metal_of(
    project: BespokeProject, report: CadReport, specification: Specification
) -> findings.Metal:
    """The metal that casting takes beside what was quoted and what is locked."""
    alloy = specification.alloy.value
    ours = {"material__kind": "METAL", "material__alloy": alloy, "material__unit": "GRAM"}
    quote = project.quotes.filter(status="ACCEPTED").select_related("accepted_alternative").first()
    offered = quote.accepted_alternative if quote else None
    lines = offered.lines.filter(**ours) if offered else ()
    locked = project.holdings.filter(state="LOCKED", **ours).aggregate(sum=Sum("quantity"))["sum"]
    return selectors.metal_between(
        report,
        specification,
        project,
        quoted=[(line.quantity or Decimal(0), line.amount) for line in lines],
        locked=locked or Decimal(0),
    )


def report_findings(report: CadReport, revision: CadRevision) -> tuple[Found, ...]:
    """What there is to say against one mesh of a revision."""
    specification = Specification.from_json(revision.specification)
    metal = metal_of(revision.project, report, specification)
    return selectors.judged(report, specification, revision.project, metal)


def findings_on(revision: CadRevision) -> list[OnDraft]:
    """Everything found on a revision: its files, then designs of other clients that are too like.

    One is decided while the facts are those that somebody decided on: what is measured anew and
    differently is open again. Curves and solids are no finding: they are kept beside what can be
    looked at.
    """
    found: list[OnDraft] = []
    made = CadReport.objects.filter(view__revision=revision).order_by("view__view", "pk")
    for report in made.exclude(view__file__kind__in=reports.CURVES):
        if report.kind == "SHAPE":
            found += [OnDraft(it, report.view_id) for it in report_findings(report, revision)]
        else:
            of_picture = findings.picture_findings(report.state, report.reason)
            found += [OnDraft(it, report.view_id) for it in of_picture]
    found += [_too_like(it) for it in marks.likenesses(revision) if it.near]
    decided = list(revision.decisions.values_list("code", "subject", "facts"))
    return [
        replace(it, decided=(it.found.code.value, it.subject, it.found.facts) in decided)
        for it in found
    ]


def _too_like(it: marks.Likeness) -> OnDraft:
    what = "mesh" if it.kind == "SHAPE" else "drawings"
    message = f"The {what} show nearly the same design as another client's."
    facts = {"kind": it.kind, "distance": round(it.distance, 5), "sides": list(it.sides)}
    return OnDraft(Found(Finding.SIMILAR_DESIGN, message, facts), it.revision)


def publish_check(revision: CadRevision) -> None:
    """Refuse to show a draft with what stops it or what nobody decided; publications take turns."""
    marks.turn_take()
    findings.publish_check((it.found, it.decided) for it in findings_on(revision))


def cad_decision_record(
    *, actor: Actor, revision_pk: UUID, codes: Collection[str], reason: str
) -> list[CadDecision]:
    """Take responsibility for what was found on a draft, with the reason; what stops it stays.

    Pictures that nobody has looked at yet are looked at first, as publishing does: else it would
    hold for less than what is then found.
    """
    examined = reports.pictures_examined(actor, revision_pk, command="cad_decision_record")
    return _recorded(actor, revision_pk, codes, reason, examined)


@transaction.atomic
def _recorded(
    actor: Actor,
    revision_pk: UUID,
    codes: Collection[str],
    reason: str,
    examined: list[reports.Examined],
) -> list[CadDecision]:
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_decision_record"
    )
    if revision.status != "DRAFT":
        raise BespokeError(
            ErrorCode.REVISION_NOT_DRAFT, "Decisions are recorded before a revision is shown."
        )
    reason = block(reason, "reason", longest=LONGEST)
    reports.examined_keep(project, examined)
    wanted = {Finding(code) for code in codes}
    for code in sorted(wanted):
        if code.stops:
            raise BespokeError(
                ErrorCode.INVALID, f"Nobody can decide {code} away: it has to be mended.",
                field="codes",
            )  # fmt: skip
    open_ones = [it for it in findings_on(revision) if it.found.code in wanted and not it.decided]
    if wanted - {it.found.code for it in open_ones} or not open_ones:
        raise BespokeError(
            ErrorCode.FINDING_UNKNOWN, "This draft has no such open finding.", field="codes"
        )
    rows = [
        CadDecision(
            revision=revision,
            code=it.found.code.value,
            subject=it.subject,
            reason=reason,
            facts=it.found.facts,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            decided_at=clock.now(),
        )
        for it in open_ones
    ]
    CadDecision.objects.bulk_create(rows)
    event = CadDecisionRecorded(
        revision=revision.pk,
        decisions=tuple(row.pk for row in rows),
        codes=tuple(row.code for row in rows),
        reason=hashlib.sha256(reason.encode()).hexdigest(),
    )
    journal.record(project, event, actor=actor)
    return rows
