"""The dossier of a piece as a download, for the viewer its link was made for."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from jwt import PyJWTError

from saleor_bespoke.errors import BespokeError, NotFound
from saleor_bespoke.flows.dossier.archive import stream
from saleor_bespoke.flows.dossier.contents import entries
from saleor_bespoke.flows.dossier.links import link_resolve
from saleor_bespoke.project.access import Actor, roles_on
from saleor_bespoke.project.stages import Role
from saleor_bespoke.web.addresses import absent, requester

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def dossier(
    request: HttpRequest,
    link: str,
    *,
    caller: Callable[[], Actor],
    closed: Callable[[], Collection[str]] = tuple,
) -> HttpResponseBase:
    """The ZIP, packed while it is sent; absent for whoever may not see the commission (any more).

    `caller` and `closed` as for private files. Staff get the workshop's own papers, too.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"], headers=_HEADERS)
    try:
        actor = requester(request, caller)
        project = link_resolve(link, viewer=actor.ref)
        roles = roles_on(project, actor)
        if project.channel in closed() or not roles:
            raise NotFound("dossier", field=None)
    except NotFound:
        return absent()
    except BespokeError as error:
        return _said(error.message, 410)
    except PyJWTError as error:
        return _said(str(error), 401)
    staff = Role.STAFF in roles
    packed = stream(entries(project, staff=staff)) if request.method == "GET" else ()
    response = StreamingHttpResponse(packed, content_type="application/zip", headers=_HEADERS)
    name = f"{project.number}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _said(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain", headers=_HEADERS)
