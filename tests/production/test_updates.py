"""News from the bench, and the reminder when there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from saleor_bespoke import clock
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.production.updates import progress_due_mark, progress_update_post
from saleor_bespoke.tasks import clocks
from tests.journey import samples
from tests.making import finish_making, photo, prepared
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db


def open_reasons(project: BespokeProject) -> list[str]:
    return list(project.attentions.filter(resolved_at=None).values_list("reason", flat=True))


def test_a_shared_update_is_told(project_on_bench: BespokeProject, staff: Actor) -> None:
    files = [
        prepared(samples.phone_jpeg(), Purpose.PROGRESS),
        prepared(samples.short_video_mp4(), Purpose.PROGRESS),
    ]

    update = progress_update_post(
        actor=staff, project_pk=project_on_bench.pk, text=" Cast! ", shared=True, prepared=files
    )

    assert (update.text, update.author_name) == ("Cast!", staff.name)
    kept = update.files.all()
    assert {file.kind for file in kept} == {"JPEG", "MP4"}
    assert all(file.shared for file in kept)
    event = project_on_bench.events.get(kind="ProgressUpdatePosted")
    assert event.shared
    assert "Cast" not in str(event.payload)
    assert event.deliveries.filter(handler="letter_send").exists()


def test_an_internal_note_is_kept(project_on_bench: BespokeProject, staff: Actor) -> None:
    note = progress_update_post(
        actor=staff,
        project_pk=project_on_bench.pk,
        text="A pore, to be filled",
        shared=False,
        prepared=[prepared(photo(), Purpose.PROGRESS)],
    )

    assert not note.files.get().shared
    event = project_on_bench.events.get(kind="ProgressNoteKept")
    assert not event.shared
    assert not event.deliveries.exists()


def test_an_update_says_something(project_on_bench: BespokeProject, staff: Actor) -> None:
    with refuses("REQUIRED", field="text"):
        progress_update_post(actor=staff, project_pk=project_on_bench.pk, text=" \n", shared=True)
    with refuses("INVALID", field="text"):
        progress_update_post(
            actor=staff, project_pk=project_on_bench.pk, text="x" * 4001, shared=True
        )
    files = [prepared(photo(), Purpose.PROGRESS) for _ in range(11)]
    with refuses("INVALID", field="photos"):
        progress_update_post(
            actor=staff, project_pk=project_on_bench.pk, text="x", shared=True, prepared=files
        )


def test_updates_begin_with_the_design(project: BespokeProject, staff: Actor) -> None:
    with refuses("STAGE_FORBIDS"):
        progress_update_post(actor=staff, project_pk=project.pk, text="Hello", shared=True)


def test_a_week_of_silence_is_noticed_once(project_on_bench: BespokeProject, staff: Actor) -> None:
    began = clock.now()
    with time_machine.travel(began + timedelta(days=6, hours=23)), nothing_changes():
        assert progress_due_mark() == 0

    with time_machine.travel(began + timedelta(days=7, minutes=1)):
        assert clocks() == 1
        with nothing_changes():
            assert progress_due_mark() == 0
    assert open_reasons(project_on_bench) == ["UPDATE_DUE"]

    with time_machine.travel(began + timedelta(days=8)):
        progress_update_post(
            actor=staff, project_pk=project_on_bench.pk, text="Hidden", shared=False
        )
        assert open_reasons(project_on_bench) == ["UPDATE_DUE"]
        progress_update_post(actor=staff, project_pk=project_on_bench.pk, text="Cast", shared=True)
        assert open_reasons(project_on_bench) == []
    with time_machine.travel(began + timedelta(days=14, hours=23)):
        assert progress_due_mark() == 0
    with time_machine.travel(began + timedelta(days=15, minutes=1)):
        assert progress_due_mark() == 1


def test_a_made_piece_needs_no_news(project_on_bench: BespokeProject, staff: Actor) -> None:
    began = clock.now()
    with time_machine.travel(began + timedelta(days=8)):
        assert progress_due_mark() == 1
        finish_making(project_on_bench, staff)
        assert open_reasons(project_on_bench) == []
        assert progress_due_mark() == 0
