"""A shop that was only used, built once for a module: its fixtures are those of the contracts."""

from __future__ import annotations

from tests.contracts.conftest import module_shop, sound_shop

__all__ = ["module_shop", "sound_shop"]
