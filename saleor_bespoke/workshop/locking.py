"""How rows of materials are locked, and what the database answers when there is not enough.

Everybody locks commissions first and then materials in the order of their keys, so that overlapping
claims wait for one another and never deadlock. The database's constraints are the arbiter of
quantities and of unique stones; here their answer becomes a sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.workshop.models import Material

ARBITERS = frozenset({"bespoke_material_enough", "bespoke_unique_stone_held_once"})


def unavailable(material: Material) -> BespokeError:
    """The refusal that names what is gone."""
    return BespokeError(
        ErrorCode.MATERIAL_UNAVAILABLE,
        f"{material.name} ({material.code}) is no longer available.",
        field="materials",
    )


def materials_lock(pks: Collection[UUID] | QuerySet[Any, Any]) -> dict[UUID, Material]:
    """Lock the rows of these materials (their keys, or a query for them) in the one fixed order."""
    rows = Material.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    return {row.pk: row for row in rows}


@contextmanager
def arbitrated(material: Material) -> Iterator[None]:
    """A savepoint in which the quantity constraints' refusal becomes MATERIAL_UNAVAILABLE."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.Error) and cause.diag.constraint_name in ARBITERS:
            raise unavailable(material) from error
        raise
