"""API of packing, parcels, collection."""

from __future__ import annotations


class ShippingFields:
    """Fields this room adds to the project."""


class ShippingQueries:
    """Queries of this room."""


class ShippingMutations:
    """Operations of this room."""
