"""The packages of the extra `pdf`, asked for when a document is made and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class ExtraMissing(RuntimeError):
    """Documents need the packages of the extra `pdf`: install saleor-bespoke[pdf]."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


def needed(package: str) -> Any:
    """The imported package; raises ExtraMissing where the extra is not installed."""
    try:
        return import_module(package)
    except ModuleNotFoundError as missing:
        if missing.name != package:
            raise
        raise ExtraMissing from missing
