"""Values of the API that every room speaks of: money and stored vocabularies."""

from __future__ import annotations

from decimal import Decimal as Exact
from typing import Any

import graphene

from saleor_bespoke.money.minor_units import as_written
from saleor_bespoke.shop.types import Money


def money(amount: Any, currency: str) -> Any:
    """An amount with its currency, in the host's type; None stays None."""
    if amount is None:
        return None
    return Money(amount=as_written(Exact(amount), currency), currency=currency)


def enum(name: str, description: str, *values: str) -> Any:
    """A GraphQL enum of stored strings."""
    return graphene.Enum(
        name,
        [(value, value) for value in values],
        description=lambda value: (
            f"{value.name.replace('_', ' ').capitalize()}." if value else description
        ),
    )
