"""The shop's settings: `BESPOKE` in Django's settings or in the environment, one policy a channel.

A setting is taken from Django's `BESPOKE`, else from its variable (`VARIABLES`), else from the JSON
file that the variable `BESPOKE_SETTINGS` names, else the default written here holds. A channel's
entry under `CHANNELS` overrides field by field. Durations name their unit; money is a decimal in
the channel's currency.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke.conf.checks import checked, policy_from, workshop_from
from saleor_bespoke.conf.options import SETTINGS_FILE, VARIABLES, StripeSettings
from saleor_bespoke.conf.outside import outside
from saleor_bespoke.conf.policies import REFUND_LADDER, ChannelPolicy, Workshop
from saleor_bespoke.conf.texts import Text

__all__ = [
    "REFUND_LADDER",
    "SETTINGS_FILE",
    "VARIABLES",
    "ChannelPolicy",
    "StripeSettings",
    "Text",
    "Workshop",
    "checked",
    "option",
    "policies_forget",
    "policy",
    "shop_module",
    "stripe_settings",
    "workshop",
]


def option(name: str, default: Any = None) -> Any:
    """One of the settings named in `Options`."""
    own = getattr(settings, "BESPOKE", {})
    around = outside()
    if name == "STRIPE" and name in around:
        return {**around[name], **own.get(name, {})}
    if name in own:
        return own[name]
    return around.get(name, default)


def shop_module() -> str:
    """Dotted path of the package that adapts the host, e.g. `saleor_bespoke.shop.embedded`."""
    return str(option("SHOP", "saleor_bespoke.shop.saleor"))


@cache
def _policy(channel: str) -> ChannelPolicy:
    overrides = option("CHANNELS", {}).get(channel, {})
    return policy_from(overrides, f"BESPOKE.CHANNELS.{channel}")


@cache
def workshop(channel: str) -> Workshop:
    """The workshop that makes this channel's pieces: a shared one, or its own of the same name."""
    own = policy(channel)
    known = option("WORKSHOPS", {})
    name = own.workshop or channel
    if name in known:
        return workshop_from(name, known[name], f"BESPOKE.WORKSHOPS.{name}")
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
    outside.cache_clear()


def stripe_settings() -> StripeSettings:
    """The Stripe account of this shop; a missing key is a `KeyError` naming it."""
    entry = option("STRIPE", {})
    return StripeSettings(
        secret_key=entry["SECRET_KEY"],
        publishable_key=entry["PUBLISHABLE_KEY"],
        webhook_secrets=tuple(entry.get("WEBHOOK_SECRETS", ())),
        api_base=entry.get("API_BASE", "https://api.stripe.com"),
    )
