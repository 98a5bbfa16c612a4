"""Commands that belong to a Saleor shop say so everywhere else."""

from __future__ import annotations

from django.core.management.base import CommandError

from saleor_bespoke import conf


def require_saleor(command: str) -> None:
    """Refuse to run outside a Saleor shop."""
    if conf.shop_module() != "saleor_bespoke.shop.saleor":
        raise CommandError(
            f"{command} belongs to a Saleor shop; the embedded shop is complete without it."
        )
