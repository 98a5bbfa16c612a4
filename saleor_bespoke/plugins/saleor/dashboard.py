"""The page that the Dashboard shows in its iframe: a plain list of commissions.

The page itself holds no data. The Dashboard hands it the staff user's token by message, and with it
the page asks the shop's own GraphQL API, which checks the token and its permissions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.template import Context, Engine, Template
from django.urls import reverse

from saleor_bespoke import conf

_PAGES = Path(__file__).parent / "pages"
_KINDS = {
    "page.html": "text/html; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)


def page(request: HttpRequest, path: str) -> HttpResponse:
    """The page, or the script or style it loads; `path` is what follows `dashboard/`."""
    name = path or "page.html"
    if name not in _KINDS or (name == "page.html" and path):
        return HttpResponseNotFound()
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    body = _html(request, path) if name == "page.html" else (_PAGES / name).read_text("utf-8")
    return _guarded(HttpResponse(body, content_type=_KINDS[name]))


def origins() -> tuple[str, ...]:
    """The origins of the shop's Dashboards that may frame the page, from `DASHBOARD_ORIGINS`.

    A Dashboard on the shop's own origin is always allowed. An entry that is not an origin is
    ImproperlyConfigured.
    """
    return tuple(_origin(entry) for entry in conf.option("DASHBOARD_ORIGINS", ()))


def _origin(entry: str) -> str:
    parts = urlsplit(entry.strip())
    known = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    # A semicolon, comma, quote or space would end the header's list and start another rule.
    plain = all(letter.isalnum() or letter in ".-:[]" for letter in parts.netloc)
    if not (known and bare and plain and parts.netloc.isascii()):
        raise ImproperlyConfigured(
            f"BESPOKE's DASHBOARD_ORIGINS names {entry!r}; "
            "write scheme and host, for example https://dashboard.example.com."
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


@cache
def _template() -> Template:
    return Engine().from_string((_PAGES / "page.html").read_text("utf-8"))


def _html(request: HttpRequest, path: str) -> str:
    here = request.path.removesuffix(path).rstrip("/")
    return _template().render(
        Context({"here": here, "api": reverse("api"), "dashboards": " ".join(origins())})
    )


def _guarded(response: HttpResponse) -> HttpResponse:
    ancestors = " ".join(["'self'", *origins()])
    response["Content-Security-Policy"] = _POLICY.format(ancestors=ancestors)
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-cache"
    # X-Frame-Options cannot name another origin; frame-ancestors above does.
    response.xframe_options_exempt = True
    return response
