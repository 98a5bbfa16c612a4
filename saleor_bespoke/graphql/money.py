"""API of payables, refunds and what a cancellation gives back."""

from __future__ import annotations


class MoneyFields:
    """Fields this room adds to the project."""


class MoneyQueries:
    """Queries of this room."""


class MoneyMutations:
    """Operations of this room."""
