"""The shop's settings: `BESPOKE` in Django's settings or in the environment, one policy a channel.

A setting is taken from Django's `BESPOKE`, else from its variable (`VARIABLES`), else from the JSON
file that the variable `BESPOKE_SETTINGS` names, else the default written here holds. A channel's
entry under `CHANNELS` overrides field by field. Durations name their unit; money is a decimal in
the channel's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, TypedDict

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import environment
from saleor_bespoke.craft.file_kinds import FileKind, Purpose
from saleor_bespoke.craft.file_quotas import FileQuota
from saleor_bespoke.craft.skills import Skill

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


#: No upload is ever larger; also the largest number that GraphQL's Int can tell a storefront.
FILE_BYTES_MAX = 2_147_483_647


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

DESIGN_LICENCE = Text(
    "design-licence-2026-1",
    "This design was made for one commission and stays the workshop's intellectual property. You "
    "may look at it, keep it and show it to others as yours; making the piece from it, or giving "
    "it to others to be made, needs the workshop's written consent. No other client is given it.",
)
ARCHIVE_PERMISSION = Text(
    "archive-2026-1",
    "The workshop may keep one copy of my piece in base metal in its archive. It is never sold or "
    "worn. I can take this permission back at any time; the copy is then destroyed.",
)
PHOTOGRAPHS_PERMISSION = Text(
    "photographs-2026-1",
    "The workshop may show photographs of my piece, without my name, on its pages and in its "
    "showroom. I can take this permission back at any time; the photographs are then taken down.",
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
    contract_required: bool = False  # whether the piece is paid after its contract was signed


@dataclass(frozen=True)
class Workshop:
    """A workshop's finite places a week; of the skills named here, so many a week.

    A skill that is not named is not scarce. Several channels may share a workshop.
    """

    name: str
    slots_per_week: int = 4
    skills: Mapping[str, int] = field(default_factory=dict)


class WorkshopOptions(TypedDict, total=False):
    """The entries of one workshop under `BESPOKE["WORKSHOPS"]`."""

    slots_per_week: int
    skills: Mapping[str, int]


@dataclass(frozen=True)
class StripeSettings:
    """How the shop's own Stripe account is reached. `api_base` differs only in tests and demos."""

    secret_key: str
    publishable_key: str
    webhook_secrets: tuple[str, ...]
    api_base: str = "https://api.stripe.com"


class StripeOptions(TypedDict, total=False):
    """The entries of `BESPOKE["STRIPE"]`."""

    SECRET_KEY: str
    PUBLISHABLE_KEY: str
    WEBHOOK_SECRETS: tuple[str, ...]
    API_BASE: str
    TIMEOUT_SECONDS: float


class Options(TypedDict, total=False):
    """Every entry of the `BESPOKE` setting and its type.

    `CHANNELS` maps slugs to policies, `WORKSHOPS` names to places and skills.
    """

    SHOP: str
    STRIPE: StripeOptions
    CHANNELS: Mapping[str, Mapping[str, Any]]
    WORKSHOPS: Mapping[str, WorkshopOptions]
    STOREFRONT_URL: str
    STOREFRONT_PROJECT_URL: str
    MAIL: str
    DASHBOARD_ORIGINS: tuple[str, ...]
    FILES_DIR: str
    FILES_STORAGE: str
    FILES_URL: str
    FILES_DOMAIN: str
    FILES_KEYS: tuple[str, ...]
    FILES_SCANNER: str
    FILES_SCANNER_SECONDS: float
    UPLOAD_MINUTES: int
    FILE_MAX_BYTES: Mapping[str, int]
    FILE_LINK_MINUTES: int
    VERIFY_URL: str
    WEBHOOK_GRACE_SECONDS: int
    TOKEN_MINUTES: int
    CLOCK_MOVABLE: bool


#: Environment variable → where its value belongs; lists are separated by commas.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "BESPOKE_STRIPE_SECRET_KEY": ("STRIPE", "SECRET_KEY"),
    "BESPOKE_STRIPE_PUBLISHABLE_KEY": ("STRIPE", "PUBLISHABLE_KEY"),
    "BESPOKE_STRIPE_WEBHOOK_SECRETS": ("STRIPE", "WEBHOOK_SECRETS"),
    "BESPOKE_STRIPE_API_BASE": ("STRIPE", "API_BASE"),
    "BESPOKE_STOREFRONT_URL": ("STOREFRONT_URL",),
    "BESPOKE_STOREFRONT_PROJECT_URL": ("STOREFRONT_PROJECT_URL",),
    "BESPOKE_MAIL": ("MAIL",),
    "BESPOKE_DASHBOARD_ORIGINS": ("DASHBOARD_ORIGINS",),
    "BESPOKE_FILES_DIR": ("FILES_DIR",),
    "BESPOKE_FILES_STORAGE": ("FILES_STORAGE",),
    "BESPOKE_FILES_DOMAIN": ("FILES_DOMAIN",),
    "BESPOKE_FILES_KEYS": ("FILES_KEYS",),
    "BESPOKE_FILES_SCANNER": ("FILES_SCANNER",),
    "BESPOKE_VERIFY_URL": ("VERIFY_URL",),
    "BESPOKE_CLOCK_MOVABLE": ("CLOCK_MOVABLE",),
}
LISTS = ("BESPOKE_STRIPE_WEBHOOK_SECRETS", "BESPOKE_DASHBOARD_ORIGINS", "BESPOKE_FILES_KEYS")
SETTINGS_FILE = "BESPOKE_SETTINGS"


@cache
def _outside() -> dict[str, Any]:
    """What the environment says: its file, overlaid by its variables."""
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


def checked(options: Mapping[str, Any], source: str = "BESPOKE") -> Mapping[str, Any]:
    """These settings, each as its type; a wrong one is an `ImproperlyConfigured` naming it."""
    found = environment.entries(Options, options, source)
    for channel, entry in found.get("CHANNELS", {}).items():
        _policy_from(entry, f"{source}.CHANNELS.{channel}")
    for name, entry in found.get("WORKSHOPS", {}).items():
        _workshop_from(name, entry, f"{source}.WORKSHOPS.{name}")
    _file_bytes_check(found.get("FILE_MAX_BYTES", {}), f"{source}.FILE_MAX_BYTES")
    return found


def option(name: str, default: Any = None) -> Any:
    """One of the settings named in `Options`."""
    own = getattr(settings, "BESPOKE", {})
    outside = _outside()
    if name == "STRIPE" and name in outside:
        return {**outside[name], **own.get(name, {})}
    if name in own:
        return own[name]
    return outside.get(name, default)


def shop_module() -> str:
    """Dotted path of the package that adapts the host, e.g. `saleor_bespoke.shop.embedded`."""
    return str(option("SHOP", "saleor_bespoke.shop.saleor"))


def _policy_from(overrides: Mapping[str, Any], where: str) -> ChannelPolicy:
    found = environment.entries(ChannelPolicy, overrides, where)
    if "refund_ladder" in found:
        found["refund_ladder"] = _ladder(found["refund_ladder"], f"{where}.refund_ladder")
    if found.get("slots_per_week", 0) < 0:
        raise ImproperlyConfigured(f"{where}.slots_per_week must not be below 0.")
    _file_kinds_check(found.get("file_kinds", {}), f"{where}.file_kinds")
    _file_bytes_check(found.get("file_max_bytes", {}), f"{where}.file_max_bytes")
    _file_quotas_check(found.get("file_quotas", {}), f"{where}.file_quotas")
    _purposes_check(dict.fromkeys(found.get("originals_kept", ())), f"{where}.originals_kept")
    return replace(ChannelPolicy(), **found)


def _purposes_check(named: Mapping[str, Any], where: str) -> None:
    if unknown := sorted(set(named) - set(Purpose)):
        raise ImproperlyConfigured(
            f"{where} knows no purpose {', '.join(unknown)}; it knows {', '.join(Purpose)}."
        )


def _file_kinds_check(kinds: Mapping[str, tuple[str, ...]], where: str) -> None:
    _purposes_check(kinds, where)
    for purpose, named in kinds.items():
        if not named or set(named) - set(FileKind):
            raise ImproperlyConfigured(
                f"{where}.{purpose} must name one or more of {', '.join(FileKind)}."
            )


def _file_bytes_check(most: Mapping[str, int], where: str) -> None:
    _purposes_check(most, where)
    for purpose, size in most.items():
        if not 1 <= size <= FILE_BYTES_MAX:
            raise ImproperlyConfigured(
                f"{where}.{purpose} must lie between 1 and {FILE_BYTES_MAX} bytes, not {size}."
            )


def _file_quotas_check(quotas: Mapping[str, int], where: str) -> None:
    if unknown := sorted(set(quotas) - set(FileQuota)):
        raise ImproperlyConfigured(
            f"{where} knows no {', '.join(unknown)}; it knows {', '.join(FileQuota)}."
        )
    for name, most in quotas.items():
        if most < 0:
            raise ImproperlyConfigured(f"{where}.{name} must not be below 0, not {most}.")


def _ladder(given: Mapping[str, Decimal], where: str) -> Mapping[str, Decimal]:
    """The whole ladder: known stages, shares from 0 to 1, none larger than that of a stage before.

    A stage that is not given keeps the default's share.
    """
    if unknown := sorted(set(given) - set(REFUND_LADDER)):
        raise ImproperlyConfigured(
            f"{where} knows no stage {', '.join(unknown)}; it has {', '.join(REFUND_LADDER)}."
        )
    for stage, share in given.items():
        if not 0 <= share <= 1:
            raise ImproperlyConfigured(f"{where}.{stage} must lie between 0 and 1, not {share}.")
    whole = {stage: given.get(stage, share) for stage, share in REFUND_LADDER.items()}
    rungs = list(whole.items())
    for (before, more), (after, less) in pairwise(rungs):
        if less > more:
            raise ImproperlyConfigured(
                f"{where} grows from {before} ({more}) to {after} ({less}): what is refundable "
                "never grows as stages pass. A stage that is not named keeps its default."
            )
    return whole


def _workshop_from(name: str, entry: Any, where: str) -> Workshop:
    found = Workshop(name, **environment.entries(WorkshopOptions, entry, where))
    if found.slots_per_week < 0:
        raise ImproperlyConfigured(f"{where}.slots_per_week must not be below 0.")
    for skill, places in found.skills.items():
        if skill not in set(Skill):
            raise ImproperlyConfigured(
                f"{where}.skills knows no {skill}; it knows {', '.join(Skill)}."
            )
        if places < 0:
            raise ImproperlyConfigured(f"{where}.skills.{skill} must not be below 0.")
    return found


@cache
def _policy(channel: str) -> ChannelPolicy:
    overrides = option("CHANNELS", {}).get(channel, {})
    return _policy_from(overrides, f"BESPOKE.CHANNELS.{channel}")


@cache
def workshop(channel: str) -> Workshop:
    """The workshop that makes this channel's pieces: a shared one, or its own of the same name."""
    own = policy(channel)
    known = option("WORKSHOPS", {})
    name = own.workshop or channel
    if name in known:
        return _workshop_from(name, known[name], f"BESPOKE.WORKSHOPS.{name}")
    if own.workshop:
        raise ImproperlyConfigured(
            f"BESPOKE.CHANNELS.{channel}.workshop names {name}, which WORKSHOPS does not have."
        )
    return Workshop(channel, own.slots_per_week)


def policy(channel: str) -> ChannelPolicy:
    """The policy of the channel with this slug."""
    return _policy(channel)


def policies_forget() -> None:
    """Read the settings anew at the next question (after a test or an operator changed them)."""
    _policy.cache_clear()
    workshop.cache_clear()
    _outside.cache_clear()


def stripe_settings() -> StripeSettings:
    """The Stripe account of this shop; a missing key is a `KeyError` naming it."""
    entry = option("STRIPE", {})
    return StripeSettings(
        secret_key=entry["SECRET_KEY"],
        publishable_key=entry["PUBLISHABLE_KEY"],
        webhook_secrets=tuple(entry.get("WEBHOOK_SECRETS", ())),
        api_base=entry.get("API_BASE", "https://api.stripe.com"),
    )
