"""Decisions of the customer that cost money: change orders and further tweak rounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction

from saleor_bespoke.flows.acceptance import Opened, hold_until
from saleor_bespoke.flows.parcels import piece_payable
from saleor_bespoke.flows.withdrawal import payable_end
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.payables import (
    ledger_add,
    payable_lock,
    payable_open,
    payable_usable,
)
from saleor_bespoke.money.refunds import SAVED, refund_request
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.cad.models import ChangeOrder
from saleor_bespoke.steps.checkout.services import attempt_open
from saleor_bespoke.workshop.materials import materials_hold
from saleor_bespoke.workshop.slots import slot_possible


@dataclass(frozen=True)
class Decided:
    """A change order after the customer's word, with the checkout that pays for it, if any."""

    project: BespokeProject
    change: ChangeOrder
    opened: Opened | None


@transaction.atomic
def change_order_accept(*, actor: Actor, change_order_pk: UUID) -> Decided:
    """Accept a change: what it costs is paid as a payable of its own, what it saves goes back."""
    change, project, actor = lock_child(
        ChangeOrder, change_order_pk, "change order", actor=actor, command="change_order_accept"
    )
    wanted = {UUID(row["material"]): Decimal(row["quantity"]) for row in change.materials}
    if change.status == "PROPOSED":
        day = cad.redesigned_on(project)
        slot_possible(project=project, specification=change.specification, not_before=day)
    if change.price_difference > 0:
        return _accept_dearer(project, change, wanted, actor)
    cad.change_order_accepted_mark(project=project, change=change, payable=None, actor=actor)
    paid = piece_payable(project)
    key = uuid5(change.pk, "materials")
    materials_hold(project=project, payable_pk=key, wanted=wanted, until=hold_until(project, paid))
    cad.change_order_bind(project=project, change=change, key=key)
    if paid is not None and change.price_difference < 0:
        ledger_add(paid, "REDUCED", -change.price_difference, str(change.pk))
        refund_request(
            project=project,
            payable=paid,
            amount=change.refund,
            cause=SAVED,
            actor=actor,
        )
    return Decided(project, change, None)


def _accept_dearer(
    project: BespokeProject, change: ChangeOrder, wanted: dict[UUID, Decimal], actor: Actor
) -> Decided:
    if change.status != "PROPOSED":
        cad.change_order_accepted_mark(project=project, change=change, payable=None, actor=actor)
    payable = payable_open(
        project=project,
        kind="CHANGE_ORDER",
        subject_pk=change.pk,
        title=f"Change {change.number} of {project.number}",
        amount=change.price_difference,
        currency=change.currency,
        valid_until=change.valid_until,
        actor=actor,
    )
    cad.change_order_accepted_mark(project=project, change=change, payable=payable, actor=actor)
    until = hold_until(project, payable)
    materials_hold(project=project, payable_pk=payable.pk, wanted=wanted, until=until)
    opened = Opened(project, payable, attempt_open(project=project, payable=payable))
    return Decided(project, change, opened)


def _close(actor: Actor, change_order_pk: UUID, command: str, status: str) -> Decided:
    change, project, actor = lock_child(
        ChangeOrder, change_order_pk, "change order", actor=actor, command=command
    )
    if change.status == "ACCEPTED" and change.payable_pk:
        payable = payable_lock(change.payable_pk)
        if payable.status == "OPEN":
            payable_end(project=project, payable=payable, outcome="CANCELLED", actor=actor)
    cad.change_order_closed_mark(project=project, change=change, status=status, actor=actor)
    return Decided(project, change, None)


@transaction.atomic
def change_order_decline(*, actor: Actor, change_order_pk: UUID) -> Decided:
    """The customer keeps what was agreed; a change accepted but unpaid ends too."""
    return _close(actor, change_order_pk, "change_order_decline", "DECLINED")


@transaction.atomic
def change_order_withdraw(*, actor: Actor, change_order_pk: UUID) -> Decided:
    """Staff take an undecided or unpaid change back."""
    return _close(actor, change_order_pk, "change_order_withdraw", "WITHDRAWN")


@transaction.atomic
def cad_tweak_buy(*, actor: Actor, project_pk: UUID) -> Opened:
    """Order a further tweak round and open its checkout."""
    project, actor = lock_project(project_pk, actor=actor, command="cad_tweak_buy")
    payable: Payable = payable_lock(cad.tweak_round_buy(project=project, actor=actor).pk)
    payable_usable(payable)
    return Opened(project, payable, attempt_open(project=project, payable=payable))
