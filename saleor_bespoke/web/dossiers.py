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
from saleor_bespoke.media.serve import PRIVATE
from saleor_bespoke.project.access import Actor
from saleor_bespoke.web.addresses import absent, requester


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
        return HttpResponseNotAllowed(["GET", "HEAD"], headers=PRIVATE)
    try:
        actor = requester(request, caller)
        project, staff = link_resolve(link, actor=actor)
        if project.channel in closed():
            raise NotFound("dossier", field=None)
    except NotFound:
        return absent()
    except BespokeError as error:
        return _said(error.message, 410)
    except PyJWTError as error:
        return _said(str(error), 401)
    packed = stream(entries(project, staff=staff)) if request.method == "GET" else ()
    response = StreamingHttpResponse(packed, content_type="application/zip", headers=PRIVATE)
    name = f"{project.number}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _said(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain", headers=PRIVATE)
