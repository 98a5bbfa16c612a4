"""Deriving outside of requests: once, whoever tries, and never for ever."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from saleor_bespoke import clock
from saleor_bespoke.media.deriving import services
from saleor_bespoke.media.deriving.models import Derivation, Derivative
from saleor_bespoke.media.deriving.services import derivations_retry, derivatives_make
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_erase, file_store, stored_orphans_remove
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_project
from tests.journey import samples
from tests.media.test_services import kept, upload
from tests.support import race, wait_until_blocking

PHOTO = samples.phone_jpeg()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


def store(
    project: BespokeProject, content: bytes = PHOTO, purpose: Purpose = Purpose.REFERENCE
) -> BespokeFile:
    return file_store(
        project=project,
        uploaded=upload(content, "piece"),
        purpose=purpose,
        actor_ref="user:1",
        shared=True,
    )


def stands(file: BespokeFile) -> Derivation:
    return Derivation.objects.get(file=file)


def test_a_new_file_owes_its_derivation_and_the_request_makes_nothing(
    project: BespokeProject, folder: Path
) -> None:
    file = store(project)
    assert (stands(file).state, stands(file).attempts) == ("PENDING", 0)
    assert len(kept(folder)) == 1
    assert not Derivative.objects.exists()


def test_derivatives_make(project: BespokeProject, folder: Path) -> None:
    file = store(project)
    assert derivatives_make() == 1
    row = stands(file)
    assert (row.state, row.reason, row.attempts, row.leased_by) == ("READY", "", 1, None)
    assert row.placeholder.startswith("data:image/webp;base64,")
    pieces = list(file.derivatives.all())
    assert {(piece.role, piece.width) for piece in pieces} == {
        ("PREVIEW", 320),
        ("PREVIEW", 960),
        ("PREVIEW", 1224),
    }
    for piece in pieces:
        with private_storage().open(piece.storage_name) as stored:
            assert len(stored.read()) == piece.size
    assert len(kept(folder)) == 1 + len(pieces)
    # and again is nothing
    assert derivatives_make() == 0
    assert len(kept(folder)) == 1 + len(pieces)


def test_the_oldest_comes_first_and_time_is_limited(project: BespokeProject) -> None:
    files = [store(project) for _ in range(3)]
    assert derivatives_make(seconds=0.001) <= 1
    derivatives_make()
    derived = [stands(file).derived_at for file in files]
    assert derived == sorted(derived, key=str)


@pytest.mark.django_db(transaction=True)
def test_two_workers_derive_once(folder: Path) -> None:
    project, _ = make_project()
    files = [store(project) for _ in range(2)]
    made = race(derivatives_make, derivatives_make, derivatives_make)
    assert sum(made) == 2, made
    assert {stands(file).attempts for file in files} == {1}
    assert len(kept(folder)) == 2 + Derivative.objects.count()


@pytest.mark.django_db(transaction=True)
def test_only_so_many_at_a_time(folder: Path) -> None:
    project, _ = make_project()
    for _ in range(services.PARALLEL + 1):
        store(project)
    claimed = [services._claim() for _ in range(services.PARALLEL + 1)]
    assert [row is not None for row in claimed] == [True] * services.PARALLEL + [False]


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one_of_two_who_claim_at_once(folder: Path) -> None:
    # given one free place, and a worker that has claimed it and did not commit yet
    project, _ = make_project()
    for _ in range(services.PARALLEL + 1):
        store(project)
    for _ in range(services.PARALLEL - 1):
        assert services._claim() is not None
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            assert services._claim() is not None
            # when another one comes
            too_late = other.submit(_claim_elsewhere)
            wait_until_blocking()
        # then it waits, and finds no place
        assert too_late.result(30) is None


def _claim_elsewhere() -> Derivation | None:
    try:
        return services._claim()
    finally:
        connections.close_all()


def test_the_database_refuses_a_piece_twice(project: BespokeProject) -> None:
    file = store(project)
    mesh = {"file": file, "role": "MESH", "kind": "GLB", "size": 1}
    Derivative.objects.create(storage_name="a", **mesh)
    with pytest.raises(IntegrityError, match="bespoke_derivative_once"), transaction.atomic():
        Derivative.objects.create(storage_name="b", **mesh)


# who loses ------------------------------------------------------------------------------------


def test_whoever_lost_the_lease_keeps_nothing(project: BespokeProject, folder: Path) -> None:
    # given a worker that is slow, and whose lease is over
    file = store(project)
    slow = services._claim()
    assert slow is not None
    Derivation.objects.filter(pk=slow.pk).update(leased_until=None, leased_by=None)
    assert derivatives_make() == 1
    before = set(kept(folder))
    # when it comes to its end
    assert services._derive(slow) is False
    # then nothing is there twice
    assert set(kept(folder)) == before
    assert stands(file).attempts == 2


def test_erased_while_it_is_derived(
    project: BespokeProject,
    folder: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file = store(project)
    claimed = services._claim()
    assert claimed is not None
    (folder.parent / "target").mkdir()
    stored: list[str] = []
    pieces, derived = services._made(claimed, folder.parent / "target", stored)
    with django_capture_on_commit_callbacks(execute=True):
        file_erase(file=file)
    assert services._keep(claimed, derived, pieces) is False
    assert not Derivative.objects.exists()
    # and the whole way leaves nothing behind
    for name in stored:
        private_storage().delete(name)
    assert services._derive(claimed) is False
    assert kept(folder) == []


def test_erased_with_its_file(
    project: BespokeProject,
    folder: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file, other = store(project), store(project)
    assert derivatives_make() == 2
    remaining = 1 + other.derivatives.count()
    with django_capture_on_commit_callbacks(execute=True):
        file_erase(file=file)
    assert len(kept(folder)) == remaining
    assert not Derivation.objects.filter(file=file).exists()
    assert not Derivative.objects.filter(file=file).exists()


def test_derived_bytes_are_no_orphans_but_those_without_a_row_are(
    project: BespokeProject, folder: Path
) -> None:
    store(project)
    derivatives_make()
    lost = Derivative.objects.order_by("width")[0]
    Derivative.objects.filter(pk=lost.pk).delete()
    before = len(kept(folder))
    for path in kept(folder):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert stored_orphans_remove() == 1
    assert len(kept(folder)) == before - 1
    assert not private_storage().exists(lost.storage_name)


# what cannot be derived -----------------------------------------------------------------------


def test_what_has_no_picture_is_marked_with_a_reason_at_once(project: BespokeProject) -> None:
    step = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=X();\nENDSEC;\nEND-ISO-10303-21;\n"
    file = store(project, step, Purpose.CAD)
    assert derivatives_make() == 0
    row = stands(file)
    assert (row.state, row.attempts, row.leased_by) == ("FAILED", 1, None)
    assert "STL" in row.reason
    with time_machine.travel(clock.now() + timedelta(days=400), tick=False):
        assert derivatives_make() == 0
    assert stands(file).attempts == 1


def test_lost_bytes_are_a_reason(project: BespokeProject, folder: Path) -> None:
    file = store(project)
    [path] = kept(folder)
    path.unlink()
    assert derivatives_make() == 0
    assert (stands(file).state, stands(file).reason) == (
        "FAILED",
        "The bytes of this file are lost.",
    )


def test_a_storage_that_fails_is_tried_a_few_times(project: BespokeProject, folder: Path) -> None:
    # given bytes that cannot be read
    file = store(project)
    [path] = kept(folder)
    content = path.read_bytes()
    path.unlink()
    path.mkdir()
    # when it is tried again and again
    moments = []
    now = clock.now()
    for minute in range(60 * 48):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            before = stands(file).attempts
            derivatives_make()
            if stands(file).attempts > before:
                moments.append(minute)
        if stands(file).state == "FAILED":
            break
    # then ever more rarely, and not for ever
    assert len(moments) == services.ATTEMPTS_MAX
    pauses = [there - here for here, there in pairwise(moments)]
    assert pauses == sorted(pauses)
    assert "cannot be read" in stands(file).reason
    # and staff may have it tried once more when the storage is back
    path.rmdir()
    path.write_bytes(content)
    said = StringIO()
    call_command("bespoke_derive", "--retry", stdout=said)
    assert stands(file).state == "READY"
    assert "derived from: 1" in said.getvalue()


def test_a_file_that_ends_every_process_is_given_up(project: BespokeProject) -> None:
    # given that every process that claimed it died without a word
    file = store(project)
    Derivation.objects.filter(file=file).update(attempts=services.ATTEMPTS_MAX)
    assert derivatives_make() == 0
    assert stands(file).state == "FAILED"
    assert "Every process" in stands(file).reason


def test_a_missing_extra_is_said_and_forgotten_once_it_is_there(
    project: BespokeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a shop without the extra
    file = store(project, samples.certificate_pdf("2141438171"), Purpose.CERTIFICATE)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "pypdfium2.py").write_text("raise ImportError('not here')")
    with monkeypatch.context() as without:
        without.syspath_prepend(str(tmp_path / "lib"))
        assert derivatives_make() == 0
        assert derivatives_make() == 0
    # then it says what is missing, and does not try again and again
    row = stands(file)
    assert (row.state, row.needs, row.attempts) == ("UNAVAILABLE", "pdf", 1)
    assert "saleor-bespoke[pdf]" in row.reason
    assert derivatives_make() == 0
    # when it is installed, then it is found within a day
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert derivatives_make() == 1
    row = stands(file)
    assert (row.state, row.reason, row.needs, row.pages) == ("READY", "", "", 1)


def test_or_when_staff_ask_for_it(project: BespokeProject) -> None:
    file = store(project)
    Derivation.objects.filter(file=file).update(
        state="UNAVAILABLE", needs="cad", due_at=clock.now() + timedelta(days=1)
    )
    assert derivations_retry() == 1
    assert derivatives_make() == 1


def test_one_bad_file_keeps_no_other_waiting(project: BespokeProject, folder: Path) -> None:
    bad = store(project)
    [path] = kept(folder)
    good = store(project)
    path.write_bytes(b"\xff\xd8\xff" + bytes(3000))
    assert derivatives_make() == 1
    assert (stands(bad).state, stands(good).state) == ("FAILED", "READY")
    assert stands(bad).reason == "This file could not be decoded."
