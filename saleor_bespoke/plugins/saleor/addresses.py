"""Everything under `/plugins/saleor.bespoke/`, equal to the embedded site's addresses there.

Saleor hands over every request to these addresses, also when the plugin is switched off; then all
of them are absent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from saleor_bespoke.graphql.base import actor_of
from saleor_bespoke.plugins.saleor import dashboard
from saleor_bespoke.plugins.saleor.active import is_active, switches
from saleor_bespoke.shop.port import shop
from saleor_bespoke.web import addresses
from saleor_bespoke.web.certificates import certificate_page
from saleor_bespoke.web.dossiers import dossier


def answer(request: HttpRequest, path: str | None) -> HttpResponseBase:
    """The answer to a request to one of the plugin's addresses; `path` follows its id."""
    room, _, rest = (path or "").lstrip("/").partition("/")
    with shop().writer():
        if not is_active():
            return addresses.absent()
        if room == "stripe" and rest == "webhook":
            return addresses.provider_report(request)
        if room == "files" and rest:
            return _file(request, rest)
        if room == "dossiers" and rest:
            return _dossier(request, rest)
        if room == "certificates" and rest:
            return certificate_page(request, rest)
        if room == "dashboard":
            return dashboard.page(request, rest)
    return addresses.absent()


def _file(request: HttpRequest, link: str) -> HttpResponseBase:
    context = _context(request)
    response = addresses.private_file(
        request,
        link,
        caller=lambda: actor_of(SimpleNamespace(context=context)),
        closed=lambda: switches(context).off.values(),
    )
    return _streamed(request, response)


def _dossier(request: HttpRequest, link: str) -> HttpResponseBase:
    context = _context(request)
    response = dossier(
        request,
        link,
        caller=lambda: actor_of(SimpleNamespace(context=context)),
        closed=lambda: switches(context).off.values(),
    )
    return _streamed(request, response)


def _streamed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer as the server wants it that the request came by."""
    if isinstance(request, ASGIRequest) and isinstance(response, StreamingHttpResponse):
        response.streaming_content = _one_by_one(iter(response))
    return response


async def _one_by_one(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts of a file as an asynchronous server wants them; else it reads all of them first."""
    following = sync_to_async(partial(next, parts, b""))
    while part := await following():
        yield part


def _context(request: HttpRequest) -> Any:
    """The request as Saleor's API sees it: with the user or the app whose token it carries."""
    # Their modules build the whole schema, which must not happen while plugins are loaded.
    from saleor.graphql.app.dataloaders import get_app_promise
    from saleor.graphql.context import get_context_value

    context = get_context_value(request)
    if not hasattr(context, "app"):
        context.app = get_app_promise(context).get()
        context = get_context_value(context)
    return context
