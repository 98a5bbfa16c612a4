"""Short ways to claim materials in tests, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from saleor_bespoke import clock
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_for_system
from saleor_bespoke.workshop.materials import materials_hold


def hold(
    project: BespokeProject | str,
    payable_pk: UUID | str,
    wanted: Mapping[Any, Any],
    minutes: int = 60,
) -> list[Any]:
    """Hold as a flow does: project locked first, everything in one transaction."""
    pk = project.pk if isinstance(project, BespokeProject) else UUID(project)
    quantities = {_pk(material): Decimal(quantity) for material, quantity in wanted.items()}
    with transaction.atomic():
        return materials_hold(
            project=lock_for_system(pk),
            payable_pk=UUID(str(payable_pk)),
            wanted=quantities,
            until=clock.now() + timedelta(minutes=minutes),
        )


def _pk(material: Any) -> UUID:
    return UUID(str(getattr(material, "pk", material)))


def fresh(project: BespokeProject) -> BespokeProject:
    """The project as it is stored now, as `lock_project` would answer it."""
    return BespokeProject.objects.get(pk=project.pk)


def hold_in_process(project: str, payable: str, material: str) -> int:
    """What one process of the race does; answers how many holds it got."""
    return len(hold(project, payable, {material: 1}))


def hold_in_process_without_locks(project: str, payable: str, material: str) -> int:
    """The same in a process where `SELECT … FOR UPDATE` locks nothing, for the control."""
    QuerySet.select_for_update = lambda rows, **_options: rows  # type: ignore[method-assign]
    return hold_in_process(project, payable, material)


@contextmanager
def guards_removed() -> Iterator[None]:
    """Take away what keeps a stone from being sold twice, and put it back on an empty table."""
    table, stones = "saleor_bespoke_holding", "saleor_bespoke_material"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'bespoke_unique_stone_held_once'"
        )
        (index,) = cursor.fetchone()
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = 'bespoke_material_enough'"
        )
        (check,) = cursor.fetchone()
        cursor.execute("DROP INDEX bespoke_unique_stone_held_once")
        cursor.execute(f"ALTER TABLE {stones} DROP CONSTRAINT bespoke_material_enough")
        try:
            yield
        finally:
            cursor.execute(f"TRUNCATE {table}, {stones} CASCADE")
            cursor.execute(index)
            cursor.execute(f"ALTER TABLE {stones} ADD CONSTRAINT bespoke_material_enough {check}")


def book_in_process(project: str, workshop: Mapping[str, Any], skill: str) -> str:
    """What one process of the race for a skill's last place does; answers the week it got."""
    from django.conf import settings

    from saleor_bespoke import conf
    from saleor_bespoke.workshop.slots import slot_book

    settings.BESPOKE = settings.BESPOKE | {
        "CHANNELS": {"us": {"workshop": "atelier"}},
        "WORKSHOPS": {"atelier": workshop},
    }
    conf.policies_forget()
    with transaction.atomic():
        locked = lock_for_system(UUID(project))
        booking = slot_book(project=locked, not_before=date(2026, 3, 2), skills=[skill])
        return str(booking.week.monday)
