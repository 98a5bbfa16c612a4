"""A bank transfer that is announced: offer, price and materials wait for it until its due date."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.business_time import business_days_after
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.acceptance import Opened
from saleor_bespoke.flows.documents.contracts import contract_check
from saleor_bespoke.flows.leaving import payments_end
from saleor_bespoke.flows.withdrawal import live_payments
from saleor_bespoke.money.events import BankTransferExpected
from saleor_bespoke.money.models import Payable, Payment
from saleor_bespoke.money.payables import payable_lock, payable_usable
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import Actor, roles_on
from saleor_bespoke.project.children import child_check, lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Role
from saleor_bespoke.steps.checkout.services import attempt_open
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.materials import holdings_extend


def bank_transfer_expect(*, actor: Actor, payable_pk: UUID) -> Opened:
    """The customer pays by bank transfer: offer, price and materials wait until its due date.

    Asked again, the customer gets the same date; staff give a new one. Refusals:
    PAYABLE_NOT_OPEN, QUOTE_EXPIRED, PAYMENT_IN_PROGRESS, MATERIAL_UNAVAILABLE.
    """
    child_check(Payable, payable_pk, "payable", actor=actor, command="bank_transfer_expect")
    payable_usable(Payable.objects.get(pk=payable_pk))
    payments_end(payments_begun(payable_pk))
    with transaction.atomic():
        return _expect(actor, payable_pk)


def payments_begun(payable_pk: UUID) -> list[Payment]:
    """The payments at our provider by which this sum may still be paid."""
    project = Payable.objects.select_related("project").get(pk=payable_pk).project
    return list(live_payments(project).filter(attempt__payable=payable_pk))


def _expect(actor: Actor, payable_pk: UUID) -> Opened:
    payable, project, acting = lock_child(
        Payable, payable_pk, "payable", actor=actor, command="bank_transfer_expect"
    )
    payable = payable_lock(payable.pk)
    payable_usable(payable)
    contract_check(project, payable)
    no_payment_check(payable)
    awaited = payable.transfer_due_at is not None and payable.transfer_due_at > clock.now()
    if not awaited or Role.STAFF in roles_on(project, actor):
        due = _due(project)
        holdings_extend(payable_pk=payable.pk, until=due)
        payable.transfer_due_at = due
        payable.transfer_reference = _to_write(project, payable)
        if payable.valid_until is not None:
            payable.valid_until = max(payable.valid_until, due)
        payable.save(update_fields=["transfer_due_at", "transfer_reference", "valid_until"])
        event = BankTransferExpected(
            payable=payable.pk, due_at=due, reference=payable.transfer_reference
        )
        journal.record(project, event, actor=acting)
    return Opened(project, payable, attempt_open(project=project, payable=payable))


def _due(project: BespokeProject) -> datetime:
    """The end of the last local day on which the transfer is waited for."""
    calendar = calendar_of(project.channel)
    days = conf.policy(project.channel).transfer_business_days
    today = calendar.local_day(clock.now())
    return calendar.end_of_local_day(business_days_after(calendar, today, days))


def _to_write(project: BespokeProject, payable: Payable) -> str:
    """What the customer writes into the transfer: the commission's number and the sum's place."""
    earlier = project.payables.filter(created_at__lt=payable.created_at).count()
    return f"{project.number}-{earlier + 1}"


def no_payment_check(payable: Payable) -> None:
    """Refuse a sum that is being paid at our provider at this moment."""
    if live_payments(payable.project).filter(attempt__payable=payable).exists():
        raise BespokeError(ErrorCode.PAYMENT_IN_PROGRESS, "This sum is being paid another way.")
