"""API of quality checks, certificates, hallmarks."""

from __future__ import annotations


class QualityFields:
    """Fields this room adds to the project."""


class QualityQueries:
    """Queries of this room."""


class QualityMutations:
    """Operations of this room."""
