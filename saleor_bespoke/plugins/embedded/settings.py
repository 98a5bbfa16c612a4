"""Django settings of the embedded shop."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import dj_database_url

DATA_DIR = Path(os.environ.get("BESPOKE_DATA_DIR", ".demo")).resolve()
SECRET_KEY = os.environ.get("SECRET_KEY", "the-embedded-shop-is-for-demonstration-and-tests-only")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "saleor_bespoke.shop.embedded",
    "saleor_bespoke.plugins.embedded",
    "saleor_bespoke",
]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
ROOT_URLCONF = "saleor_bespoke.plugins.embedded.urls"
WSGI_APPLICATION = "saleor_bespoke.plugins.embedded.site.application"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}
]
STATIC_URL = "static/"
AUTH_USER_MODEL = "bespoke_embedded.User"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MIGRATION_MODULES: dict[str, str] = {}

DATABASES = {
    "default": dj_database_url.config(
        default="postgres://localhost/saleor_bespoke", conn_max_age=0, conn_health_checks=True
    )
}

# Letters are kept in a table; with a mail server they are sent as well.
EMAIL_HOST = os.environ.get("SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "25"))

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

_LOG_FILE = os.environ.get("LOG_FILE")  # the demo's terminal belongs to the journey
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "out": {"class": "logging.FileHandler", "filename": _LOG_FILE, "formatter": "line"}
        if _LOG_FILE
        else {"class": "logging.StreamHandler"}
    },
    # The views log what went wrong in a resolver; graphql-core would log every refusal, twice.
    "loggers": {"graphql.execution": {"level": "CRITICAL"}},
    "root": {"handlers": ["out"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}

BESPOKE = {
    "SHOP": "saleor_bespoke.shop.embedded",
    "FILES_DIR": str(DATA_DIR / "files"),
    "VERIFY_URL": os.environ.get(
        "BESPOKE_VERIFY_URL", "http://127.0.0.1:8000/plugins/saleor.bespoke/certificates/"
    ),
    "CLOCK_MOVABLE": True,
    "STRIPE": {
        "SECRET_KEY": os.environ.get("STRIPE_SECRET_KEY", "sk_test_embedded"),
        "PUBLISHABLE_KEY": os.environ.get("STRIPE_PUBLISHABLE_KEY", "pk_test_embedded"),
        "WEBHOOK_SECRETS": [os.environ.get("STRIPE_WEBHOOK_SECRET", "whsec_embedded")],
        "API_BASE": os.environ.get("STRIPE_API_BASE", "http://127.0.0.1:12111"),
    },
    "CHANNELS": {
        "us": {
            "house_name": "Atelier Bespoke",
            "packing_grams": "240",
            "house_address": ["14 Orchard Row", "New York, NY 10012", "United States"],
            "house_email": "atelier@example.com",
        },
        "eu": {
            "country": "DE",
            "subdivision": "BE",
            "time_zone": "Europe/Berlin",
            "minimum_price": Decimal("450.00"),
            "breakdown_visible": True,
            "origin_country": "DE",
            "tax_rate": Decimal("0.19"),
            "house_name": "Atelier Bespoke",
            "packing_grams": "240",
            "house_address": ["Lindenallee 7", "10785 Berlin", "Deutschland"],
            "house_email": "atelier@example.com",
        },
    },
}
