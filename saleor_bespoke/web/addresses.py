"""The addresses that every host serves alike: the payment provider's door and private files."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from jwt import PyJWTError

from saleor_bespoke.errors import BespokeError, NotFound
from saleor_bespoke.media import links
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.serve import PRIVATE, derivative_response, file_response
from saleor_bespoke.project.access import ANONYMOUS, Actor, ActorKind, roles_on, token_digest
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Role
from saleor_bespoke.shop import port

#: The provider's reports have a few kilobytes.
REPORT_BYTES = 1_000_000


def provider_report(request: HttpRequest) -> HttpResponse:
    """The payment provider's report: 200 once stored, 400 if the signature is not theirs."""
    if request.method != "POST":
        return _plain(HttpResponseNotAllowed(["POST"]))
    try:
        body = b"" if _announced(request) > REPORT_BYTES else request.body
    except RequestDataTooBig:
        body = b""
    if len(body) not in range(1, REPORT_BYTES + 1):
        return _said(f"A report has 1 to {REPORT_BYTES} bytes.", 413)
    signature = request.headers.get("Stripe-Signature", "")
    stored = port.tell("provider_event", payload=body, signature=signature)
    return _plain(HttpResponse(status=200 if stored else 400))


def private_file(
    request: HttpRequest,
    link: str,
    *,
    caller: Callable[[], Actor],
    closed: Callable[[], Collection[str]] = tuple,
) -> HttpResponseBase:
    """A private file, for the viewer its link was made for; absent for anybody else.

    `caller` tells who sent the request as the host knows them, `closed` the channels whose
    commissions are out of reach. Whoever may no longer see the commission is a stranger, however
    young their link: staff whose permission or channel was withdrawn, a former owner. What was
    shown to staff needs them to be staff still, also where the piece is their own.
    """
    if request.method not in ("GET", "HEAD"):
        return _plain(HttpResponseNotAllowed(["GET", "HEAD"]))
    try:
        actor = requester(request, caller)
        opened = links.opened(link, viewer=actor.ref)
        file = BespokeFile.objects.select_related("project").get(pk=opened.file_pk)
        roles = roles_on(file.project, actor)
        lost = opened.staff and Role.STAFF not in roles
        if file.project.channel in closed() or not roles or lost:
            raise NotFound("file", field=None)
        part = request.headers.get("Range")
        if opened.derivative_pk is not None:
            return derivative_response(file, opened.derivative_pk, part)
        return file_response(file, part)
    except NotFound:
        return absent()
    except BespokeError as error:
        return _said(error.message, 410)
    except PyJWTError as error:
        return _said(str(error), 401)


def absent() -> HttpResponse:
    """The answer for what is not there, or not for this caller."""
    return _said("Not found", 404)


def requester(request: HttpRequest, caller: Callable[[], Actor]) -> Actor:
    """Who is looking: the guest whose project token is shown, or whose login is carried."""
    token = _project_token(request)
    if not token:
        return caller()
    project = BespokeProject.objects.filter(token_digest=token_digest(token)).first()
    if project is None:
        return ANONYMOUS
    return Actor(ActorKind.GUEST, f"guest:{project.pk}", token=token)


def _project_token(request: HttpRequest) -> str:
    """A guest's token, in a header of its own or in the one that browsers may send anywhere."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return request.headers.get("Bespoke-Token", "") or (
        credentials.strip() if scheme.lower() == "bespoke" else ""
    )


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _said(sentence: str, status: int) -> HttpResponse:
    return _plain(HttpResponse(sentence, status=status, content_type="text/plain"))


def _plain(response: HttpResponse) -> HttpResponse:
    for name, value in PRIVATE.items():
        response[name] = value
    return response
