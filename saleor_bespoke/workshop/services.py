"""What staff do in the workshop: enter and correct materials, move a promised date."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project import attention, journal
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor, parse_pk
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.workshop import promises, rules
from saleor_bespoke.workshop.events import MaterialArrived, MaterialRescheduled
from saleor_bespoke.workshop.locking import materials_lock
from saleor_bespoke.workshop.models import ACTIVE_HOLDING, Holding, Material, Promise
from saleor_bespoke.workshop.selectors import materials_visible

#: On the attention list: a material comes after the day a date was promised with.
MATERIAL_LATE = "MATERIAL_LATE"

#: What `material_create` takes besides code, kind and name, and `material_update` may correct.
CORRECTABLE = frozenset(
    {
        "name",
        "on_hand",
        "stone",
        "alloy",
        "provenance",
        "laboratory",
        "certificate_number",
        "price",
        "currency",
        "to_be_sourced",
        "supplier",
        "expected_on",
        "active",
    }
)


@transaction.atomic
def material_create(*, actor: Actor, code: str, kind: str, name: str, **facts: Any) -> Material:
    """Enter a material; `on_hand` counts pieces or grams, `price` is for one of them.

    Refusals: REQUIRED, INVALID, CODE_TAKEN. Only for staff with MANAGE_ORDERS.
    """
    actor.require(MANAGE_ORDERS)
    row = Material(code=code.strip(), kind=kind, on_hand=rules.NONE_LEFT, created_at=clock.now())
    _correct(row, {"name": name, **facts})
    return material_insert(row)


def material_insert(row: Material) -> Material:
    """Store a new material, refusing a code that another one carries."""
    if not row.code:
        raise BespokeError(ErrorCode.REQUIRED, "A material has a code.", field="code")
    if len(row.code) > 64:
        raise BespokeError(ErrorCode.INVALID, "A code has at most 64 letters.", field="code")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if not Material.objects.filter(code=row.code).exists():
            raise
        raise BespokeError(
            ErrorCode.CODE_TAKEN, f"Another material has the code {row.code}.", field="code"
        ) from error
    return row


def _correct(row: Material, changes: dict[str, Any]) -> None:
    """Set these facts on the row, in their stored form, and check that all fit together."""
    unknown = set(changes) - CORRECTABLE
    if unknown:
        raise TypeError(f"A material has no {sorted(unknown)}.")
    for field, value in changes.items():
        setattr(row, field, value.strip() if isinstance(value, str) else value)
    if not row.name:
        raise BespokeError(ErrorCode.REQUIRED, "A material has a name.", field="name")
    rules.lengths_check({field: getattr(row, field) for field in rules.LONGEST})
    row.stone = rules.stone_facts(row.stone)
    facts = rules.Facts(
        kind=row.kind,
        on_hand=row.on_hand,
        stone=row.stone,
        alloy=row.alloy,
        price=row.price,
        currency=row.currency,
        to_be_sourced=row.to_be_sourced,
        supplier=row.supplier,
        expected_on=row.expected_on,
    )
    rules.material_check(facts)
    row.unit, row.unique = facts.unit, facts.unique


@transaction.atomic
def material_update(*, actor: Actor, material_pk: str | UUID, **changes: Any) -> Material:
    """Correct a material's facts or its stock; `to_be_sourced=False` says that it arrived.

    Never below what commissions hold (MATERIAL_HELD). The commissions that hold it learn of its
    arrival and of another expected day; a later one asks staff to look at the promised dates. Only
    for staff with MANAGE_ORDERS.
    """
    actor.require(MANAGE_ORDERS)
    pk = parse_pk(material_pk, "material")
    if not materials_visible(actor).filter(pk=pk).exists():
        raise NotFound("material")
    projects, row = _lock_with_holders(pk)
    was_sourced, old_date, before = row.to_be_sourced, row.expected_on, row.on_hand
    _correct(row, changes)
    if row.owner_project_id is not None:
        rules.own_check(
            on_hand=row.on_hand,
            before=before,
            price=row.price,
            to_be_sourced=row.to_be_sourced,
        )
    if row.on_hand < row.held:
        raise BespokeError(
            ErrorCode.MATERIAL_HELD,
            f"{row.held.normalize():f} of {row.name} is held by commissions.",
            field="onHand",
        )
    row.save(update_fields=[*changes, "unit", "unique"])
    for project in projects:
        if was_sourced and not row.to_be_sourced:
            journal.record(project, MaterialArrived(material=row.pk), actor=actor)
            attention.resolve(project, MATERIAL_LATE, f"{row.name} arrived.", actor=actor)
        elif row.to_be_sourced and row.expected_on and row.expected_on != old_date:
            event = MaterialRescheduled(
                material=row.pk,
                old_date=str(old_date or ""),
                new_date=str(row.expected_on),
            )
            journal.record(project, event, actor=actor)
            if old_date and row.expected_on > old_date:
                detail = f"{row.name} comes on {row.expected_on}, not on {old_date}: see the dates."
                attention.raise_for(project, MATERIAL_LATE, detail)
    return row


def _lock_with_holders(pk: UUID) -> tuple[list[BespokeProject], Material]:
    """Lock the commissions that hold a material, then the material; again if one came meanwhile.

    Commissions are always locked before materials, everywhere.
    """
    while True:
        savepoint = transaction.savepoint()
        holders = _holders(pk)
        projects = list(
            BespokeProject.objects.select_for_update(of=("self",))
            .filter(pk__in=holders)
            .order_by("pk")
        )
        row = materials_lock([pk]).get(pk)
        if row is None:
            raise NotFound("material")
        if _holders(pk) <= holders:
            return projects, row
        transaction.savepoint_rollback(savepoint)


def _holders(pk: UUID) -> set[UUID]:
    rows = Holding.objects.filter(material_id=pk, state__in=ACTIVE_HOLDING)
    return set(rows.values_list("project_id", flat=True))


@transaction.atomic
def promise_move(
    *, actor: Actor, promise_pk: str | UUID, due_at: datetime, cause: str, explanation: str
) -> Promise:
    """Staff move a promised date, earlier or later, and say why; the customer is told.

    Refusals: NOT_FOUND, STAGE_FORBIDS, ALREADY_DONE (ended, or due then already), INVALID,
    REQUIRED.
    """
    row = Promise.objects.filter(pk=parse_pk(promise_pk, "promise")).first()
    if row is None:
        raise NotFound("promise")
    try:
        project, actor = lock_project(row.project_id, actor=actor, command="promise_move")
    except NotFound:
        raise NotFound("promise") from None
    row.refresh_from_db()
    if row.ended_at is not None:
        raise BespokeError(ErrorCode.ALREADY_DONE, "This promise has ended.", field="id")
    return promises.promise_move(
        project=project,
        step=row.step,
        due_at=due_at,
        cause=cause,
        explanation=explanation,
        actor=actor,
    )
