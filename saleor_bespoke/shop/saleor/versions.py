"""Differences between Saleor's branches, found by looking at what is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any


@cache
def _parameters(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(signature(function).parameters)


def accepted(function: Callable[..., Any], **values: Any) -> dict[str, Any]:
    """Those of these arguments that the installed Saleor's function knows."""
    return {name: value for name, value in values.items() if name in _parameters(function)}


def known_fields(model: Any, **values: Any) -> dict[str, Any]:
    """Those of these values for which the installed Saleor's model has a column."""
    names = {field.name for field in model._meta.concrete_fields}
    return {name: value for name, value in values.items() if name in names}


def settled(outcome: Any) -> Any:
    """What a function answers that returned a promise from 3.23 on, and its value before."""
    return outcome.get() if hasattr(outcome, "get") else outcome
