"""Keep, attach and erase the files of a commission.

Storing has two halves, so that the slow one holds no lock: `file_prepare` recognises, cleans and
stores the bytes without touching the database; `file_attach` writes the row in the caller's
transaction. Bytes whose row never came to be are removed when the prepared file is left, and those
that a crash or an outer rollback left behind by `stored_orphans_remove`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media import accepted, direct, originals
from saleor_bespoke.media.claims import claims_check, name_check
from saleor_bespoke.media.clean import Cleaned, clean
from saleor_bespoke.media.deriving.models import Derivative
from saleor_bespoke.media.deriving.services import derivation_owe, derivatives_forget
from saleor_bespoke.media.foreign import archive_check
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.names import display_name
from saleor_bespoke.media.quotas import failure_count, room_check
from saleor_bespoke.media.recognise import HEAD_BYTES, FileKind, Purpose, recognise
from saleor_bespoke.media.refusals import forgotten_check, not_allowed, unreadable
from saleor_bespoke.media.scanning import scan
from saleor_bespoke.media.scratch import scratch_folder
from saleor_bespoke.media.store import bytes_delete, bytes_store, stored_names
from saleor_bespoke.project.models import BespokeProject

_CHUNK = 64 * 1024
_ORPHAN_SECONDS = 24 * 3600


@dataclass
class PreparedFile:
    """Cleaned bytes in the storage, waiting for their row. Leave it and unclaimed bytes go."""

    pk: UUID
    purpose: Purpose
    name: str
    facts: Cleaned
    storage_name: str
    came_as: FileKind
    came_size: int
    original_name: str = ""
    original_size: int = 0
    upload_pk: UUID | None = None  # the direct upload it came by, which may be tried again
    caller: str = ""  # who sent that
    _committed: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.caller and isinstance(error, BespokeError):
            failure_count(caller=self.caller)
        if not self._committed and not self._row_exists():
            bytes_delete(self.storage_name)
            if self.original_name:
                bytes_delete(self.original_name)

    def committed(self) -> None:
        """The row is there for good, so the bytes stay."""
        self._committed = True

    def _row_exists(self) -> bool:
        try:
            return BespokeFile.objects.filter(pk=self.pk).exists()
        except (DatabaseError, transaction.TransactionManagementError):
            return True  # nobody can tell now: the sweeper will


def file_prepare(
    *,
    uploaded: UploadedFile[bytes] | BinaryIO,
    purpose: Purpose,
    name: str | None = None,
    channel: str | None = None,
) -> PreparedFile:
    """Recognise, clean and store an upload, without the database.

    Use the answer as a context manager around the transaction that attaches it. Where the channel
    is not known yet, whatever some channel takes is prepared, and `file_attach` decides. Refusals:
    FILE_NAME_REFUSED, FILE_TOO_LARGE, FILE_KIND_NOT_ALLOWED, FILE_UNREADABLE.
    """
    called = name or getattr(uploaded, "name", None)
    name_check(called)
    with scratch_folder() as folder:
        path = folder / "upload"
        size = _receive(uploaded, path, accepted.max_bytes(purpose, channel))
        kind = _recognised(path, size)
        accepted.check(kind, size, purpose=purpose, channel=channel)
        claims_check(kind, name=called, content_type=getattr(uploaded, "content_type", None))
        scan(path)
        pk, sealed, came = uuid4(), None, ""
        if channel is not None and originals.kept(purpose.value, channel):
            sealed, came = path.with_suffix(".sealed"), _digest(path)
            originals.encrypt(path, sealed, of=pk)
        facts = clean(path, kind)
        prepared = PreparedFile(
            pk=pk,
            purpose=purpose,
            name=display_name(called, facts.kind),
            facts=facts,
            came_as=kind,
            came_size=size,
            storage_name=bytes_store(facts.path),
        )
        if sealed is not None and came != facts.sha256:
            prepared.original_name = bytes_store(sealed)
            prepared.original_size = sealed.stat().st_size
        return prepared


def file_attach(
    *, project: BespokeProject, prepared: PreparedFile, actor_ref: str, shared: bool
) -> BespokeFile:
    """Write the row of a prepared file, in the caller's transaction.

    What the project's channel does not take is refused, and everything once its customer was
    erased (PERSONAL_DATA_ERASED). The project's row is locked here, so that this, the cap on
    reference files (FILE_LIMIT_REACHED) and what may be stored in all (QUOTA_FILES_REACHED,
    QUOTA_BYTES_REACHED) hold under parallel uploads.
    """
    came = (prepared.came_as, prepared.came_size)
    accepted.check(*came, purpose=prepared.purpose, channel=project.channel)
    locked = BespokeProject.objects.select_for_update().get(pk=project.pk)
    forgotten_check(locked)
    facts = prepared.facts
    size = facts.size + prepared.original_size
    room_check(project=locked, caller=actor_ref, size=size, locked=True)
    if prepared.purpose is Purpose.REFERENCE:
        _check_room(locked)
    if prepared.upload_pk is not None:
        direct.upload_take(prepared.upload_pk)
    file = BespokeFile.objects.create(
        id=prepared.pk,
        project=project,
        purpose=prepared.purpose.value,
        kind=facts.kind.value,
        name=prepared.name,
        size=facts.size,
        sha256=facts.sha256,
        storage_name=prepared.storage_name,
        width=facts.width,
        height=facts.height,
        duration=facts.duration,
        original_name=prepared.original_name,
        original_size=prepared.original_size,
        shared=shared,
        uploaded_by=actor_ref,
        created_at=clock.now(),
    )
    derivation_owe(file=file)
    transaction.on_commit(prepared.committed)
    return file


def file_store(
    *,
    project: BespokeProject,
    uploaded: UploadedFile[bytes] | BinaryIO,
    purpose: Purpose,
    actor_ref: str,
    shared: bool,
    name: str | None = None,
) -> BespokeFile:
    """Prepare and attach an upload in one go, for callers that hold no lock."""
    channel = project.channel
    with (
        file_prepare(uploaded=uploaded, purpose=purpose, name=name, channel=channel) as prepared,
        transaction.atomic(),
    ):
        return file_attach(project=project, prepared=prepared, actor_ref=actor_ref, shared=shared)


@transaction.atomic
def file_erase(*, file: BespokeFile) -> None:
    """Forget a file's name at once and its bytes on commit; facts and digest stay for receipts."""
    row = BespokeFile.objects.select_for_update().get(pk=file.pk)
    if row.erased_at is None:
        row.erased_at, row.name = clock.now(), ""
        row.save(update_fields=["erased_at", "name"])
        derived = derivatives_forget(file=row)
        transaction.on_commit(lambda: stored_delete(row, derived), robust=True)  # else swept


def stored_delete(file: BespokeFile, derived: Iterable[str] = ()) -> None:
    """Remove what the storage holds of a file; doing it twice is no error."""
    bytes_delete(file.storage_name)
    for storage_name in derived:
        bytes_delete(storage_name)
    if file.original_name:
        bytes_delete(file.original_name)


def stored_orphans_remove() -> int:
    """Remove bytes older than a day that belong to no live row; answers how many."""
    old = list(stored_names(older_than_seconds=_ORPHAN_SECONDS))
    live = BespokeFile.objects.filter(erased_at=None)
    orphans = set(old)
    for column in ("storage_name", "original_name"):
        kept = live.filter(**{f"{column}__in": old})
        orphans -= set(kept.values_list(column, flat=True))
    derived = Derivative.objects.filter(storage_name__in=old)
    orphans -= set(derived.values_list("storage_name", flat=True))
    for storage_name in orphans:
        bytes_delete(storage_name)
    return len(orphans)


def _check_room(project: BespokeProject) -> None:
    most = conf.policy(project.channel).reference_files_max
    present = BespokeFile.objects.filter(
        project=project, purpose=Purpose.REFERENCE.value, erased_at=None
    ).count()
    if present >= most:
        raise BespokeError(
            ErrorCode.FILE_LIMIT_REACHED,
            f"A commission can have at most {most} reference files.",
            field="file",
        )


def _receive(uploaded: UploadedFile[bytes] | BinaryIO, path: Path, most: int) -> int:
    """Copy an upload to `path`, never more than allowed; answers its size."""
    size = 0
    with path.open("wb") as copy:
        for chunk in _chunks(uploaded):
            size += len(chunk)
            if size > most:
                raise accepted.too_large(most)
            copy.write(chunk)
    if not size:
        raise unreadable("This file is empty.")
    return size


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recognised(path: Path, size: int) -> FileKind:
    with path.open("rb") as file:
        kind = recognise(file.read(HEAD_BYTES), size)
        if kind is None:
            raise not_allowed("This is not a kind of file we know.")
        archive_check(file, size)
    return kind


def _chunks(uploaded: UploadedFile[bytes] | BinaryIO) -> Iterable[bytes] | Iterator[bytes]:
    if isinstance(uploaded, UploadedFile):
        return uploaded.chunks(_CHUNK)
    uploaded.seek(0)
    return iter(lambda: uploaded.read(_CHUNK), b"")
