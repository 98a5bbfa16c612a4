"""Django's system checks of the embedded shop's settings."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.media.configured import settings_check


def movable_clock_is_for_play_money(**_: Any) -> list[checks.CheckMessage]:
    """Refuse a movable clock wherever real money can be charged."""
    if not conf.option("CLOCK_MOVABLE"):
        return []
    if not str(conf.option("STRIPE", {}).get("SECRET_KEY", "")).startswith(("sk_live_", "rk_live")):
        return []
    return [
        checks.Error(
            'BESPOKE["CLOCK_MOVABLE"] is on together with a live Stripe key.',
            hint="Turn it off, or use a test key.",
            id="bespoke_embedded.E001",
        )
    ]


def files_can_be_kept(**_: Any) -> list[checks.CheckMessage]:
    """Refuse settings about files that the first upload would stumble over."""
    try:
        settings_check()
    except ImproperlyConfigured as wrong:
        return [checks.Error(str(wrong), id="bespoke_embedded.E002")]
    return []


def connect() -> None:
    """Register the checks; called once everything is loaded."""
    checks.register(movable_clock_is_for_play_money)
    checks.register(files_can_be_kept)
