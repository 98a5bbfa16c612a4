"""API of the bench and its news."""

from __future__ import annotations


class ProductionFields:
    """Fields this room adds to the project."""


class ProductionQueries:
    """Queries of this room."""


class ProductionMutations:
    """Operations of this room."""
