"""What the environment says: the file of `BESPOKE_SETTINGS`, overlaid by variables."""

from __future__ import annotations

from functools import cache
from typing import Any

from saleor_bespoke import environment
from saleor_bespoke.conf.checks import checked
from saleor_bespoke.conf.options import LISTS, SETTINGS_FILE, VARIABLES


@cache
def outside() -> dict[str, Any]:
    """What the environment says, by the names of `Options`."""
    path = environment.variable(SETTINGS_FILE)
    found = dict(checked(environment.file_read(path), path)) if path else {}
    for variable, place in VARIABLES.items():
        text = environment.variable(variable)
        if text is None:
            continue
        table = found
        for name in place[:-1]:
            inner = dict(table.get(name, {}))
            table[name], table = inner, inner
        table[place[-1]] = _spelled(variable, text)
    return found


def _spelled(variable: str, text: str) -> Any:
    """The value that this text of a variable stands for."""
    if variable in LISTS:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if variable == "BESPOKE_CLOCK_MOVABLE":
        return environment.parsed(bool, text, variable)
    if variable == "BESPOKE_STOREFRONT_URL":
        return _checkout_pattern(text)
    return text


def _checkout_pattern(url: str) -> str:
    """A storefront's address as the address of one checkout on it."""
    if "{checkout}" in url:
        return url
    return url.rstrip("/") + "/checkout?checkout={checkout}"
