"""Hand out a stored file so that no browser runs it and a video can be wound."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from saleor_bespoke.errors import NotFound
from saleor_bespoke.media.deriving.models import Derivative
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import IMAGES, FileKind
from saleor_bespoke.media.store import Readable, bytes_open

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

#: On every answer that holds something private: kept by no cache, run by no browser.
PRIVATE = {
    "Cache-Control": "private, no-store",
    "CDN-Cache-Control": "no-store",
    "Surrogate-Control": "no-store",
    "Vary": "Authorization, Bespoke-Token",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HEADERS = {"Accept-Ranges": "bytes"} | PRIVATE


def file_response(file: BespokeFile, range_header: str | None = None) -> HttpResponseBase:
    """The bytes of a file the caller may see, or the part that an HTTP `Range` header asks for.

    A range that cannot be satisfied is 416; one that is malformed or multiple is ignored, as HTTP
    allows. An erased file is NotFound; so is one whose bytes are lost, which is logged.
    """
    return _response(file, file, range_header, name=file.name, attached=True)


def derivative_response(
    file: BespokeFile, derivative_pk: UUID, range_header: str | None = None
) -> HttpResponseBase:
    """What was derived from a file the caller may see, under the same rules as the file.

    Pictures may be shown in place: every byte of them is our own encoder's, and with their type, no
    sniffing and nothing that may run they can be nothing else. All others are attachments.
    """
    derivative = Derivative.objects.filter(pk=derivative_pk, file=file).first()
    if derivative is None:
        raise NotFound("file", field=None)
    kind = FileKind(derivative.kind)
    size = f"-{derivative.width}" if derivative.width else ""
    name = f"{Path(file.name).stem}{size}{kind.suffixes[0]}"
    return _response(file, derivative, range_header, name=name, attached=kind not in IMAGES)


def _response(
    file: BespokeFile,
    stored: BespokeFile | Derivative,
    range_header: str | None,
    *,
    name: str,
    attached: bool,
) -> HttpResponseBase:
    """The stored bytes of a file, or of what was derived from it."""
    if file.erased_at is not None:
        raise NotFound("file", field=None)
    try:
        part = _requested(range_header, stored.size)
    except ValueError:
        response = HttpResponse(status=416, headers=_HEADERS)
        response["Content-Range"] = f"bytes */{stored.size}"
        return response
    start, end = part or (0, stored.size)
    try:
        body = _Part(bytes_open(stored.storage_name, start, end), end - start)
    except FileNotFoundError:
        logger.exception("The stored bytes of file %s are missing", file.pk)
        raise NotFound("file", field=None) from None
    stream = StreamingHttpResponse(
        body,
        status=200 if part is None else 206,
        headers=_HEADERS,
        content_type=FileKind(stored.kind).mime_type,
    )
    stream["Content-Length"] = str(end - start)
    stream["Content-Disposition"] = content_disposition_header(attached, name) or "inline"
    if part is not None:
        stream["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    return stream


def _requested(header: str | None, size: int) -> tuple[int, int] | None:
    """The half-open byte range asked for; None for the whole, ValueError if there is none such."""
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), size if not last else min(int(last) + 1, size)
        if last and int(last) < start:
            return None
    if start >= end:
        raise ValueError(header)
    return start, end


class _Part:
    """A stretch of an open file, read piece by piece and closed with the response."""

    def __init__(self, file: Readable, size: int) -> None:
        self._file = file
        self._left = size

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(_CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()
