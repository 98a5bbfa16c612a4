"""What a channel promises and demands, and what a workshop has room for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from saleor_bespoke.conf.texts import (
    ARCHIVE_PERMISSION,
    CONTACT_CONSENT,
    DESIGN_LICENCE,
    PHOTOGRAPHS_PERMISSION,
    RETURNS_NOTICE,
    TERMS,
    Text,
)

#: Fractions of the captured sum that a cancellation gives back, by the furthest stage reached;
#: never growing. A channel's own ladder replaces it stage by stage.
REFUND_LADDER: Mapping[str, Decimal] = {
    "INTAKE": Decimal("1.00"),
    "QUOTED": Decimal("1.00"),
    "CHECKOUT": Decimal("1.00"),
    "DESIGN": Decimal("0.90"),
    "PRODUCTION": Decimal("0.00"),
    "QUALITY": Decimal("0.00"),
    "SHIPPING": Decimal("0.00"),
    "AFTERCARE": Decimal("0.00"),
    "CLOSED": Decimal("0.00"),
}


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
    file_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by purpose
    file_max_bytes: Mapping[str, int] = field(default_factory=dict)  # by purpose
    file_quotas: Mapping[str, int] = field(default_factory=dict)  # craft.file_quotas
    originals_kept: tuple[str, ...] = ()  # purposes; encrypted with FILES_KEYS
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
    transfer_business_days: int = 5  # how long an announced bank transfer is waited for
    release_minutes: int = 60  # how long money on a checkout may wait to become an order
    tweak_round_price: Decimal = Decimal("150.00")
    paid_resize_price: Decimal = Decimal("120.00")
    refund_ladder: Mapping[str, Decimal] = field(default_factory=lambda: REFUND_LADDER)
    workshop: str = ""  # a name under WORKSHOPS; else the channel's own, with these places
    slots_per_week: int = 4
    # attention
    unpaid_hours: int = 24
    answer_days: int = 5
    stuck_hours: int = 24
    # workshop
    required_views: tuple[str, ...] = ("TOP", "SIDE", "FRONT")  # a sheet stands for these
    design_licence: Text = DESIGN_LICENCE
    archive_permission: Text = ARCHIVE_PERMISSION
    photographs_permission: Text = PHOTOGRAPHS_PERMISSION
    mesh_tolerance_mm: Decimal = Decimal("0.10")  # of the inner diameter, both ways
    wall_min_mm: Decimal = Decimal("0.70")
    wall_min_by_alloy: Mapping[str, Decimal] = field(default_factory=dict)
    casting_allowance: Decimal = Decimal("0.35")
    metal_tolerance: Decimal = Decimal("0.05")  # share of the quoted metal that may be exceeded
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
    packing_grams: Decimal | None = None  # box, ribbon and bag; what a customs invoice adds
    transit_days: int = 5
    abroad_business_days: int = 3  # what a destination abroad adds, unless it is named below
    destination_business_days: Mapping[str, int] = field(default_factory=dict)
    resize_days: int = 30
    resize_window_from: str = "DELIVERY"  # or SHIPMENT: dispatch plus transit_days
    resize_limit_us: int = 2
    # papers
    house_name: str = ""  # else the channel's name
    house_address: tuple[str, ...] = ()
    house_email: str = ""
    house_telephone: str = ""
    house_website: str = ""
    house_imprint: str = ""
    house_logo: str = ""  # path of an SVG, PNG or JPEG on the server
    house_ink: str = "#1d242b"
    house_accent: str = "#8b6a3e"
    house_paper: str = ""  # a4 or us-letter; else as the country has it
    house_languages: tuple[str, ...] = ("en", "de")  # the first one for whoever reads another
    exporter_ids: Mapping[str, str] = field(default_factory=dict)  # such as EORI, by their names
    appraiser: str = ""  # who signs valuations; else the house
    appraiser_qualification: str = ""
    dossiers_hour: int = 12  # of one commission, assembled within an hour
    contract_required: bool = False  # whether the piece is paid after its contract was signed


@dataclass(frozen=True)
class Workshop:
    """A workshop's finite places a week; of the skills named here, so many a week.

    A skill that is not named is not scarce. Several channels may share a workshop.
    """

    name: str
    slots_per_week: int = 4
    skills: Mapping[str, int] = field(default_factory=dict)
