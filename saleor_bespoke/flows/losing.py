"""Losing well: which materials a sum can no longer have, and what comes nearest to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from saleor_bespoke.flows.acceptance import wanted_by
from saleor_bespoke.money.models import Payable
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.models import ACTIVE_HOLDING, Holding
from saleor_bespoke.workshop.selectors import Gone, gone_of, replacements_of


@dataclass(frozen=True)
class Loss:
    """What is gone, by quantity, and the codes of the nearest materials in stock at that moment."""

    lost: dict[str, Decimal]
    alternatives: tuple[str, ...]


def wanted_of(payable: Payable) -> dict[UUID, Decimal]:
    """The materials that paying this sum would lock, by quantity."""
    project = payable.project
    if payable.kind == "CHANGE_ORDER":
        change = project.change_orders.get(pk=payable.subject_pk)
        return {UUID(row["material"]): Decimal(row["quantity"]) for row in change.materials}
    if payable.kind != "QUOTE":
        return {}
    quote = project.quotes.select_related("accepted_alternative").get(pk=payable.subject_pk)
    return wanted_by(quote.accepted_alternative) if quote.accepted_alternative else {}


def own_of(holdings: Iterable[Holding]) -> dict[UUID, Decimal]:
    """How much of each material these holdings keep from others."""
    own: dict[UUID, Decimal] = {}
    for row in holdings:
        if row.state in ACTIVE_HOLDING:
            own[row.material_id] = own.get(row.material_id, Decimal(0)) + row.quantity
    return own


def gone_for(project: BespokeProject, payable: Payable) -> list[Gone]:
    """The materials of a sum that its commission cannot have any more."""
    wanted = wanted_of(payable)
    return gone_of(wanted, own=own_of(project.holdings.all())) if wanted else []


def loss_of(project: BespokeProject, payable: Payable) -> Loss:
    """What a payment that came to nothing has lost, frozen for its timeline row and its letter."""
    gone = gone_for(project, payable)
    near = replacements_of(gone)
    codes = [row.code for it in gone for row in near[it.material.pk]]
    return Loss(
        lost={str(it.material.pk): it.quantity for it in gone},
        alternatives=tuple(dict.fromkeys(codes)),
    )
