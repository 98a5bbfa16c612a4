"""The public page of a certificate: whether it is genuine, and what it says of the piece."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from saleor_bespoke.media.store import bytes_digest
from saleor_bespoke.steps.papers.models import IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.web.styles import CERTIFICATE

logger = logging.getLogger(__name__)

#: A code as `flows.documents.drafts.code_of` makes it; nothing else is looked up.
CODE: Final = re.compile(r"[a-z2-7]{32}")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


class State(StrEnum):
    """What the page says of the certificate; the keys of its words."""

    VALID = "valid"
    REPLACED = "replaced"
    REVOKED = "revoked"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Verified:
    """A certificate that exists, and how it stands."""

    paper: IssuedDocument
    public: dict[str, Any]
    state: State


def certificate_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the certificate with this code; absent codes are answered all alike.

    It takes two statements and reads one small file, whatever is asked; a code has 160 bits.
    """
    if request.method not in ("GET", "HEAD"):
        return _guarded(HttpResponseNotAllowed(["GET", "HEAD"]), "")
    found = verified(code)
    if found is None:
        missing = HttpResponse("Not found", status=404, content_type="text/plain; charset=utf-8")
        return _guarded(missing, "")
    style = _style(found.public)
    response = HttpResponse(_html(found, style), content_type="text/html; charset=utf-8")
    response["Content-Language"] = found.public["language"]
    return _guarded(response, style)


def verified(code: str) -> Verified | None:
    """The certificate with this code and how it stands now; None if there is none."""
    if not CODE.fullmatch(code):
        return None
    paper = (
        IssuedDocument.objects.select_related("file")
        .filter(code=code, kind=Kind.CERTIFICATE.value)
        .first()
    )
    if paper is None or paper.public is None:
        return None
    return Verified(paper, paper.public, _state(paper))


def _state(paper: IssuedDocument) -> State:
    if paper.revoked_at is not None:
        return State.REVOKED
    newer = IssuedDocument.objects.filter(
        project=paper.project_id,
        kind=paper.kind,
        subject=paper.subject,
        version__gt=paper.version,
    )
    if newer.exists():
        return State.REPLACED
    erased = paper.file.erased_at is not None  # its owner's data were erased: the digest stays
    if not erased and bytes_digest(paper.file.storage_name) != paper.sha256:
        logger.error("The stored bytes of document %s are not those issued", paper.pk)
        return State.DAMAGED
    return State.VALID


def _html(found: Verified, style: str) -> str:
    paper, public = found.paper, found.public
    words: dict[str, str] = public["words"]

    def say(key: str) -> str:
        return escape(words[key])

    mark = {State.VALID: "✓", State.REPLACED: "↻"}.get(found.state, "×")
    facts = (
        (say("number"), escape(paper.number)),
        (say("made_by"), escape(public["house"])),
        (say("finished"), escape(public["finished"])),
    )
    return (
        f'<!doctype html>\n<html lang="{escape(public["language"])}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow">'
        f"<title>{say('title')} {escape(paper.number)}</title><style>{style}</style></head>"
        f"<body><main class={found.state}>"
        f"<p class=house>{escape(public['house'])}</p><h1>{say('title')}</h1>"
        f"<div class=verdict role=status><span class=mark aria-hidden=true>{mark}</span>"
        f"<div><h2>{say(found.state)}</h2><p>{say(f'{found.state}_text')}</p></div></div>"
        f"{_list(facts)}"
        f"<h3>{say('metal')}</h3>{_list(_escaped(public['rows']))}{_stones(public)}"
        f"<h3>{say('sha256')}</h3><p class=digest>{paper.sha256}</p>"
        f"<p class=small>{say('sha256_text')}</p>"
        f"<footer><p>{say('privacy')}</p></footer></main></body></html>\n"
    )


def _escaped(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((escape(label), escape(value)) for label, value in rows)


def _list(rows: tuple[tuple[str, str], ...]) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows) + "</dl>"


def _stones(public: dict[str, Any]) -> str:
    items = "".join(
        f"<li><b>{escape(stone['name'])}</b><span>{escape(' · '.join(stone['facts']))}</span></li>"
        for stone in public["stones"]
    )
    title = escape(public["words"]["stones"])
    return f"<h3>{title}</h3><ul>{items}</ul>" if items else ""


def _style(public: dict[str, Any]) -> str:
    ink, accent = (
        value if _COLOUR.fullmatch(value := str(public[name])) else "#1d242b"
        for name in ("ink", "accent")
    )
    return f":root{{--ink:{ink};--accent:{accent}}}{CERTIFICATE}"


def _guarded(response: HttpResponse, style: str) -> HttpResponse:
    """Nothing runs, nothing is loaded, nobody frames it, no search engine keeps it."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    styles = f"; style-src 'sha256-{digest}'" if style else ""
    response["Content-Security-Policy"] = (
        f"default-src 'none'{styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "DENY"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
