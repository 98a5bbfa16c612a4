"""Django's system checks of the plugin in a Saleor shop; none of them asks the database.

Their ids stay: the README's table says what to do about each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import saleor
from django.conf import settings as django_settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.media.configured import settings_check
from saleor_bespoke.media.store import private_folder
from saleor_bespoke.plugins.saleor import dashboard
from saleor_bespoke.plugins.saleor.active import PLUGIN

#: Saleor's settings are not those that the type checker reads.
settings: Any = django_settings

OLDEST, NEWEST = (3, 21), (3, 24)
#: A variable of the embedded shop, which a machine that runs both may well have.
FOREIGN = {"BESPOKE_DATA_DIR"}
#: Extra → the modules it brings, and what the shop lacks without them.
EXTRAS = {
    "cad": (("numpy",), "measures no design and stops none that is unfit"),
    "pdf": (("pypdfium2", "segno", "typst"), "issues no papers"),
    "video": (("av",), "draws no posters of videos"),
}


#: How our operations came into the schema: "mixed in", or "rebuilt".
_schema = ""


def connect(schema: str) -> None:
    """Register the checks; called once everything is loaded and the schema is extended."""
    global _schema
    _schema = schema
    checks.register(bespoke_is_well_placed)


def bespoke_is_well_placed(**_: Any) -> list[checks.CheckMessage]:
    """Everything about the plugin's place and settings that can be told without a database."""
    found = [*_version(), *_place(), *_extras()]
    try:
        found += [*_settings(), *_files(), *_stripe(), *_clock()]
    except ImproperlyConfigured as wrong:
        hint = "Correct it where it is written: Django's BESPOKE, a variable, or BESPOKE_SETTINGS."
        found.append(checks.Error(str(wrong), hint=hint, id="saleor_bespoke.E002"))
    return found


def _version() -> Iterator[checks.CheckMessage]:
    numbers = re.match(r"(\d+)\.(\d+)", saleor.__version__)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if version < OLDEST:
        yield checks.Error(
            f"Saleor {saleor.__version__} is too old for bespoke commissions.",
            hint="They run in Saleor 3.21 to 3.24: upgrade the shop, or remove this package.",
            id="saleor_bespoke.E001",
        )
    elif version > NEWEST:
        yield checks.Warning(
            f"Bespoke commissions were never tried in Saleor {saleor.__version__}.",
            hint="They were tried in 3.21 to 3.24: look for a newer version of this package.",
            id="saleor_bespoke.W001",
        )


def _place() -> Iterator[checks.CheckMessage]:
    if PLUGIN not in settings.PLUGINS:
        yield checks.Error(
            f"The app saleor_bespoke is installed, but PLUGINS lacks {PLUGIN}.",
            hint="Install the package with pip, whose entry point adds it, or add it to PLUGINS.",
            id="saleor_bespoke.E003",
        )
    if _schema == "rebuilt":
        yield checks.Warning(
            "Another app made Saleor build its schema before bespoke commissions were in it.",
            hint="It was built a second time, some seconds at every start: find the app that "
            "imports saleor.graphql.api too early.",
            id="saleor_bespoke.W007",
        )


def _extras() -> Iterator[checks.CheckMessage]:
    lacking = {
        extra: lack
        for extra, (modules, lack) in EXTRAS.items()
        if any(find_spec(module) is None for module in modules)
    }
    if lacking:
        yield checks.Warning(
            f"Bespoke commissions lack a part: this shop {', '.join(lacking.values())}.",
            hint=f'Install them with pip: "saleor-bespoke[{",".join(lacking)}]".',
            id="saleor_bespoke.W008",
        )


def _settings() -> Iterator[checks.CheckMessage]:
    conf.checked(getattr(settings, "BESPOKE", {}))
    for channel in conf.option("CHANNELS", {}):
        conf.workshop(channel)
    if conf.shop_module() != "saleor_bespoke.shop.saleor":
        yield checks.Error(
            f'BESPOKE["SHOP"] is {conf.shop_module()}, but this is a Saleor shop.',
            hint="Remove the setting.",
            id="saleor_bespoke.E004",
        )
    if conf.option("MAIL", "smtp") not in ("smtp", "notify"):
        raise ImproperlyConfigured(f"MAIL is smtp or notify, not {conf.option('MAIL')}.")
    dashboard.origins()
    settings_check()
    known = {*conf.VARIABLES, conf.SETTINGS_FILE, *FOREIGN}
    for variable in sorted(set(os.environ) - known):
        if variable.startswith("BESPOKE_"):
            yield checks.Warning(
                f"The environment variable {variable} means nothing to bespoke commissions.",
                hint=f"They know {', '.join(sorted(known - FOREIGN))}.",
                id="saleor_bespoke.W002",
            )


def _files() -> Iterator[checks.CheckMessage]:
    if conf.option("FILES_STORAGE"):
        return
    try:
        folder = private_folder()
    except ImproperlyConfigured as wrong:
        yield checks.Error(
            str(wrong),
            hint="Customers' files are private: set BESPOKE_FILES_DIR to a folder of their own, "
            "outside MEDIA_ROOT and STATIC_ROOT.",
            id="saleor_bespoke.E005",
        )
        return
    if not conf.option("FILES_DIR"):
        yield checks.Warning(
            f"Customers' files lie in {folder}, because nothing else was said.",
            hint="Set BESPOKE_FILES_DIR to a volume that web and worker share and that survives "
            "a new container.",
            id="saleor_bespoke.W003",
        )


def _stripe() -> Iterator[checks.CheckMessage]:
    entry = conf.option("STRIPE", {})
    names = {place[1]: name for name, place in conf.VARIABLES.items() if place[0] == "STRIPE"}
    missing = [names[key] for key in ("SECRET_KEY", "PUBLISHABLE_KEY") if not entry.get(key)]
    if missing:
        yield checks.Warning(
            "Stripe keys are missing: bespoke commissions' own gateway cannot charge.",
            hint=f"Set {' and '.join(missing)}, or the keys of each channel on the plugin's page "
            "in the Dashboard; without them only the shop's other gateways take payments.",
            id="saleor_bespoke.W004",
        )
    elif not entry.get("WEBHOOK_SECRETS"):
        yield checks.Warning(
            "No Stripe webhook secret: a payment whose browser died is noticed only by a sweep.",
            hint="Create the webhook at Stripe and set BESPOKE_STRIPE_WEBHOOK_SECRETS.",
            id="saleor_bespoke.W005",
        )


def _clock() -> Iterator[checks.CheckMessage]:
    if not conf.option("CLOCK_MOVABLE"):
        return
    if str(conf.option("STRIPE", {}).get("SECRET_KEY", "")).startswith(("sk_live_", "rk_live")):
        yield checks.Error(
            "Staff may move the clock of bespoke commissions in a shop with a live Stripe key.",
            hint="Remove BESPOKE_CLOCK_MOVABLE, or use a test key.",
            id="saleor_bespoke.E006",
        )
        return
    yield checks.Warning(
        "Staff may move the clock of bespoke commissions.",
        hint="Right for a demonstration; remove BESPOKE_CLOCK_MOVABLE from a shop that sells.",
        id="saleor_bespoke.W006",
    )
