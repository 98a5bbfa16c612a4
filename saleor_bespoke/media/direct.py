"""Uploads that go straight into an S3 bucket: a form for one object, fetched and examined after.

What arrives is *raw*: nobody vouches for its kind, size or content, so it is never served. The
operation that attaches it fetches it, has it examined and cleaned like any upload, keeps the result
under a name of its own, and the raw object is removed, as it is when it is refused or its time is
over.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media import accepted
from saleor_bespoke.media.claims import name_check
from saleor_bespoke.media.models import DirectUpload
from saleor_bespoke.media.quotas import attempt_count, room_check
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.s3 import Bucket, ObjectMissing, ObjectTooLarge, bucket_of
from saleor_bespoke.media.scratch import scratch_folder
from saleor_bespoke.media.store import INCOMING, bytes_delete, private_storage
from saleor_bespoke.project.models import BespokeProject

_MINUTES = 15
#: So often is one object fetched and examined, whatever becomes of it.
_FETCHES_MAX = 5
_CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")


@dataclass(frozen=True)
class Form:
    """Where a browser posts the file, as multipart form with these fields before it."""

    upload: DirectUpload
    url: str
    fields: dict[str, str]


def form_make(
    *,
    project: BespokeProject,
    caller: str,
    purpose: Purpose,
    name: str,
    size: int,
    content_type: str,
) -> Form:
    """A form for one file of exactly this size and type, for this caller and commission.

    Refusals: UPLOAD_UNSUPPORTED where the storage is no S3, FILE_NAME_REFUSED, FILE_TOO_LARGE,
    INVALID and those of quotas; the upload counts in this hour now.
    """
    bucket = _bucket()
    name_check(name)
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise BespokeError(ErrorCode.INVALID, "This is no content type.", field="contentType")
    if size < 1:
        raise BespokeError(ErrorCode.INVALID, "A file has at least one byte.", field="size")
    if size > (most := accepted.max_bytes(purpose, project.channel)):
        raise accepted.too_large(most)
    room_check(project=project, caller=caller, size=size)
    attempt_count(project=project, caller=caller, size=size)
    lifetime = timedelta(minutes=conf.option("UPLOAD_MINUTES", _MINUTES))
    upload = DirectUpload.objects.create(
        project=project,
        purpose=purpose.value,
        name=name[-255:],
        content_type=content_type,
        size=size,
        raw_name=f"{INCOMING}/{secrets.token_hex(24)}",
        begun_by=caller,
        created_at=clock.now(),
        expires_at=clock.now() + lifetime,
    )
    seconds = int(lifetime.total_seconds())
    url, fields = bucket.form(
        upload.raw_name, content_type=content_type, size=size, seconds=seconds
    )
    return Form(upload, url, fields)


@contextmanager
def arrived(
    *, project: BespokeProject, caller: str, purpose: Purpose, upload_pk: UUID
) -> Iterator[UploadedFile[bytes]]:
    """The raw file of an upload, fetched to this machine for as long as the block lasts.

    Somebody else's upload, or one for another commission or purpose, is answered like an absent
    one. Other refusals: UPLOAD_USED, UPLOAD_EXPIRED, UPLOAD_NOT_ARRIVED, FILE_TOO_LARGE. If the
    block refuses the content, or this was tried too often, the raw object is removed and the upload
    is over.
    """
    bucket = _bucket()
    upload = DirectUpload.objects.filter(
        pk=upload_pk, project=project, begun_by=caller, purpose=purpose.value
    ).first()
    if upload is None:
        raise NotFound("upload", field="file")
    _open_check(upload)
    _fetch_count(upload)
    with scratch_folder() as folder:
        path = folder / "raw"
        try:
            bucket.fetch(upload.raw_name, path, upload.size)
        except ObjectMissing:
            raise BespokeError(
                ErrorCode.UPLOAD_NOT_ARRIVED, "Nothing was uploaded yet.", field="file"
            ) from None
        except ObjectTooLarge:
            upload_end(upload, "REFUSED")
            raise accepted.too_large(upload.size) from None
        with path.open("rb") as file:
            raw = UploadedFile(file, upload.name, upload.content_type, path.stat().st_size)
            try:
                yield raw
            except BespokeError as refusal:
                if refusal.code is not ErrorCode.FILE_SCAN_UNAVAILABLE:
                    upload_end(upload, "REFUSED")
                raise


def upload_take(upload_pk: UUID) -> None:
    """Use an upload up, in the transaction that attaches its file; UPLOAD_USED the second time."""
    row = DirectUpload.objects.select_for_update().get(pk=upload_pk)
    if row.outcome:
        raise _used()
    row.outcome = "TAKEN"
    row.save(update_fields=["outcome"])
    transaction.on_commit(lambda: bytes_delete(row.raw_name), robust=True)  # else swept


def upload_end(upload: DirectUpload, outcome: str) -> bool:
    """End an open upload and remove its raw object; whether it was still open."""
    ended = DirectUpload.objects.filter(pk=upload.pk, outcome="").update(outcome=outcome)
    bytes_delete(upload.raw_name)
    return bool(ended)


def uploads_expire() -> int:
    """End what was never finished, with its raw objects; answers how many."""
    over = DirectUpload.objects.filter(outcome="", expires_at__lt=clock.now() - timedelta(hours=1))
    return sum(upload_end(upload, "EXPIRED") for upload in over[:1000])


def supported_check() -> None:
    """Refuse where the storage is no S3 (UPLOAD_UNSUPPORTED)."""
    _bucket()


def _open_check(upload: DirectUpload) -> None:
    if upload.outcome == "EXPIRED" or clock.now() >= upload.expires_at + timedelta(hours=1):
        raise BespokeError(
            ErrorCode.UPLOAD_EXPIRED, "This upload was not finished in time.", field="file"
        )
    if upload.outcome:
        raise _used()


def _fetch_count(upload: DirectUpload) -> None:
    """Count one fetch before it is made; after so many the upload is refused."""
    left = DirectUpload.objects.filter(pk=upload.pk, outcome="", fetches__lt=_FETCHES_MAX)
    if not left.update(fetches=F("fetches") + 1):
        upload_end(upload, "REFUSED")
        raise _used()


def _used() -> BespokeError:
    return BespokeError(ErrorCode.UPLOAD_USED, "This upload was used before.", field="file")


def _bucket() -> Bucket:
    bucket = bucket_of(private_storage())
    if bucket is None:
        raise BespokeError(
            ErrorCode.UPLOAD_UNSUPPORTED,
            "This shop takes files as parts of a request, not directly into its storage.",
        )
    return bucket
