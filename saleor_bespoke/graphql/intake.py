"""API of the brief and what belongs to it."""

from __future__ import annotations


class IntakeFields:
    """Fields this room adds to the project."""


class IntakeQueries:
    """Queries of this room."""


class IntakeMutations:
    """Operations of this room."""
