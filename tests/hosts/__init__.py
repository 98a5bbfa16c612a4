"""What tests ask of the shop they run in: its people, its channels, a storefront's way to pay.

One module a host, with the same functions; fixtures call them through `host()`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from saleor_bespoke import conf


def host() -> ModuleType:
    """The module for the host of this run."""
    return import_module(f"tests.hosts.{conf.shop_module().rsplit('.', 1)[-1]}")
