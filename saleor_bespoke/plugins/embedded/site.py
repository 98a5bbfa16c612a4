"""The embedded site as a WSGI application."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_bespoke.plugins.embedded.settings")
application = get_wsgi_application()
