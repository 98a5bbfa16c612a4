"""API of quotes and their acceptance."""

from __future__ import annotations


class QuotingFields:
    """Fields this room adds to the project."""


class QuotingQueries:
    """Queries of this room."""


class QuotingMutations:
    """Operations of this room."""
