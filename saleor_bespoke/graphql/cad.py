"""API of CAD revisions, pins, approvals, change orders."""

from __future__ import annotations


class CadFields:
    """Fields this room adds to the project."""


class CadQueries:
    """Queries of this room."""


class CadMutations:
    """Operations of this room."""
