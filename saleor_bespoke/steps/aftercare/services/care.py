"""Care for ever, and work outside the commission's price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.payables import payable_open
from saleor_bespoke.project import journal, texts
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.aftercare import rules
from saleor_bespoke.steps.aftercare.events import (
    CareBooked,
    CareFinished,
    ExtraServicePaid,
    ExtraServicePriced,
)
from saleor_bespoke.steps.aftercare.models import CareBooking, ExtraService


@transaction.atomic
def care_book(
    *, actor: Actor, project_pk: str | UUID, kind: str, wished_for: date, note: str = ""
) -> CareBooking:
    """The customer books a cleaning, a polish or a prong check; also years later.

    The same booking again answers the one there is. Refusals: INVALID, CARE_BOOKED while another
    of its kind waits.
    """
    project, actor = lock_project(project_pk, actor=actor, command="care_book")
    note = texts.block(note, "note", longest=rules.LONGEST_NOTE, required=False)
    waiting: CareBooking | None = project.care.filter(kind=kind, status="BOOKED").first()
    if waiting is not None:
        if waiting.wished_for == wished_for:
            return waiting
        raise BespokeError(
            ErrorCode.CARE_BOOKED, f"This is booked for {waiting.wished_for}.", field="kind"
        )
    today = clock.now().astimezone(ZoneInfo(project.time_zone)).date()
    rules.care_day_check(wished_for, today=today)
    booking = CareBooking.objects.create(
        project=project,
        kind=kind,
        wished_for=wished_for,
        status="BOOKED",
        note=note,
        booked_at=clock.now(),
    )
    journal.record(project, CareBooked(care=booking.pk, kind=kind), actor=actor)
    return booking


@transaction.atomic
def care_finish(*, actor: Actor, care_pk: str | UUID, report: str = "") -> CareBooking:
    """Staff did the booked care; `report` says what was found. Refusal: ALREADY_DONE."""
    booking: CareBooking
    booking, project, actor = lock_child(
        CareBooking, care_pk, "care booking", actor=actor, command="care_finish"
    )
    report = texts.block(report, "report", longest=rules.LONGEST_NOTE, required=False)
    if booking.status != "BOOKED":
        raise BespokeError(ErrorCode.ALREADY_DONE, "This care is done.", field="id")
    booking.status, booking.report, booking.done_at = "DONE", report, clock.now()
    booking.save(update_fields=["status", "report", "done_at"])
    journal.record(project, CareFinished(care=booking.pk, kind=booking.kind), actor=actor)
    return booking


@transaction.atomic
def extra_service_price(
    *, actor: Actor, project_pk: str | UUID, title: str, amount: Decimal
) -> tuple[ExtraService, Payable]:
    """Staff offer work outside the commission's price, paid as a payable of its own.

    The same open offer again answers the one there is. Refusals: REQUIRED, INVALID.
    """
    project, actor = lock_project(project_pk, actor=actor, command="extra_service_price")
    title = texts.line(title, "title", longest=rules.LONGEST_TITLE)
    rules.amount_check(amount, quantum=quantum(project.currency), field="amount")
    for row in project.extras.filter(title=title, paid_at=None):
        same = project.payables.filter(subject_pk=row.pk, amount=amount, status="OPEN").first()
        if same is not None:
            return row, same
    pk = uuid4()
    payable = payable_open(
        project=project,
        kind="EXTRA",
        subject_pk=pk,
        title=title,
        amount=amount,
        currency=project.currency,
        valid_until=None,
        actor=actor,
    )
    extra = ExtraService.objects.create(
        id=pk, project=project, title=title, payable_pk=payable.pk, priced_at=clock.now()
    )
    event = ExtraServicePriced(
        extra=pk, payable=payable.pk, amount=amount, currency=payable.currency
    )
    journal.record(project, event, actor=actor)
    return extra, payable


def extra_service_settle(*, project: BespokeProject, payable: Payable) -> None:
    """An extra service of the locked project was paid."""
    extra = project.extras.get(pk=payable.subject_pk)
    extra.paid_at = clock.now()
    extra.save(update_fields=["paid_at"])
    journal.record(project, ExtraServicePaid(extra=extra.pk), actor=SYSTEM)
