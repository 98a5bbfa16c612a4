"""Reports of meshes: made off the request, resumed after a kill, judged before publishing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from saleor_bespoke import clock, conf
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.steps.cad import measuring, services
from saleor_bespoke.steps.cad.models import CadView
from saleor_bespoke.steps.cad.report_models import CadReport, DesignPrint
from saleor_bespoke.steps.cad.services import reports
from saleor_bespoke.steps.cad.services.decisions import findings_on
from tests.cad.meshes import (
    add_drawings,
    add_mesh,
    draft,
    drawing,
    examined,
    mesh_shown,
    near,
    ordered_mm,
    publish,
    signet,
    upload,
)
from tests.shapes.generators import band, hollow_band, stl_bytes
from tests.support import database_url, refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


def codes(view: CadView) -> list[str]:
    return [it.found.code.value for it in findings_on(view.revision)]


def decided(view: CadView, code: str) -> bool:
    (found,) = (it for it in findings_on(view.revision) if it.found.code.value == code)
    return found.decided


def test_a_mesh_is_measured_off_the_request(paid_project: BespokeProject, staff: Actor) -> None:
    inner = ordered_mm(paid_project)
    known = band(inner, 1.7, 3.0)
    view = add_mesh(draft(paid_project, staff), staff, known.shape)
    assert view.report.state == "WAITING"

    assert services.reports_make() == 1
    assert services.reports_make() == 0

    report = CadReport.objects.get()
    assert (report.state, report.unit, report.watertight) == ("DONE", "mm", True)
    assert report.facts["guess"]["sure"]
    assert near(report.volume_mm3, known.volume or 0)
    assert near(report.wall_mm, 1.7)
    assert abs(float(report.inner_diameter_mm or 0) - inner) < 0.02
    assert DesignPrint.objects.get().shown is False
    assert TimelineEvent.objects.filter(kind="CadReportMade").count() == 1


def test_a_measured_mesh_stands_for_the_drawings(
    paid_project: BespokeProject, staff: Actor
) -> None:
    revision = mesh_shown(paid_project, staff, signet(ordered_mm(paid_project)).shape)

    assert revision.status == "PUBLISHED"
    assert DesignPrint.objects.get().shown is True


def test_what_is_not_measured_is_not_shown(paid_project: BespokeProject, staff: Actor) -> None:
    revision = draft(paid_project, staff)
    add_drawings(revision, staff, 1)
    view = add_mesh(revision, staff, signet(ordered_mm(paid_project)).shape)

    with refuses("REPORT_NOT_READY"):
        publish(revision, staff)
    services.reports_make()
    with refuses("UNIT_UNCONFIRMED"):
        publish(revision, staff)
    services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="mm")
    publish(revision, staff)


def test_another_unit_is_measured_anew(paid_project: BespokeProject, staff: Actor) -> None:
    inner = ordered_mm(paid_project)
    view = add_mesh(draft(paid_project, staff), staff, signet(inner).shape.scaled(0.1))
    services.reports_make()
    report = CadReport.objects.get()
    assert (report.unit, near(report.inner_diameter_mm, inner)) == ("cm", True)

    services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="inch")
    report.refresh_from_db()
    assert report.state == "WAITING"
    with refuses("REPORT_NOT_READY"):
        services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="cm")
    services.reports_make()
    report.refresh_from_db()
    assert near(report.inner_diameter_mm, inner * 2.54)
    services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="cm")
    with refuses("ALREADY_DONE"):
        services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="cm")


@pytest.mark.parametrize("fault", ["size", "form"])
def test_what_production_would_fail_at_stops(
    paid_project: BespokeProject, staff: Actor, fault: str
) -> None:
    inner = ordered_mm(paid_project)
    shape = signet(inner + 0.12).shape if fault == "size" else signet(inner).shape
    if fault == "form":
        shape = Shape(shape.vertices, shape.faces[:-2])
    revision = draft(paid_project, staff)
    view = examined(add_mesh(revision, staff, shape), staff)
    code = "WRONG_SIZE" if fault == "size" else "NOT_WATERTIGHT"
    assert codes(view) == [code]

    with refuses("MESH_UNFIT"):
        publish(revision, staff)
    with refuses("INVALID", field="codes"):
        services.cad_decision_record(
            actor=staff, revision_pk=revision.pk, codes=[code], reason="It will do."
        )
    services.cad_view_remove(actor=staff, view_pk=view.pk)
    add_drawings(revision, staff, 2)
    publish(revision, staff)
    assert revision.views.count() == 3


def test_a_tenth_of_a_millimetre_is_allowed(paid_project: BespokeProject, staff: Actor) -> None:
    shape = signet(ordered_mm(paid_project) - 0.095).shape
    assert mesh_shown(paid_project, staff, shape).status == "PUBLISHED"


def test_a_thin_wall_needs_a_recorded_decision(paid_project: BespokeProject, staff: Actor) -> None:
    revision = draft(paid_project, staff)
    shape = hollow_band(ordered_mm(paid_project), 1.8, 4.0, 0.5).shape
    view = examined(add_mesh(revision, staff, shape), staff)
    assert codes(view) == ["WALL_TOO_THIN"]

    with refuses("FINDING_OPEN") as refusal:
        publish(revision, staff)
    assert "0.50 mm" in refusal.value.message
    decide = {"actor": staff, "revision_pk": revision.pk, "codes": ["WALL_TOO_THIN"]}
    with refuses("REQUIRED", field="reason"):
        services.cad_decision_record(**decide, reason=" ")
    with refuses("FINDING_UNKNOWN", field="codes"):
        services.cad_decision_record(**decide | {"codes": ["NO_FINGER_HOLE"]}, reason="Why not")
    (row,) = services.cad_decision_record(**decide, reason="Hollow by design, filled by laser.")
    assert (row.actor_ref, row.subject) == (staff.ref, view.pk)
    with refuses("FINDING_UNKNOWN"):
        services.cad_decision_record(**decide, reason="Twice")
    publish(revision, staff)
    assert TimelineEvent.objects.get(kind="CadDecisionRecorded").payload["codes"] == [
        "WALL_TOO_THIN"
    ]


def test_a_decision_holds_for_the_measures_it_was_made_on(
    paid_project: BespokeProject, staff: Actor
) -> None:
    """Another unit is confirmed: the wall that somebody answered for is not the one there is."""
    revision = draft(paid_project, staff)
    shape = hollow_band(ordered_mm(paid_project), 1.8, 4.0, 0.5).shape.scaled(0.1)
    view = examined(add_mesh(revision, staff, shape), staff, unit="cm")
    decide = {"actor": staff, "revision_pk": revision.pk, "codes": ["WALL_TOO_THIN"]}
    (first,) = services.cad_decision_record(**decide, reason="Half a millimetre will do.")
    assert first.facts == {"wall": str(CadReport.objects.get().wall_mm), "least": "0.70"}
    assert decided(view, "WALL_TOO_THIN")

    examined(view, staff, unit="mm")
    assert near(CadReport.objects.get().wall_mm, 0.05, share=0.05)
    assert not decided(view, "WALL_TOO_THIN")
    services.cad_decision_record(**decide, reason="So will a twentieth of one.")
    assert decided(view, "WALL_TOO_THIN")

    examined(view, staff, unit="cm")
    assert decided(view, "WALL_TOO_THIN"), "what was seen once need not be seen again"


def test_a_decision_about_metal_holds_for_the_sum_it_was_made_on(
    paid_project: BespokeProject, staff: Actor
) -> None:
    revision = draft(paid_project, staff)
    heavy = band(ordered_mm(paid_project), 3.5, 12.0).shape
    view = examined(add_mesh(revision, staff, heavy), staff)
    services.cad_decision_record(
        actor=staff, revision_pk=revision.pk, codes=["METAL_ABOVE_QUOTE"], reason="The house pays."
    )
    assert decided(view, "METAL_ABOVE_QUOTE")

    report = CadReport.objects.get()
    assert report.volume_mm3
    CadReport.objects.update(volume_mm3=report.volume_mm3 * 2)

    assert not decided(view, "METAL_ABOVE_QUOTE")
    with refuses("FINDING_OPEN"):
        publish(revision, staff)


def test_the_threshold_is_the_channels(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = conf.policy(paid_project.channel)
    thin = {"gold_18k_yellow": Decimal("0.40")}
    monkeypatch.setattr(conf, "_policy", lambda _: replace(policy, wall_min_by_alloy=thin))
    shape = hollow_band(ordered_mm(paid_project), 1.8, 4.0, 0.5).shape
    alloy = paid_project.quotes.get(status="ACCEPTED").accepted_alternative.specification["alloy"]

    view = examined(add_mesh(draft(paid_project, staff), staff, shape), staff)

    assert codes(view) == ([] if alloy in thin else ["WALL_TOO_THIN"])


def test_metal_beyond_the_quote_is_answered_for(paid_project: BespokeProject, staff: Actor) -> None:
    quoted = paid_project.quotes.get(status="ACCEPTED").accepted_alternative.lines.filter(
        material__kind="METAL"
    )
    assert quoted.exists()
    revision = draft(paid_project, staff)
    heavy = band(ordered_mm(paid_project), 3.5, 12.0).shape
    view = examined(add_mesh(revision, staff, heavy), staff)

    assert codes(view) == ["METAL_ABOVE_QUOTE"]
    with refuses("FINDING_OPEN"):
        publish(revision, staff)


def test_what_cannot_be_read_ends_with_its_reason(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = draft(paid_project, staff)
    view = add_mesh(revision, staff, signet(ordered_mm(paid_project)).shape)
    from saleor_bespoke.media.store import bytes_delete

    bytes_delete(view.file.storage_name)

    assert services.reports_make() == 1
    report = CadReport.objects.get()
    assert (report.state, report.reason) == (
        "UNREADABLE",
        "The file is missing from the storage.",
    )
    assert codes(view) == ["NOT_MEASURED"]
    with refuses("REPORT_NOT_READY"):
        services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="mm")


def test_tries_are_bounded(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that does not answer in time is ended each time, and then the report is."""
    monkeypatch.setattr(measuring, "PATIENCE", 0.05)
    monkeypatch.setattr(reports, "RETRY", reports.timedelta(0))
    add_mesh(draft(paid_project, staff), staff, signet(ordered_mm(paid_project)).shape)

    assert services.reports_make() == 1
    report = CadReport.objects.get()
    assert (report.state, report.attempts) == ("UNREADABLE", reports.ATTEMPTS_MAX)
    assert report.reason == "This file could not be examined, however often it was tried."
    assert services.reports_make() == 0


def test_a_storage_that_fails_is_tried_ever_more_rarely(
    paid_project: BespokeProject, staff: Actor, files_folder: Path
) -> None:
    """Two hours of a dead storage end a report; the other files go on, and it can be retried."""
    view = add_mesh(draft(paid_project, staff), staff, signet(ordered_mm(paid_project)).shape)
    path = Path(private_storage().path(view.file.storage_name))
    content = path.read_bytes()
    path.unlink()
    path.mkdir()
    with upload(drawing(1), "view.png") as prepared:
        services.cad_view_add(
            actor=staff, revision_pk=view.revision_id, view="TOP", prepared=prepared
        )
    assert services.reports_make() == 1, "the picture behind it"

    moments, now = [0], clock.now()
    for minute in range(1, 60 * 24):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            before = CadReport.objects.get(view=view).attempts
            services.reports_make()
            report = CadReport.objects.get(view=view)
        if report.attempts > before:
            moments.append(minute)
        if report.state == "UNREADABLE":
            break
    assert len(moments) == reports.ATTEMPTS_MAX
    pauses = [there - here for here, there in pairwise(moments)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 60

    path.rmdir()
    path.write_bytes(content)
    said = StringIO()
    call_command("bespoke_derive", "--retry", stdout=said)
    assert CadReport.objects.get(view=view).state == "DONE"
    assert "examined: 1" in said.getvalue()


def test_a_storage_that_fails_shows_nothing_that_nobody_looked_at(
    paid_project: BespokeProject, staff: Actor, files_folder: Path
) -> None:
    revision = draft(paid_project, staff)
    view, *_ = add_drawings(revision, staff, 1)
    path = Path(private_storage().path(view.file.storage_name))
    path.unlink()
    path.mkdir()

    with refuses("REPORT_NOT_READY"):
        publish(revision, staff)
    assert CadReport.objects.get(view=view).state == "WAITING"


def test_a_solid_is_kept_and_not_measured(paid_project: BespokeProject, staff: Actor) -> None:
    lines = (
        "ISO-10303-21;",
        "HEADER;",
        "FILE_DESCRIPTION(('x'),'2;1');",
        "FILE_NAME('a','2026','','','','','');",
        "FILE_SCHEMA(('AP214'));",
        "ENDSEC;",
        "DATA;",
        "#1=CARTESIAN_POINT('',(0.,0.,0.));",
        "ENDSEC;",
        "END-ISO-10303-21;",
    )
    step = "\n".join(lines).encode() + b"\n"
    revision = draft(paid_project, staff)
    with upload(step, "ring.step") as prepared:
        view = services.cad_view_add(
            actor=staff, revision_pk=revision.pk, view="MESH", prepared=prepared
        )
    services.reports_make()

    assert CadReport.objects.get().state == "UNREADABLE"
    assert codes(view) == []
    with refuses("VIEWS_MISSING"):
        publish(revision, staff)


VICTIM = """
import os, sys, time
import django
django.setup()
from django.conf import settings
settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": sys.argv[1]}
from saleor_bespoke.steps.cad import measuring, services
def stuck(*args, **values):
    print("measuring", flush=True)
    time.sleep(600)
measuring.job_run = stuck
services.reports_make()
"""


@pytest.mark.django_db(transaction=True)
def test_a_report_whose_worker_was_killed_is_made_once(
    paid_project: BespokeProject, staff: Actor, files_folder: Path
) -> None:
    """A real process takes the lease and dies in the middle of measuring."""
    add_mesh(draft(paid_project, staff), staff, signet(ordered_mm(paid_project)).shape)
    variables = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
    }
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(files_folder)],
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "measuring\n"
        assert services.reports_make() == 0, "somebody works on it"
        victim.send_signal(signal.SIGKILL)
        victim.wait(30)
    _until_gone()

    assert services.reports_make() == 1
    report = CadReport.objects.get()
    assert (report.state, report.attempts) == ("DONE", 2)
    assert TimelineEvent.objects.filter(kind="CadReportMade").count() == 1


def _until_gone() -> None:
    """Until the database has noticed that the victim's session ended."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.05)
    raise AssertionError("The victim's session is still there.")


WAITER = """
import sys
from pathlib import Path
from saleor_bespoke.steps.cad import measuring
import tempfile, shutil
folder = tempfile.mkdtemp(prefix="bespoke-")
path = shutil.copy(sys.argv[1], folder)
print("asking", flush=True)
while True:
    measuring.job_run("survey", path=path, kind="STL", piece="ring")
"""


def test_a_copy_does_not_outlive_who_asked(tmp_path: Path) -> None:
    """The asking process is killed: its worker takes the file's copy off the disk and ends."""
    mesh = tmp_path / "ring.stl"
    mesh.write_bytes(stl_bytes(band(17.0, 1.7, 3.0, fine=3000).shape))
    folder = tmp_path / "copies"
    folder.mkdir()
    variables = {**os.environ, "TMPDIR": str(folder)}
    script = WAITER.replace("import sys", "import sys, django; django.setup()", 1)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(mesh)],
        env=variables | {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        stdout=subprocess.PIPE,
        text=True,
    ) as asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == "asking\n"
        children = Path(f"/proc/{asking.pid}/task/{asking.pid}/children")
        end = time.monotonic() + 30
        while not children.read_text() and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.5)
        assert list(folder.iterdir())
        asking.send_signal(signal.SIGKILL)
        asking.wait(30)
    end = time.monotonic() + 30
    while list(folder.iterdir()) and time.monotonic() < end:
        time.sleep(0.1)
    assert list(folder.iterdir()) == []


def test_a_view_taken_off_meanwhile_is_not_told_of(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = add_mesh(draft(paid_project, staff), staff, signet(ordered_mm(paid_project)).shape)

    def meanwhile(*_: Any, **__: Any) -> Any:
        services.cad_view_remove(actor=staff, view_pk=view.pk)
        raise measuring.Refused("The file is missing from the storage.")

    monkeypatch.setattr(measuring, "job_run", meanwhile)
    assert services.reports_make() == 0
    assert not CadReport.objects.exists()
    assert not TimelineEvent.objects.filter(kind="CadReportMade").exists()
