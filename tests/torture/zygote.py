"""What the process that others are forked from loads: everything, but not one connection."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_bespoke.plugins.embedded.settings")
django.setup()

import waitress  # noqa: E402, F401  # loaded once for all
from django.core.management.commands import migrate  # noqa: E402, F401
from django.db import connections  # noqa: E402

from saleor_bespoke.plugins.embedded import background, seed, site, urls  # noqa: E402, F401

assert not any(connection.connection for connection in connections.all(initialized_only=True))
