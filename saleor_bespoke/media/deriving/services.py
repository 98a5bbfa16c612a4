"""Derive from stored files outside of requests: claim, make, keep; each once, after any crash.

A claim is a lease of this database session. Pieces are stored before their rows are written, all
in one transaction; what a crash leaves without rows is removed by `stored_orphans_remove`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from time import monotonic

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from saleor_bespoke import clock
from saleor_bespoke.craft.file_kinds import FileKind
from saleor_bespoke.media.deriving.extras import missing_sentence, present_extras
from saleor_bespoke.media.deriving.models import Derivation, DerivationState, Derivative
from saleor_bespoke.media.deriving.results import Derived, ExtraMissing, NotDerivable
from saleor_bespoke.media.deriving.running import SECONDS_MAX, Interrupted, derive_apart
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.scratch import BytesMissing, fetch, scratch_folder
from saleor_bespoke.media.store import bytes_delete, bytes_store
from saleor_bespoke.project import leases
from saleor_bespoke.project.turns import turn_take

logger = logging.getLogger(__name__)

#: Longer than any file takes, with its way from and to a storage that is far away.
LEASE = timedelta(seconds=SECONDS_MAX + 300)
ATTEMPTS_MAX = 5
#: Seconds before the second try, four times as long before each further one.
_PAUSE = 60
#: How long after an extra was missing it is looked for again.
_EXTRA_PAUSE = timedelta(days=1)
#: Files derived from at the same time by all workers together, so that other tasks find a place.
PARALLEL = 2

_PENDING = DerivationState.PENDING
_FAILED = DerivationState.FAILED
_UNAVAILABLE = DerivationState.UNAVAILABLE


def derivation_owe(*, file: BespokeFile) -> None:
    """Note that something is to be derived from a new file, in the transaction of its row."""
    Derivation.objects.create(file=file, state=_PENDING, due_at=file.created_at)


def derivatives_make(seconds: float = 30) -> int:
    """Derive from the files that are due; how many are ready. Begins none after these seconds."""
    until, made = monotonic() + seconds, 0
    _revive()
    while monotonic() < until and (claimed := _claim()) is not None:
        made += _derive(claimed)
    return made


@transaction.atomic
def derivations_retry() -> int:
    """Try anew what failed, e.g. after a storage came back or an extra; how many files."""
    return _due_again(Derivation.objects.filter(state__in=(_FAILED, _UNAVAILABLE)))


def derivatives_forget(*, file: BespokeFile) -> list[str]:
    """Drop what was derived from an erased file; the names of the bytes to delete on commit.

    For the transaction that erases the file and holds the lock on its row.
    """
    names = list(Derivative.objects.filter(file=file).values_list("storage_name", flat=True))
    Derivative.objects.filter(file=file).delete()
    Derivation.objects.filter(file=file).delete()
    return names


def _revive() -> None:
    """What waited for an extra that seems to be there now is tried, at most once a day."""
    waiting = Derivation.objects.filter(state=_UNAVAILABLE, needs__in=present_extras())
    _due_again(waiting.filter(due_at__lte=clock.now()))


def _due_again(rows: QuerySet[Derivation]) -> int:
    return rows.update(state=_PENDING, needs="", reason="", attempts=0, due_at=clock.now())


def _claim() -> Derivation | None:
    """Lease the file that is due for the longest time; None if there is none, or no place."""
    now = clock.now()
    pending = Derivation.objects.filter(state=_PENDING)
    free = leases.free(Derivation, now)
    with transaction.atomic():
        turn_take("deriving")  # one worker at a time counts the places and takes one
        if pending.filter(leased_until__gte=now).exclude(free).count() >= PARALLEL:
            return None
        due = pending.filter(free, due_at__lte=now).select_for_update(skip_locked=True)
        found = due.order_by("due_at", "pk").first()
        if found is None:
            return None
        found.attempts += 1
        held = leases.taken(now + LEASE)
        Derivation.objects.filter(pk=found.pk).update(attempts=found.attempts, **held)
    return found


def _derive(claimed: Derivation) -> bool:
    """Derive from a claimed file and say what became of it; whether its pieces are there now."""
    if claimed.attempts > ATTEMPTS_MAX:  # only who dies leaves it without a word
        return _settle(claimed, reason="Every process that tried this ended before it was done.")
    stored: list[str] = []
    try:
        with scratch_folder() as folder:
            pieces, derived = _made(claimed, folder, stored)
        if kept := _keep(claimed, derived, pieces):
            stored = []
        return kept
    except NotDerivable as refusal:
        return _settle(claimed, reason=refusal.reason)
    except ExtraMissing as missing:
        return _settle(claimed, reason=missing_sentence(missing.extra), needs=missing.extra)
    except Interrupted as interruption:
        return _retry(claimed, interruption.reason)
    except DatabaseError:
        stored = []  # whether the rows are there nobody can tell now: the sweeper will
        raise
    except Exception as error:  # a storage may raise anything; the other files go on
        logger.exception("Deriving from file %s failed", claimed.file_id)
        return _retry(claimed, f"This file or its storage cannot be read ({type(error).__name__}).")
    finally:
        for name in stored:
            bytes_delete(name)


def _made(claimed: Derivation, folder: Path, stored: list[str]) -> tuple[list[Derivative], Derived]:
    """Make the pieces and store their bytes, whose names are added to `stored`."""
    file = BespokeFile.objects.get(pk=claimed.file_id)
    target = folder / "derived"
    target.mkdir()
    source = folder / "file"
    try:
        fetch(file.storage_name, source)
    except BytesMissing:
        raise NotDerivable("The bytes of this file are lost.") from None
    derived = derive_apart(source, FileKind(file.kind), target)
    pieces = []
    for piece in derived.pieces:
        path = target / piece.name
        stored.append(bytes_store(path))
        pieces.append(
            Derivative(
                file=file,
                role=piece.role,
                kind=piece.kind,
                size=path.stat().st_size,
                storage_name=stored[-1],
                width=piece.width,
                height=piece.height,
                frames=piece.frames,
                columns=piece.columns,
            )
        )
    return pieces, derived


@transaction.atomic
def _keep(claimed: Derivation, derived: Derived, pieces: Iterable[Derivative]) -> bool:
    """Write the rows, unless the file was erased or another one did it; whether they are ours.

    The file's row is locked first, as whoever erases it does.
    """
    file = BespokeFile.objects.select_for_update().filter(pk=claimed.file_id, erased_at=None)
    if not file.exists() or not _still_ours(claimed):
        return False
    Derivative.objects.bulk_create(pieces)
    _ours(claimed).update(
        state=DerivationState.READY,
        reason="",
        placeholder=derived.placeholder,
        pages=derived.pages,
        duration=derived.duration,
        derived_at=clock.now(),
        **leases.RETURNED,
    )
    return True


def _still_ours(claimed: Derivation) -> bool:
    return _ours(claimed).select_for_update().first() is not None


def _ours(claimed: Derivation) -> QuerySet[Derivation]:
    """The claimed row, unless somebody claimed it since or settled it."""
    return Derivation.objects.filter(pk=claimed.pk, state=_PENDING, attempts=claimed.attempts)


def _settle(claimed: Derivation, *, reason: str, needs: str = "") -> bool:
    _ours(claimed).update(
        state=_UNAVAILABLE if needs else _FAILED,
        reason=reason[:255],
        needs=needs,
        due_at=clock.now() + _EXTRA_PAUSE,
        **leases.RETURNED,
    )
    if not needs:
        logger.warning("Nothing is derived from file %s: %s", claimed.file_id, reason)
    return False


def _retry(claimed: Derivation, reason: str) -> bool:
    """Try again later, or no more."""
    if claimed.attempts >= ATTEMPTS_MAX:
        return _settle(claimed, reason=reason)
    pause = timedelta(seconds=_PAUSE * 4 ** (claimed.attempts - 1))
    _ours(claimed).update(due_at=clock.now() + pause, reason=reason[:255], **leases.RETURNED)
    return False
