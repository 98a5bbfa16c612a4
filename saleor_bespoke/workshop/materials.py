"""The workshop's materials: everything other rooms may ask of them, in one place."""

from __future__ import annotations

from saleor_bespoke.workshop.holdings import (
    holding_consume,
    holdings_expire,
    holdings_extend,
    holdings_lock,
    holdings_release,
    materials_hold,
)
from saleor_bespoke.workshop.own_stones import customer_stone_register, customer_stone_return
from saleor_bespoke.workshop.selectors import alternatives_for, available
from saleor_bespoke.workshop.services import material_create, material_update

__all__ = [
    "alternatives_for",
    "available",
    "customer_stone_register",
    "customer_stone_return",
    "holding_consume",
    "holdings_expire",
    "holdings_extend",
    "holdings_lock",
    "holdings_release",
    "material_create",
    "material_update",
    "materials_hold",
]
