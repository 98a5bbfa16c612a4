"""A Saleor shop with the plugin, for tests: the shop's own test settings and our few."""

from __future__ import annotations

import tempfile
from decimal import Decimal

from saleor.tests.settings import *  # noqa: F403
from saleor.tests.settings import DATABASES

PLUGINS = [
    "saleor.plugins.webhook.plugin.WebhookPlugin",
    "saleor_bespoke.plugins.saleor.plugin.BespokePlugin",
    "tests.saleor.other_gateway.OtherGateway",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PUBLIC_URL = "http://testserver/"
ALLOWED_HOSTS = ["*"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
for _database in DATABASES.values():
    _database["CONN_MAX_AGE"] = 0

BESPOKE = {
    "FILES_DIR": tempfile.mkdtemp(prefix="bespoke-files-"),
    "STRIPE": {
        "SECRET_KEY": "sk_test_embedded",
        "PUBLISHABLE_KEY": "pk_test_embedded",
        "WEBHOOK_SECRETS": ["whsec_embedded"],
        "API_BASE": "http://127.0.0.1:12111",
    },
    "CHANNELS": {
        "us": {},
        "eu": {
            "country": "DE",
            "subdivision": "BE",
            "time_zone": "Europe/Berlin",
            "minimum_price": Decimal("450.00"),
            "breakdown_visible": True,
            "origin_country": "DE",
            "tax_rate": Decimal("0.19"),
        },
    },
}
