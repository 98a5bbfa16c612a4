"""Which account at the payment provider a channel's money goes to.

The shop's settings name one account for all its channels; a host whose staff enter the keys
themselves, channel by channel, registers where they are. The settings win.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Protocol

from saleor_bespoke import conf
from saleor_bespoke.money.stripe_errors import StripeUnavailable
from saleor_bespoke.money.stripe_http import TIMEOUT_SECONDS, StripeAccount

logger = logging.getLogger(__name__)


class AccountMissing(StripeUnavailable):
    """Nobody entered the channel's keys: nothing can be asked of the provider until they do."""


@dataclass(frozen=True)
class Keys:
    """What staff entered for one channel."""

    secret_key: str = field(repr=False)
    publishable_key: str
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)


class Source(Protocol):
    """Where staff of the host enter keys."""

    def keys(self, channel: str) -> Keys | None:
        """The keys of the channel with this slug, if both are there."""

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets of all channels: a report does not say which one it is for."""


_sources: list[Source] = []


def source_register(source: Source) -> None:
    """Ask this source for the channels that the settings name no account for."""
    if source not in _sources:
        _sources.append(source)


def account(channel: str) -> StripeAccount:
    """The account of the channel with this slug, or AccountMissing."""
    named = conf.option("STRIPE", {})
    if named.get("SECRET_KEY") and named.get("PUBLISHABLE_KEY"):
        return _account(_of_settings())
    for source in _sources:
        keys = source.keys(channel)
        if keys is not None:
            return _account(keys)
    logger.error("The channel %r has no account at the payment provider.", channel)
    raise AccountMissing("The channel has no account at the payment provider.")


def receiver() -> StripeAccount:
    """Who receives the provider's reports: nobody's keys, every channel's webhook secrets."""
    own = tuple(conf.option("STRIPE", {}).get("WEBHOOK_SECRETS", ()))
    entered = tuple(secret for source in _sources for secret in source.webhook_secrets())
    return _account(Keys("", "", own + entered))


def _of_settings() -> Keys:
    settings = conf.stripe_settings()
    return Keys(settings.secret_key, settings.publishable_key, settings.webhook_secrets)


def _account(keys: Keys) -> StripeAccount:
    entry = conf.option("STRIPE", {})
    return StripeAccount(
        secret_key=keys.secret_key,
        publishable_key=keys.publishable_key,
        webhook_secrets=keys.webhook_secrets,
        api_base=entry.get("API_BASE", "https://api.stripe.com"),
        timeout_seconds=entry.get("TIMEOUT_SECONDS", TIMEOUT_SECONDS),
    )
