"""Change orders: proposed with price and days, decided by the customer, settled by payment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.specification import Specification, canonical_hash
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.money.minor_units import quantum
from saleor_bespoke.money.models import Payable
from saleor_bespoke.money.payables import ledger_sum
from saleor_bespoke.money.taxes import taxed_check
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.project.texts import block
from saleor_bespoke.steps.cad import rules
from saleor_bespoke.steps.cad.events import (
    ChangeOrderAccepted,
    ChangeOrderDeclined,
    ChangeOrderProposed,
    ChangeOrderSettled,
    ChangeOrderWithdrawn,
)
from saleor_bespoke.steps.cad.models import CadApproval, ChangeOrder
from saleor_bespoke.workshop.materials import holdings_lock, holdings_release
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.promises import promise_start
from saleor_bespoke.workshop.rules import quantity_check
from saleor_bespoke.workshop.slots import skills_needed, slot_rebook

VALID_DAYS = 7
BUSINESS_DAYS_MAX = 250
LARGEST_DIFFERENCE = Decimal(10) ** 9
LONGEST = 4000


@transaction.atomic
def change_order_propose(
    *,
    actor: Actor,
    project_pk: UUID,
    specification: Mapping[str, object],
    reason: str,
    price_difference: Decimal,
    business_days: int,
    materials: Mapping[UUID, Decimal],
    releases: Collection[UUID] = (),
) -> ChangeOrder:
    """Staff price a change of metal, stone, size or head; nothing happens until it is accepted."""
    project, actor = lock_project(project_pk, actor=actor, command="change_order_propose")
    if project.change_orders.filter(status__in=("PROPOSED", "ACCEPTED")).exists():
        raise BespokeError(ErrorCode.CHANGE_ORDER_OPEN, "Another change is still undecided.")
    reason = block(reason, "reason", longest=LONGEST)
    if not 0 <= business_days <= BUSINESS_DAYS_MAX:
        raise BespokeError(ErrorCode.INVALID, "This is no delay in days.", field="businessDays")
    refund = _refund_checked(project, price_difference)
    changes = rules.change_check(specification_agreed(project), specification)
    _materials_check(project, materials, releases)
    spec = Specification.from_json(dict(specification))
    last = project.change_orders.order_by("number").last()
    change = ChangeOrder.objects.create(
        project=project,
        number=last.number + 1 if last else 1,
        status="PROPOSED",
        reason=reason,
        changes=[asdict(item) for item in changes],
        specification=spec.to_json(),
        specification_hash=canonical_hash(spec),
        materials=[
            {"material": str(pk), "quantity": str(quantity)} for pk, quantity in materials.items()
        ],
        releases=[str(pk) for pk in releases],
        price_difference=price_difference,
        refund=refund,
        currency=project.currency,
        business_days=business_days,
        valid_until=clock.now() + timedelta(days=VALID_DAYS),
        proposed_at=clock.now(),
    )
    event = ChangeOrderProposed(
        change_order=change.pk,
        price_difference=price_difference,
        currency=change.currency,
        business_days=business_days,
        specification=change.specification_hash,
    )
    journal.record(project, event, actor=actor)
    return change


def _refund_checked(project: BespokeProject, difference: Decimal) -> Decimal:
    """What a sound difference gives back; 0 if the change is not cheaper."""
    sound = difference.is_finite() and abs(difference) < LARGEST_DIFFERENCE
    if not sound or difference % quantum(project.currency):
        raise BespokeError(
            ErrorCode.INVALID,
            f"The difference is below {LARGEST_DIFFERENCE} and in whole cents.",
            field="priceDifference",
        )
    if difference >= 0:
        taxed_check(
            difference,
            channel=project.channel,
            currency=project.currency,
            field="priceDifference",
        )
        return Decimal(0)
    paid = project.payables.filter(kind="QUOTE", status="PAID").first()  # none for a redo
    refund = _saving_refund(project, -difference) if paid else Decimal(0)
    if (
        paid is None
        or refund > paid.charged - paid.refund_committed
        or -difference > paid.amount - ledger_sum(paid, "REDUCED")
    ):
        raise BespokeError(
            ErrorCode.NOT_REFUNDABLE, "More than what was paid.", field="priceDifference"
        )
    return refund


def _saving_refund(project: BespokeProject, saving: Decimal) -> Decimal:
    """What a saving gives back: where prices are entered without tax, with the tax paid on it."""
    accepted = project.quotes.filter(status="ACCEPTED")
    included, shipping, price, tax = accepted.values_list(
        "tax_included",
        "shipping_amount",
        "accepted_alternative__price",
        "accepted_alternative__tax_amount",
    ).get()
    untaxed = Decimal(0) if included else price + shipping
    return rules.saving_refund(saving, untaxed=untaxed, tax=tax, quantum=quantum(project.currency))


def _materials_check(
    project: BespokeProject, materials: Mapping[UUID, Decimal], releases: Collection[UUID]
) -> None:
    ours = Q(owner_project=None) | Q(owner_project=project)
    known = Material.objects.filter(ours, active=True).in_bulk(list(materials))
    if set(known) != set(materials):
        raise NotFound("material", field="materials")
    for pk, quantity in materials.items():
        quantity_check(quantity, unit=known[pk].unit, field="materials")
    held = project.holdings.filter(state="LOCKED").values_list("material_id", flat=True)
    if not set(releases) <= set(held):
        raise NotFound("locked material", field="releases")


def change_order_accepted_mark(
    *, project: BespokeProject, change: ChangeOrder, payable: Payable | None, actor: Actor
) -> None:
    """The customer said yes to an undecided change of the locked project."""
    if change.status != "PROPOSED":
        raise BespokeError(ErrorCode.CHANGE_NOT_OPEN, "This change is no longer open.")
    if change.valid_until <= clock.now():
        raise BespokeError(ErrorCode.QUOTE_EXPIRED, "The offer for this change has expired.")
    change.status, change.accepted_at = "ACCEPTED", clock.now()
    change.payable_pk = payable.pk if payable else None
    change.save(update_fields=["status", "accepted_at", "payable_pk"])
    journal.record(project, ChangeOrderAccepted(change_order=change.pk), actor=actor)


def change_order_closed_mark(
    *, project: BespokeProject, change: ChangeOrder, status: str, actor: Actor
) -> None:
    """End an unsettled change as DECLINED or WITHDRAWN; what was agreed before stays."""
    if change.status not in ("PROPOSED", "ACCEPTED"):
        raise BespokeError(ErrorCode.CHANGE_NOT_OPEN, "This change is no longer open.")
    change.status, change.closed_at = status, clock.now()
    change.save(update_fields=["status", "closed_at"])
    event = ChangeOrderDeclined if status == "DECLINED" else ChangeOrderWithdrawn
    journal.record(project, event(change_order=change.pk), actor=actor)


def change_order_settle(*, project: BespokeProject, payable: Payable) -> None:
    """The change is paid for: its materials lock and it becomes what binds."""
    change_order_bind(
        project=project, change=project.change_orders.get(pk=payable.subject_pk), key=payable.pk
    )


def change_order_bind(*, project: BespokeProject, change: ChangeOrder, key: UUID) -> None:
    """An accepted change becomes what binds; `key` names the holds of its materials."""
    if change.status != "ACCEPTED":
        raise BespokeError(ErrorCode.CHANGE_NOT_OPEN, "This change is no longer open.")
    holdings_lock(project=project, payable_pk=key)
    holdings_release(project=project, materials=[UUID(pk) for pk in change.releases])
    now = clock.now()
    CadApproval.objects.filter(revision__project=project, revision__status="APPROVED").update(
        revoked_at=now
    )
    project.revisions.exclude(status="SUPERSEDED").update(status="SUPERSEDED", closed_at=now)
    change.status, change.closed_at = "SETTLED", now
    change.save(update_fields=["status", "closed_at"])
    journal.record(project, ChangeOrderSettled(change_order=change.pk), actor=SYSTEM)
    slot_rebook(project=project, not_before=redesigned_on(project), skills=skills_needed(project))
    if not project.promises.filter(step__in=("CAD", "TWEAK"), ended_at=None).exists():
        promise_start(project=project, step="CAD")


def redesigned_on(project: BespokeProject) -> date:
    """The day by which a design that begins now is there for the bench."""
    return (clock.now() + timedelta(hours=conf.policy(project.channel).cad_hours[1])).date()
