"""Customers' own stones in the workshop: kept, set, or given back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop import rules
from saleor_bespoke.workshop.locking import materials_lock
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.services import material_insert


@transaction.atomic
def customer_stone_register(
    *,
    project: BespokeProject,
    code: str,
    name: str,
    stone: Mapping[str, object],
    provenance: str = "",
    laboratory: str = "",
    certificate_number: str = "",
) -> Material:
    """Enter an examined and accepted stone of the customer's; only this commission may hold it.

    Refusals: REQUIRED, INVALID (with the field below `stone`), CODE_TAKEN.
    """
    texts = {
        "name": name.strip(),
        "provenance": provenance.strip(),
        "laboratory": laboratory.strip(),
        "certificate_number": certificate_number.strip(),
    }
    if not texts["name"]:
        raise BespokeError(ErrorCode.REQUIRED, "A stone has a name.", field="name")
    rules.lengths_check(texts)
    row = Material(
        code=code.strip(),
        kind="UNIQUE_STONE",
        unit="PIECE",
        unique=True,
        on_hand=1,
        stone=rules.stone_facts(dict(stone)),
        owner_project=project,
        created_at=clock.now(),
        **texts,
    )
    return material_insert(row)


@transaction.atomic
def customer_stone_return(*, project: BespokeProject, material_pk: UUID) -> Material:
    """Take a customer's own stone off the books when it leaves the workshop unset.

    Refusals: NOT_FOUND, ALREADY_DONE, MATERIAL_HELD while the commission still claims it.
    """
    row = materials_lock([material_pk]).get(material_pk)
    if row is None or row.owner_project_id != project.pk:
        raise NotFound("material")
    if not row.on_hand:
        raise BespokeError(ErrorCode.ALREADY_DONE, f"{row.name} is not here.", field="id")
    if row.held:
        raise BespokeError(
            ErrorCode.MATERIAL_HELD, f"{row.name} is held by the commission.", field="id"
        )
    row.on_hand, row.active = rules.NONE_LEFT, False
    row.save(update_fields=["on_hand", "active"])
    return row
