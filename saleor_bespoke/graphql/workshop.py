"""API of materials, places in the workshop, promises."""

from __future__ import annotations


class WorkshopFields:
    """Fields this room adds to the project."""


class WorkshopQueries:
    """Queries of this room."""


class WorkshopMutations:
    """Operations of this room."""
