"""What a checkout costs: one line, its shipping, one flat tax rate."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from saleor_bespoke.shop.embedded.models import Channel, Checkout, ShippingMethod, ShippingZone

ZERO = Decimal(0)


@dataclass(frozen=True)
class Amount:
    """A sum of money as GraphQL's `Money` reads it."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Taxed:
    """A price without and with its tax, in one currency."""

    net: Decimal
    gross: Decimal
    currency: str

    @property
    def tax(self) -> Decimal:
        """The tax it contains."""
        return self.gross - self.net

    def __add__(self, other: Taxed) -> Taxed:
        return Taxed(self.net + other.net, self.gross + other.gross, self.currency)

    def times(self, quantity: int) -> Taxed:
        """The price of several."""
        return Taxed(self.net * quantity, self.gross * quantity, self.currency)


@dataclass(frozen=True)
class Totals:
    """A checkout's prices: one piece, all pieces, shipping, and all together."""

    unit: Taxed
    line: Taxed
    shipping: Taxed
    total: Taxed


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded half up to what the currency can pay."""
    digits = get_currency_precision(currency)
    return amount.quantize(Decimal(10) ** -digits, rounding=ROUND_HALF_UP)


def taxed(entered: Decimal, rate: Decimal, channel: Channel) -> Taxed:
    """A price as its channel enters it, with the other side computed."""
    currency = channel.currency
    if channel.prices_with_tax:
        return Taxed(rounded(entered / (1 + rate), currency), rounded(entered, currency), currency)
    return Taxed(rounded(entered, currency), rounded(entered * (1 + rate), currency), currency)


def tax_rate(channel: Channel, country: str) -> Decimal:
    """The channel's rate wherever it ships to, none elsewhere."""
    served = ShippingZone.objects.filter(channel=channel, countries__contains=[country])
    return channel.tax_rate if served.exists() else ZERO


def checkout_country(checkout: Checkout) -> str:
    """Where it is taxed: at the piece's address, else the bill's, else in the channel's country."""
    address = checkout.shipping_address or checkout.billing_address
    return str(address["country"]) if address else checkout.channel.country


def methods_for(checkout: Checkout) -> list[ShippingMethod]:
    """The ways to ship this checkout to its address; none before there is one."""
    if not checkout.shipping_required or not checkout.shipping_address:
        return []
    return list(
        ShippingMethod.objects.filter(
            is_active=True,
            zone__channel=checkout.channel_id,
            zone__countries__contains=[checkout.shipping_address["country"]],
        )
        .select_related("zone__channel")
        .order_by("price", "pk")
    )


def totals(checkout: Checkout) -> Totals:
    """The prices of this checkout as it is now."""
    channel = checkout.channel
    rate = tax_rate(channel, checkout_country(checkout))
    unit = taxed(checkout.price, rate, channel)
    line = unit.times(checkout.quantity)
    method = checkout.shipping_method
    shipping = taxed(method.price if method else ZERO, rate, channel)
    return Totals(unit=unit, line=line, shipping=shipping, total=line + shipping)


def charge_status(total: Decimal, charged: Decimal) -> str:
    """Saleor's word for how much of a total was charged."""
    if charged > total:
        return "OVERCHARGED"
    if charged == total:
        return "FULL"
    return "PARTIAL" if charged > ZERO else "NONE"
