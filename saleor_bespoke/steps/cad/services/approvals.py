"""The customer's approval, as a receipt that can be checked years later."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.store import bytes_digest
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.steps.cad import rules
from saleor_bespoke.steps.cad.events import CadRevisionApproved
from saleor_bespoke.steps.cad.models import CadApproval, CadRevision
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.workshop.promises import promise_meet


@transaction.atomic
def cad_revision_approve(
    *, actor: Actor, revision_pk: UUID, confirmed: Collection[str], returns_notice_version: str
) -> CadApproval:
    """The customer approves: every line confirmed, the returns notice seen in its present text."""
    revision, project, actor = lock_child(
        CadRevision, revision_pk, "revision", actor=actor, command="cad_revision_approve"
    )
    if revision.status != "PUBLISHED":
        raise BespokeError(
            ErrorCode.REVISION_NOT_REVIEWABLE, "This revision is not open for review."
        )
    if project.change_orders.filter(status__in=("PROPOSED", "ACCEPTED")).exists():
        raise BespokeError(
            ErrorCode.CHANGE_ORDER_OPEN, "Decide about the proposed change before you approve."
        )
    if revision.pins.filter(answered_at=None).exists():
        raise BespokeError(
            ErrorCode.PINS_OPEN, "Your remarks are not answered yet; approve once they are."
        )
    rules.tweak_check(specification_agreed(project), revision.specification)
    rules.confirmation_check(revision.specification, confirmed)
    notice = conf.policy(project.channel).returns_notice
    if returns_notice_version != notice.version:
        raise BespokeError(
            ErrorCode.NOTICE_OUTDATED,
            "Read the returns and warranty notice in its present version.",
            field="returnsNoticeVersion",
        )
    now = clock.now()
    receipt = _receipt(project, revision, actor, confirmed, now.isoformat())
    project.consents.create(
        kind="RETURNS_NOTICE",
        shown_at="APPROVAL",
        version=notice.version,
        text_hash=_text_hash(notice.body),
        at=now,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
    )
    revision.status, revision.closed_at = "APPROVED", now
    revision.save(update_fields=["status", "closed_at"])
    approval = CadApproval.objects.create(
        revision=revision, receipt=receipt, receipt_hash=journal.digest(receipt), approved_at=now
    )
    event = CadRevisionApproved(
        revision=revision.pk, number=revision.number, receipt=approval.receipt_hash
    )
    journal.record(project, event, actor=actor)
    for step in ("CAD", "TWEAK"):
        if project.promises.filter(step=step, ended_at=None).exists():
            promise_meet(project=project, step=step)
    return approval


def _text_hash(text: str) -> str:
    """SHA-256 of a text as shown, as every consent to it carries."""
    return hashlib.sha256(text.encode()).hexdigest()


def _receipt(
    project: BespokeProject,
    revision: CadRevision,
    actor: Actor,
    confirmed: Collection[str],
    at: str,
) -> dict[str, object]:
    quote = project.quotes.get(status="ACCEPTED")
    paid = project.payables.filter(status="PAID").order_by("created_at", "pk")
    notice = conf.policy(project.channel).returns_notice
    return {
        "project": project.number,
        "revision": revision.number,
        "specification": revision.specification_hash,
        "confirmed": sorted(confirmed),
        "files": [
            {"view": view.view, "sha256": view.file.sha256}
            for view in revision.views.select_related("file").order_by("view", "file__sha256")
        ],
        "measures": [_measures(report) for report in _measured(revision)],
        "remarks": _remarks(revision),
        "licence": _licence(revision),
        "quote": quote.content_hash,
        "paid": [{"amount": str(row.charged), "currency": row.currency} for row in paid],
        "terms": {"version": quote.terms_version, "sha256": quote.terms_hash},
        "returns_notice": {"version": notice.version, "sha256": _text_hash(notice.body)},
        "actor": {"kind": str(actor.kind), "ref": actor.ref},
        "at": at,
    }


def _measured(revision: CadRevision) -> QuerySet[CadReport]:
    reports = CadReport.objects.filter(view__revision=revision, kind="SHAPE", state="DONE")
    return reports.select_related("view__file").order_by("view__file__sha256")


def _measures(report: CadReport) -> dict[str, object]:
    """What the customer was told of a mesh: mm and mm³."""
    inner, wall = report.inner_diameter_mm, report.wall_mm
    return {
        "sha256": report.view.file.sha256,
        "unit": report.unit,
        "volume": str(report.volume_mm3),
        "inner_diameter": None if inner is None else str(inner),
        "wall": None if wall is None else str(wall),
    }


def _remarks(revision: CadRevision) -> list[dict[str, str]]:
    """What was asked of the design and answered, as digests in the order it was asked."""
    return [
        {"remark": _text_hash(pin.remark), "answer": _text_hash(pin.answer)}
        for pin in revision.pins.order_by("placed_at", "pk")
    ]


def _licence(revision: CadRevision) -> list[dict[str, str]]:
    """The licences that the files are shown under, each once."""
    shown = revision.views.order_by().values_list("licence_version", "licence_body").distinct()
    return [{"version": version, "sha256": _text_hash(body)} for version, body in sorted(shown)]


def approval_faults(approval: CadApproval) -> tuple[str, ...]:
    """What no longer matches an approval's receipt; empty when everything does."""
    faults = []
    receipt = approval.receipt
    if journal.digest(receipt) != approval.receipt_hash:
        faults.append("The receipt was changed.")
    revision = approval.revision
    if receipt["specification"] != revision.specification_hash:
        faults.append("The specification's hash differs.")
    erased = revision.project.erased_at is not None  # its engraving, remarks and files are gone
    if not erased and journal.digest(revision.specification) != revision.specification_hash:
        faults.append("The specification was changed.")
    views = list(revision.views.select_related("file").order_by("view", "file__sha256"))
    if receipt["files"] != [{"view": it.view, "sha256": it.file.sha256} for it in views]:
        faults.append("The files differ.")
    if not erased:
        faults += [
            f"The stored file of the view {it.view} was changed or is gone."
            for it in views
            if bytes_digest(it.file.storage_name) != it.file.sha256
        ]
    faults += _seen_faults(receipt, revision, erased=erased)
    events = revision.project.events.filter(
        kind="CadRevisionApproved", payload__receipt=approval.receipt_hash
    )
    if not events.exists():
        faults.append("The timeline does not know this receipt.")
    return tuple(faults)


def _seen_faults(
    receipt: Mapping[str, object], revision: CadRevision, *, erased: bool
) -> Iterator[str]:
    """What the customer saw beside the files, where it is no longer what the receipt names."""
    if not erased and receipt["remarks"] != _remarks(revision):
        yield "The remarks differ."
    if receipt["measures"] != [_measures(report) for report in _measured(revision)]:
        yield "The measures differ."
    if receipt["licence"] != _licence(revision):
        yield "The licence of the files differs."
