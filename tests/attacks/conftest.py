"""The rich commissions of the contracts' tests, to be attacked."""

from __future__ import annotations

from tests.contracts.conftest import World, module_shop, world

__all__ = ["World", "module_shop", "world"]
