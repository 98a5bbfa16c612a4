"""The shop's settings: one Django setting `BESPOKE`, one policy a channel.

A missing setting takes the default written here; a channel's entry under `BESPOKE["CHANNELS"]`
overrides field by field. Durations name their unit; money is a decimal in the channel's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings

#: Fractions of the captured sum that a cancellation gives back, by stage; never growing.
REFUND_LADDER: Mapping[str, Decimal] = {
    "CHECKOUT": Decimal("1.00"),
    "DESIGN": Decimal("0.90"),
    "PRODUCTION": Decimal("0.00"),
    "QUALITY": Decimal("0.00"),
    "SHIPPING": Decimal("0.00"),
    "AFTERCARE": Decimal("0.00"),
    "CLOSED": Decimal("0.00"),
}


@dataclass(frozen=True)
class Text:
    """A legal text as shown: what was agreed to is found again by its version."""

    version: str
    body: str


CONTACT_CONSENT = Text(
    "contact-2026-1",
    "I agree that the workshop contacts me about this commission by e-mail or telephone.",
)
RETURNS_NOTICE = Text(
    "returns-2026-1",
    "A bespoke piece is made to your specification. Once you approve its CAD you cannot return or "
    "exchange it, except where it is faulty or not as agreed; those rights always stay yours. "
    "One free resize within 30 days is included where the design allows it.",
)
TERMS = Text(
    "terms-2026-1",
    "The whole price is paid at once. Payment locks the materials, the price and a place in the "
    "workshop. Design work starts at payment; before you approve the CAD you may cancel for the "
    "refund shown. The designs remain the workshop's intellectual property.",
)


@dataclass(frozen=True)
class ChannelPolicy:
    """What one channel promises and demands."""

    # calendar
    country: str = "US"
    subdivision: str | None = "NY"
    time_zone: str = "America/New_York"
    opening_hour: int = 9
    closing_hour: int = 18
    cut_off_hour: int = 16
    closures: tuple[date, ...] = ()
    # promises
    quote_business_hours: int = 2
    cad_hours: tuple[int, int] = (24, 48)
    tweak_hours: tuple[int, int] = (24, 48)
    production_business_days: tuple[int, int] = (10, 14)
    quality_business_days: tuple[int, int] = (1, 3)
    shipping_business_days: tuple[int, int] = (3, 5)
    resize_business_days: tuple[int, int] = (5, 10)
    # intake
    metals: tuple[str, ...] = (
        "gold_14k_yellow",
        "gold_14k_white",
        "gold_14k_rose",
        "gold_18k_yellow",
        "gold_18k_white",
        "gold_18k_rose",
        "platinum_950_ru",
        "silver_925",
    )
    destinations: tuple[str, ...] = (
        "US",
        "CA",
        "GB",
        "DE",
        "FR",
        "AT",
        "NL",
        "ES",
        "IT",
    )
    reference_files_max: int = 10
    contact_consent: Text = CONTACT_CONSENT
    returns_notice: Text = RETURNS_NOTICE
    # quotes
    terms: Text = TERMS
    quote_valid_days: int = 7
    minimum_price: Decimal = Decimal("500.00")
    breakdown_visible: bool = False
    tweak_allowance: int = 2
    tax_rate: Decimal = Decimal("0.00")
    # money and materials
    hold_minutes: int = 60
    tweak_round_price: Decimal = Decimal("150.00")
    paid_resize_price: Decimal = Decimal("120.00")
    refund_ladder: Mapping[str, Decimal] = field(default_factory=lambda: REFUND_LADDER)
    slots_per_week: int = 4
    # attention
    unpaid_hours: int = 24
    answer_days: int = 5
    stuck_hours: int = 24
    # workshop
    required_views: tuple[str, ...] = ("TOP", "SIDE", "FRONT")
    update_days: int = 7  # a shared progress update is due after so many days of production
    rare_size_business_days: int = 2
    size_tolerance_mm: Decimal = Decimal("0.30")
    quality_checklist: tuple[str, ...] = (
        "final_polish",
        "stones_tight",
        "dimensions",
        "engraving",
        "surface",
    )
    quality_photos_min: int = 1
    unboxing_video_required: bool = True
    certificate_threshold_ct: Decimal = Decimal("1.00")
    certificate_laboratory: str = "GIA"
    # shipping and aftercare
    packing_checklist: tuple[str, ...] = ("box", "ribbon", "bag")
    origin_country: str = "US"
    hs_code: str = "7113"
    transit_days: int = 5
    abroad_business_days: int = 3  # what a destination abroad adds, unless it is named below
    destination_business_days: Mapping[str, int] = field(default_factory=dict)
    resize_days: int = 30
    resize_window_from: str = "DELIVERY"  # or SHIPMENT: dispatch plus transit_days
    resize_limit_us: int = 2


@dataclass(frozen=True)
class StripeSettings:
    """How the shop's own Stripe account is reached. `api_base` differs only in tests and demos."""

    secret_key: str
    publishable_key: str
    webhook_secrets: tuple[str, ...]
    api_base: str = "https://api.stripe.com"


def option(name: str, default: Any = None) -> Any:
    """One entry of the `BESPOKE` setting."""
    return getattr(settings, "BESPOKE", {}).get(name, default)


def shop_module() -> str:
    """Dotted path of the package that adapts the host, e.g. `saleor_bespoke.shop.embedded`."""
    return str(option("SHOP", "saleor_bespoke.shop.saleor"))


@cache
def _policy(channel: str) -> ChannelPolicy:
    overrides = option("CHANNELS", {}).get(channel, {})
    known = {entry.name for entry in fields(ChannelPolicy)}
    unknown = set(overrides) - known
    if unknown:
        raise ValueError(f"Unknown BESPOKE settings for channel {channel}: {sorted(unknown)}")
    return replace(ChannelPolicy(), **overrides)


def policy(channel: str) -> ChannelPolicy:
    """The policy of the channel with this slug."""
    return _policy(channel)


def policies_forget() -> None:
    """Read the settings anew at the next question (after a test or an operator changed them)."""
    _policy.cache_clear()


def stripe_settings() -> StripeSettings:
    """The Stripe account of this shop; a missing key is a `KeyError` naming it."""
    entry = option("STRIPE", {})
    return StripeSettings(
        secret_key=entry["SECRET_KEY"],
        publishable_key=entry["PUBLISHABLE_KEY"],
        webhook_secrets=tuple(entry["WEBHOOK_SECRETS"]),
        api_base=entry.get("API_BASE", "https://api.stripe.com"),
    )
