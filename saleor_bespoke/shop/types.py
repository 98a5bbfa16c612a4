"""The GraphQL types a host owns. A schema cannot hold two classes of one name, so they are his."""

from __future__ import annotations

from importlib import import_module

from saleor_bespoke import conf

_host = import_module(f"{conf.shop_module()}.types")

Date = _host.Date
DateTime = _host.DateTime
Decimal = _host.Decimal
JSON = _host.JSON
Money = _host.Money
UUID = _host.UUID
Upload = _host.Upload
resolve_upload = _host.resolve_upload

__all__ = [
    "JSON",
    "UUID",
    "Date",
    "DateTime",
    "Decimal",
    "Money",
    "Upload",
    "resolve_upload",
]
