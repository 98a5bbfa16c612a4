"""The entries of the `BESPOKE` setting, and the variables that may stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict


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
    FILES_SCANNER_MAX_BYTES: int
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
