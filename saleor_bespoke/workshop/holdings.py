"""Holds and locks: a commission's claims on materials, all or none of them.

Everybody locks the project's row first and then the materials' rows (see `locking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.workshop import rules
from saleor_bespoke.workshop.events import (
    HoldsExpired,
    MaterialsHeld,
    MaterialsLocked,
    MaterialsReleased,
)
from saleor_bespoke.workshop.locking import arbitrated, materials_lock, unavailable
from saleor_bespoke.workshop.models import ACTIVE_HOLDING, Holding, Material


@transaction.atomic
def materials_hold(
    *, project: BespokeProject, payable_pk: UUID, wanted: Mapping[UUID, Decimal], until: datetime
) -> list[Holding]:
    """Hold exactly these quantities (pieces or grams) for a payable of the locked project.

    All or none: MATERIAL_UNAVAILABLE names the first that is gone. Asking again replaces what the
    payable holds; what it has already locked stays and may be named again with the same quantity.
    """
    held = Holding.objects.filter(payable_pk=payable_pk, state="HELD")
    materials = materials_lock({*wanted, *held.values_list("material_id", flat=True)})
    _lapse(materials, but=payable_pk)
    _release(held.exclude(material_id__in=list(wanted)))
    Holding.objects.filter(payable_pk=payable_pk, state="EXPIRED").update(
        state="RELEASED", changed_at=clock.now()
    )
    found = []
    for pk in sorted(wanted):
        material = materials.get(pk)
        if material is None:
            raise NotFound("material", field="materials")
        found.append(_hold(project, payable_pk, material, wanted[pk], until))
    if found:
        event = MaterialsHeld(payable=payable_pk, materials=_pks(found), until=until)
        journal.record(project, event, actor=SYSTEM)
    return found


def _hold(
    project: BespokeProject,
    payable_pk: UUID,
    material: Material,
    quantity: Decimal,
    until: datetime,
) -> Holding:
    rules.quantity_check(quantity, unit=material.unit, field="materials")
    row = Holding.objects.filter(
        payable_pk=payable_pk, material=material, state__in=ACTIVE_HOLDING
    ).first()
    if row is None:
        return _take(project, payable_pk, material, quantity, "HELD", until)
    if row.state == "LOCKED":
        if row.quantity != quantity:
            raise BespokeError(
                ErrorCode.ALREADY_DONE, f"{material.name} is already locked.", field="materials"
            )
        return row
    row.quantity, row.expires_at, row.changed_at = quantity, until, clock.now()
    with arbitrated(material):
        row.save(update_fields=["quantity", "expires_at", "changed_at"])
    return row


def _take(
    project: BespokeProject,
    payable_pk: UUID,
    material: Material,
    quantity: Decimal,
    state: str,
    until: datetime | None,
) -> Holding:
    if not material.active or material.owner_project_id not in (None, project.pk):
        raise unavailable(material)
    now = clock.now()
    with arbitrated(material):
        return Holding.objects.create(
            material=material,
            project=project,
            payable_pk=payable_pk,
            quantity=quantity,
            state=state,
            expires_at=until,
            created_at=now,
            changed_at=now,
        )


@transaction.atomic
def holdings_lock(*, project: BespokeProject, payable_pk: UUID) -> list[Holding]:
    """Turn a paid payable's holds into locks; what had expired is taken again if still there.

    All or none: MATERIAL_UNAVAILABLE names what is gone for good. Repeating it changes nothing.
    """
    rows, locked = _renew(payable_pk, state="LOCKED", until=None)
    if rows:
        event = MaterialsLocked(payable=payable_pk, materials=_pks(rows))
        journal.record(project, event, actor=SYSTEM)
    return sorted(locked + rows, key=lambda row: (row.created_at, row.pk))


@transaction.atomic
def holdings_extend(*, payable_pk: UUID, until: datetime) -> list[Holding]:
    """Keep a payable's holds at least until this moment, while its payment is being made.

    What had expired is taken again if still there; otherwise MATERIAL_UNAVAILABLE.
    """
    return _renew(payable_pk, state="HELD", until=until)[0]


def _renew(
    payable_pk: UUID, *, state: str, until: datetime | None
) -> tuple[list[Holding], list[Holding]]:
    """The payable's claims that were renewed, and those that had been locked before."""
    claims = Holding.objects.filter(payable_pk=payable_pk)
    open_claims = claims.filter(state__in=("HELD", "EXPIRED"))
    materials = materials_lock(open_claims.values("material_id"))
    rows = claims.filter(state__in=("HELD", "EXPIRED", "LOCKED"))
    found = list(rows.order_by("material_id", "created_at"))
    held = [row for row in found if row.state == "HELD"]
    expired = [row for row in found if row.state == "EXPIRED"]
    locked = [row for row in found if row.state == "LOCKED"]
    now = clock.now()
    for row in held:
        later = until and row.expires_at and max(until, row.expires_at)
        row.state, row.expires_at, row.changed_at = state, later, now
    claims.filter(state="HELD").update(
        state=state, expires_at=until and Greatest("expires_at", until), changed_at=now
    )
    if not expired:
        return held, locked
    claims.filter(state="EXPIRED").update(state="RELEASED", changed_at=now)
    _lapse(materials, but=payable_pk)
    taken = [
        _take(row.project, payable_pk, materials[row.material_id], row.quantity, state, until)
        for row in expired
    ]
    return held + taken, locked


@transaction.atomic
def holdings_release(
    *,
    project: BespokeProject,
    payable_pk: UUID | None = None,
    materials: Iterable[UUID] | None = None,
) -> list[Holding]:
    """Give back what the locked project holds or has locked: of one payable, some, or all."""
    rows = Holding.objects.filter(project=project, state__in=(*ACTIVE_HOLDING, "EXPIRED"))
    if payable_pk is not None:
        rows = rows.filter(payable_pk=payable_pk)
    if materials is not None:
        rows = rows.filter(material_id__in=list(materials))
    materials_lock(rows.values_list("material_id", flat=True))
    found = list(rows.filter(state__in=ACTIVE_HOLDING))
    _release(rows)
    if found:
        journal.record(project, MaterialsReleased(materials=_pks(found)), actor=SYSTEM)
    return found


@transaction.atomic
def holding_consume(*, holding: Holding, quantity: Decimal) -> Holding:
    """Use up a locked holding with the quantity really used; the rest is free stock again.

    The caller holds the project's lock. Metal may exceed what was locked by the casting allowance
    if the workshop has it on hand. Refusals: ALREADY_DONE, MATERIAL_NOT_LOCKED,
    MATERIAL_NOT_ARRIVED, QUANTITY_EXCEEDED, MATERIAL_UNAVAILABLE, INVALID.
    """
    material = materials_lock([holding.material_id])[holding.material_id]
    row = Holding.objects.get(pk=holding.pk)
    if row.state == "CONSUMED":
        raise BespokeError(ErrorCode.ALREADY_DONE, f"{material.name} is used already.", field="id")
    if row.state != "LOCKED":
        raise BespokeError(
            ErrorCode.MATERIAL_NOT_LOCKED, f"{material.name} is not locked.", field="id"
        )
    if material.to_be_sourced:
        raise BespokeError(
            ErrorCode.MATERIAL_NOT_ARRIVED, f"{material.name} has not arrived yet.", field="id"
        )
    rules.consumption_check(
        kind=material.kind, unit=material.unit, held=row.quantity, used=quantity
    )
    row.state, row.consumed, row.changed_at = "CONSUMED", quantity, clock.now()
    with arbitrated(material):  # the database takes what was used off the stock
        row.save(update_fields=["state", "consumed", "changed_at"])
    return row


# lapse ------------------------------------------------------------------------------------------


def lapsed() -> Q:
    """Holds whose time is over, except where money may be on its way for them."""
    paying = BespokeProject.objects.filter(
        Q(payables__status="PAID")
        | Q(payables__attempts__payments__status__in=("OPEN", "SUCCEEDED")),
        pk=OuterRef("project_id"),
        payables__pk=OuterRef("payable_pk"),
    )
    return Q(~Exists(paying), state="HELD", expires_at__lte=clock.now())


def holdings_expire() -> int:
    """End the holds whose time is over and tell their commissions; answers how many ended.

    Includes those that another commission, wanting the same material, has ended in passing.
    """
    due = Holding.objects.filter(lapsed() | Q(state="EXPIRED", told_at=None))
    return sum(_expire_of(pk) for pk in set(due.values_list("project_id", flat=True)))


@transaction.atomic
def _expire_of(project_pk: UUID) -> int:
    project = lock_for_system(project_pk)
    rows = Holding.objects.filter(project=project)
    materials_lock(rows.filter(lapsed()).values_list("material_id", flat=True))
    rows.filter(lapsed()).update(state="EXPIRED", changed_at=clock.now())
    untold = list(rows.filter(state="EXPIRED", told_at=None))
    for payable_pk in sorted({row.payable_pk for row in untold}):
        ended = [row for row in untold if row.payable_pk == payable_pk]
        event = HoldsExpired(payable=payable_pk, materials=_pks(ended))
        journal.record(project, event, actor=SYSTEM)
    rows.filter(pk__in=[row.pk for row in untold]).update(told_at=clock.now())
    return len(untold)


def _lapse(materials: Iterable[UUID], *, but: UUID) -> None:
    """End others' lapsed holds on these locked materials; the sweeper tells their commissions."""
    Holding.objects.filter(lapsed(), material_id__in=list(materials)).exclude(
        payable_pk=but
    ).update(state="EXPIRED", changed_at=clock.now())


def _release(rows: QuerySet[Holding]) -> None:
    rows.update(state="RELEASED", expires_at=None, changed_at=clock.now())


def _pks(rows: Iterable[Holding]) -> tuple[UUID, ...]:
    return tuple(row.material_id for row in rows)
