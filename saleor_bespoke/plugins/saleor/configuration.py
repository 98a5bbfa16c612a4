"""The plugin's page in the Dashboard: a switch and the Stripe account, channel by channel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from saleor.plugins.base_plugin import ConfigurationTypeField
from saleor.plugins.error_codes import PluginErrorCode

from saleor_bespoke.money.accounts import Keys
from saleor_bespoke.shop.saleor.installed import PLUGIN_ID

SECRET_KEY = "Stripe secret key"  # noqa: S105 (the name of a field)
PUBLISHABLE_KEY = "Stripe publishable key"
WEBHOOK_SECRETS = "Stripe webhook secrets"

DEFAULTS = [{"name": name, "value": ""} for name in (PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRETS)]

STRUCTURE: dict[str, dict[str, str]] = {
    PUBLISHABLE_KEY: {
        "type": ConfigurationTypeField.STRING,
        "label": "Stripe publishable key",
        "help_text": (
            "Starts with pk_. Stripe's Dashboard shows it under Developers, API keys. Storefronts "
            "receive it to show the payment form. Leave all three fields empty if this server's "
            "environment names the account: it is preferred."
        ),
    },
    SECRET_KEY: {
        "type": ConfigurationTypeField.SECRET,
        "label": "Stripe secret key",
        "help_text": (
            "Starts with sk_, or with rk_ if you restrict it to writing PaymentIntents and "
            "Refunds. It must belong to the same account and mode as the publishable key. Saleor "
            "keeps it unencrypted in its database; the environment variable "
            "BESPOKE_STRIPE_SECRET_KEY does not."
        ),
    },
    WEBHOOK_SECRETS: {
        "type": ConfigurationTypeField.SECRET,
        "label": "Stripe webhook secrets",
        "help_text": (
            "Starts with whsec_. In Stripe, add a webhook endpoint at "
            "<your Saleor's address>/plugins/saleor.bespoke/stripe/webhook for the events "
            "payment_intent.succeeded, payment_intent.canceled, refund.created, refund.updated, "
            "refund.failed and charge.dispute.created, and copy its signing secret. While you "
            "replace one secret by another, enter both, separated by a comma."
        ),
    },
}

SHAPES = {
    SECRET_KEY: (r"(sk|rk)_\w+", "A secret key starts with sk_ or rk_."),
    PUBLISHABLE_KEY: (r"pk_\w+", "A publishable key starts with pk_."),
    WEBHOOK_SECRETS: (r"whsec_\S+", "Every webhook secret starts with whsec_."),
}


def values_of(configuration: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """What stands in the fields, without what surrounds it when it is pasted."""
    return {row["name"]: str(row.get("value") or "").strip() for row in configuration or ()}


def secrets_of(text: str) -> tuple[str, ...]:
    """The webhook secrets in a field: separated by commas, spaces or lines."""
    return tuple(part for part in re.split(r"[\s,;]+", text) if part)


def check(configuration: Iterable[Mapping[str, Any]] | None, *, active: bool) -> None:
    """Refuse keys that cannot be Stripe's, or half an account; no message repeats a key."""
    values = values_of(configuration)
    problems: dict[str, Any] = {}
    for name, (shape, message) in SHAPES.items():
        text = values.get(name, "")
        parts = secrets_of(text) if name == WEBHOOK_SECRETS else ((text,) if text else ())
        if not all(re.fullmatch(shape, part, re.ASCII) for part in parts):
            problems[name] = _problem(message, PluginErrorCode.INVALID)
    given = {name for name in SHAPES if values.get(name)}
    if given and not problems:
        for name in set(SHAPES) - given:
            problems[name] = _problem(
                "Fill in all three fields of the Stripe account, or none.",
                PluginErrorCode.PLUGIN_MISCONFIGURED,
            )
        modes = {_mode(values[name]) for name in (SECRET_KEY, PUBLISHABLE_KEY) if name in given}
        if len(modes) > 1:
            problems[PUBLISHABLE_KEY] = _problem(
                "One key is for Stripe's test mode, the other for live payments.",
                PluginErrorCode.PLUGIN_MISCONFIGURED,
            )
    if problems:
        raise ValidationError(problems)


def _mode(key: str) -> str:
    return "test" if key.split("_")[1:2] == ["test"] else "live"


def _problem(message: str, code: PluginErrorCode) -> ValidationError:
    return ValidationError(message, code=code.value)


class PluginKeys:
    """The accounts that staff entered on the plugin's page."""

    def keys(self, channel: str) -> Keys | None:
        """The keys of one channel, whether the plugin is on there or not: refunds go on."""
        for values in self._values(channel__slug=channel):
            if values.get(SECRET_KEY) and values.get(PUBLISHABLE_KEY):
                return Keys(
                    values[SECRET_KEY],
                    values[PUBLISHABLE_KEY],
                    secrets_of(values.get(WEBHOOK_SECRETS, "")),
                )
        return None

    def webhook_secrets(self) -> tuple[str, ...]:
        """The webhook secrets of all channels."""
        found = [secrets_of(values.get(WEBHOOK_SECRETS, "")) for values in self._values()]
        return tuple(dict.fromkeys(secret for secrets in found for secret in secrets))

    @staticmethod
    def _values(**only: Any) -> list[dict[str, str]]:
        from saleor.core.db.connection import allow_writer
        from saleor.plugins.models import PluginConfiguration

        rows = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, **only).order_by("pk")
        with allow_writer():
            return [values_of(row) for row in rows.values_list("configuration", flat=True)]
