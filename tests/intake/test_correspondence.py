"""Reference files and messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.models import ReferenceFile
from saleor_bespoke.steps.intake.services import (
    message_send,
    reference_file_add,
    reference_file_remove,
)
from tests.support import nothing_changes, race, refuses

Prepare = Callable[..., PreparedFile]


def test_reference_file_add(project: BespokeProject, guest: Actor, prepared: Prepare) -> None:
    row = reference_file_add(
        actor=guest, project_pk=project.pk, prepared=prepared(1), caption="Her style"
    )
    assert (row.position, row.caption, row.file.kind) == (1, "Her style", "PNG")
    assert row.file.purpose == "REFERENCE"
    event = project.events.get(kind="ReferenceFileAdded")
    assert event.payload["sha256"] == row.file.sha256
    assert "Her style" not in str(event.payload)


def test_the_same_file_is_kept_once(
    project: BespokeProject, customer: Actor, prepared: Prepare
) -> None:
    first = reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(1))
    with nothing_changes():
        again = reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(1))
    assert again == first


def test_the_eleventh_file_is_refused_until_a_place_is_free(
    project: BespokeProject, customer: Actor, prepared: Prepare
) -> None:
    rows = [
        reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(shade))
        for shade in range(10)
    ]
    assert [row.position for row in rows] == list(range(1, 11))
    with refuses("FILE_LIMIT_REACHED", field="file"):
        reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(10))
    reference_file_remove(actor=customer, reference_pk=rows[3].pk)
    row = reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(10))
    assert row.position == 4


@pytest.mark.parametrize("shared", [True])
@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_uploads_fill_exactly_ten_places(
    project: BespokeProject, customer: Actor, prepared: Prepare, shared: bool
) -> None:
    files = [prepared(shade) for shade in range(20)]

    def add(file: PreparedFile) -> ReferenceFile:
        return reference_file_add(actor=customer, project_pk=project.pk, prepared=file)

    answers = race(*[lambda file=file: add(file) for file in files])
    refused = [answer for answer in answers if isinstance(answer, BespokeError)]
    kept = [answer for answer in answers if isinstance(answer, ReferenceFile)]
    assert sorted(row.position for row in kept) == list(range(1, 11))
    assert {str(error.code) for error in refused} == {"FILE_LIMIT_REACHED"}
    assert (len(refused), BespokeFile.objects.filter(purpose="REFERENCE").count()) == (10, 10)


@pytest.mark.django_db(transaction=True)
def test_the_database_has_ten_places_even_without_the_lock(project: BespokeProject) -> None:
    """The control: what the constraint holds when nobody counts."""
    from django.db import IntegrityError, transaction

    def place(position: int) -> ReferenceFile:
        with transaction.atomic():
            pk = uuid4()
            file = BespokeFile.objects.create(
                id=pk,
                project=project,
                purpose="REFERENCE",
                kind="PNG",
                name="x.png",
                size=1,
                sha256="0" * 64,
                storage_name=str(pk),
                shared=True,
                uploaded_by="x",
                created_at=clock.now(),
            )
            return ReferenceFile.objects.create(project=project, file=file, position=position)

    answers = race(*[lambda: place(1)] * 5, lambda: place(11))
    assert sum(isinstance(answer, ReferenceFile) for answer in answers) == 1
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 5


def test_reference_file_remove(
    project: BespokeProject, customer: Actor, other_customer: Actor, prepared: Prepare
) -> None:
    row = reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(1))
    for pk in (row.pk, uuid4(), "x"):
        with refuses("NOT_FOUND"):
            reference_file_remove(actor=other_customer, reference_pk=pk)
    reference_file_remove(actor=customer, reference_pk=row.pk)
    assert not project.references.exists()
    assert BespokeFile.objects.get(pk=row.file_id).erased_at is not None
    with refuses("NOT_FOUND"):
        reference_file_remove(actor=customer, reference_pk=row.pk)


def test_strangers_add_nothing(
    project: BespokeProject, other_customer: Actor, prepared: Prepare
) -> None:
    for stranger in (ANONYMOUS, other_customer):
        with refuses("NOT_FOUND"):
            reference_file_add(actor=stranger, project_pk=project.pk, prepared=prepared(1))
        with refuses("NOT_FOUND"):
            message_send(actor=stranger, project_pk=project.pk, text="Hello")


# messages -----------------------------------------------------------------------------------------


def test_message_send_both_ways(
    project: BespokeProject, guest: Actor, staff: Actor, prepared: Prepare
) -> None:
    picture = prepared(1, Purpose.MESSAGE)
    asked = message_send(actor=guest, project_pk=project.pk, text="Like this?", prepared=[picture])
    answered = message_send(actor=staff, project_pk=project.pk, text="Yes.")
    assert (asked.author_kind, asked.author_name) == ("GUEST", project.contact_name)
    assert (answered.author_kind, answered.author_name) == ("STAFF", staff.name)
    assert [file.sha256 for file in asked.files.all()] == [picture.facts.sha256]
    events = project.events.filter(kind="MessageSent")
    assert events.count() == 2
    assert all(event.shared for event in events)
    assert "Like this" not in str(list(events.values_list("payload", flat=True)))


def test_notes_stay_inside(
    project: BespokeProject, customer: Actor, staff: Actor, prepared: Prepare
) -> None:
    note = message_send(
        actor=staff,
        project_pk=project.pk,
        text="Careful.",
        prepared=[prepared(1, Purpose.MESSAGE)],
        internal=True,
    )
    assert note.shared is False
    assert note.files.get().shared is False
    assert project.events.get(kind="InternalNoteWritten").shared is False
    with refuses("INVALID", field="internal"):
        message_send(actor=customer, project_pk=project.pk, text="Psst.", internal=True)


@pytest.mark.parametrize(
    ("text", "code"), [("", "REQUIRED"), ("x" * 5001, "INVALID"), ("\x1b[2J", "INVALID")]
)
def test_message_send_refused(
    project: BespokeProject, customer: Actor, text: str, code: str
) -> None:
    with refuses(code, field="text"):
        message_send(actor=customer, project_pk=project.pk, text=text)


def test_six_attachments_are_refused(
    project: BespokeProject, customer: Actor, prepared: Prepare
) -> None:
    files = [prepared(shade, Purpose.MESSAGE) for shade in range(6)]
    with refuses("FILE_LIMIT_REACHED", field="attachments"):
        message_send(actor=customer, project_pk=project.pk, text="All", prepared=files)
    assert (
        message_send(
            actor=customer, project_pk=project.pk, text="", prepared=files[:5]
        ).files.count()
        == 5
    )


def test_a_double_click_says_it_once(
    project: BespokeProject, customer: Actor, staff: Actor, prepared: Prepare
) -> None:
    def say(actor: Actor, shade: int = 1) -> object:
        files = [prepared(shade, Purpose.MESSAGE)]
        return message_send(actor=actor, project_pk=project.pk, text="Hi", prepared=files)

    first = say(customer)
    with nothing_changes():
        assert say(customer) == first
    assert say(customer, shade=2) != first
    assert say(staff, shade=2) != first
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert say(staff, shade=2) != first
    assert project.messages.count() == 4
