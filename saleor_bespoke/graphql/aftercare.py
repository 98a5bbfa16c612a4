"""API of resizes, returns, claims, care."""

from __future__ import annotations


class AftercareFields:
    """Fields this room adds to the project."""


class AftercareQueries:
    """Queries of this room."""


class AftercareMutations:
    """Operations of this room."""
