"""The rich commissions of the contracts' tests, to be attacked."""

from __future__ import annotations

from tests.contracts.conftest import World, world

__all__ = ["World", "world"]
