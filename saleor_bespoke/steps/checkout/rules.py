"""Whether a host checkout is still the one that was agreed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


class Seen(Protocol):
    """What must be known of a checkout to judge it."""

    @property
    def channel(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def discount(self) -> Decimal: ...
    @property
    def voucher(self) -> str: ...
    @property
    def quantities(self) -> tuple[int, ...]: ...
    @property
    def unit_prices(self) -> tuple[Decimal, ...]: ...
    @property
    def destination(self) -> str: ...
    @property
    def has_billing(self) -> bool: ...
    @property
    def has_delivery(self) -> bool: ...
    @property
    def metadata(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Agreed:
    """What was agreed: the payable, its price and where the piece goes (None: not fixed)."""

    payable: str
    channel: str
    currency: str
    price: Decimal
    destination: str | None
    locked_total: Decimal | None


def deviation(seen: Seen, agreed: Agreed) -> str | None:
    """The first way in which the checkout differs from what was agreed, in a sentence."""
    if seen.metadata.get("bespoke.payable") != agreed.payable:
        return "This checkout belongs to another offer."
    if (seen.channel, seen.currency) != (agreed.channel, agreed.currency):
        return "The channel or currency of the checkout has changed."
    if seen.quantities != (1,):
        return "A bespoke checkout has exactly one piece in it."
    if seen.unit_prices != (agreed.price,):
        return "The price in the checkout is not the price that was agreed."
    if seen.discount or seen.voucher:
        return "Vouchers and promotions do not apply to bespoke pieces."
    problem = _way_problem(seen, agreed)
    if problem is not None:
        return problem
    if agreed.locked_total is not None and seen.total != agreed.locked_total:
        return "The total has changed since the payment was started."
    return None


def _way_problem(seen: Seen, agreed: Agreed) -> str | None:
    """What is wrong with the addresses and the delivery."""
    if agreed.destination is not None and not seen.destination:
        return "The delivery address is missing."
    if agreed.destination is not None and seen.destination != agreed.destination:
        return f"The offer is for delivery to {agreed.destination}."
    if not seen.has_billing:
        return "The billing address is missing."
    if not seen.has_delivery:
        return "The delivery address or the delivery method is missing."
    return None
