"""Processes across rooms, and the after-commit handlers and host entry points they consist of."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "acceptance",
    "cancelling",
    "fees",
    "host_parcels",
    "hosting",
    "letters",
    "making",
    "parcels",
    "payment",
    "provider",
    "refunding",
    "releasing",
    "settlement",
    "telling",
    "transfers",
    "webhooks",
)


def connect() -> None:
    """Import every flow so that its handlers and entry points are registered."""
    for name in MODULES:
        import_module(f"saleor_bespoke.flows.{name}")
