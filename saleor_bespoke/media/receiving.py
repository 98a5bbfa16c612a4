"""Take what a caller uploads: counted, within the quotas, by whichever way it came."""

from __future__ import annotations

from typing import BinaryIO
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media import accepted, direct
from saleor_bespoke.media.quotas import (
    attempt_count,
    caller_of,
    failure_count,
    failures_check,
    room_check,
)
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.refusals import unreadable
from saleor_bespoke.media.services import PreparedFile, file_prepare
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject


def file_receive(
    *,
    actor: Actor,
    project: BespokeProject,
    purpose: Purpose,
    uploaded: UploadedFile[bytes] | BinaryIO | None = None,
    upload_pk: UUID | None = None,
    name: str | None = None,
) -> PreparedFile:
    """Prepare what this caller uploads for this commission: `uploaded`, or a direct upload's file.

    Counted and compared with the quotas before a byte is decoded; a refused file counts as a
    failure. Refusals: those of `file_prepare`, of `media.quotas` and of `media.direct`.
    """
    caller = caller_of(project, actor)
    if upload_pk is not None:
        failures_check(project=project, caller=caller)
        with direct.arrived(
            project=project, caller=caller, purpose=purpose, upload_pk=upload_pk
        ) as raw:  # its attempt was counted when its form was made
            prepared = _counted(project, caller, purpose, raw, raw.name)
        prepared.upload_pk, prepared.caller = upload_pk, caller
        return prepared
    if uploaded is None:
        raise unreadable("Nothing was uploaded.")
    size = min(_size(uploaded), accepted.max_bytes(purpose, project.channel))
    room_check(project=project, caller=caller, size=size)
    attempt_count(project=project, caller=caller, size=size)
    return _counted(project, caller, purpose, uploaded, name)


def _counted(
    project: BespokeProject,
    caller: str,
    purpose: Purpose,
    uploaded: UploadedFile[bytes] | BinaryIO,
    name: str | None,
) -> PreparedFile:
    try:
        return file_prepare(uploaded=uploaded, purpose=purpose, name=name, channel=project.channel)
    except BespokeError as refusal:
        if refusal.code is not ErrorCode.FILE_SCAN_UNAVAILABLE:  # that is not their fault
            failure_count(caller=caller)
        raise


def _size(uploaded: UploadedFile[bytes] | BinaryIO) -> int:
    if isinstance(uploaded, UploadedFile):
        return uploaded.size or 0
    return uploaded.seek(0, 2)
