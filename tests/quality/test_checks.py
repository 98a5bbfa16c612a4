"""Rounds of quality control: recorded, passed, failed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from saleor_bespoke import conf
from saleor_bespoke.flows.making import quality_fail, quality_pass
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_erase
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.steps.quality.certificates import certificate_reject
from saleor_bespoke.steps.quality.selectors import shipping_obstacles
from saleor_bespoke.steps.quality.services import (
    Verdict,
    hallmark_record,
    quality_check_record,
    quality_evidence_add,
)
from saleor_bespoke.steps.shipping.models import Shipment
from tests.fixtures import accept_quote, make_quoted, ring_specification
from tests.journey import samples
from tests.making import (
    add_pictures,
    approve,
    begin_making,
    check_fully,
    finish_making,
    pass_check,
    photo,
    prepared,
    record_all,
    record_report,
    verify,
)
from tests.paying import ADDRESSES, pay
from tests.support import refuses

pytestmark = pytest.mark.django_db


def open_check(project: BespokeProject) -> Any:
    return project.checks.get(status="OPEN")


# recording --------------------------------------------------------------------------------------


def test_a_round_has_the_lines_of_the_piece(made_project: BespokeProject) -> None:
    check = open_check(made_project)

    assert {row.code for row in check.items.all()} == {
        "final_polish",
        "stones_tight",
        "dimensions",
        "surface",
    }
    assert check.ordered_size_mm == ring_specification().ring_size.circumference


def test_quality_check_record(made_project: BespokeProject, staff: Actor) -> None:
    check = open_check(made_project)

    quality_check_record(
        actor=staff, check_pk=check.pk, items=[Verdict("surface", False, "A scratch")], note="Dull"
    )
    quality_check_record(
        actor=staff,
        check_pk=check.pk,
        items=[Verdict("surface", True)],
        measured_size_mm=Decimal("51.9"),
        metal_grams=Decimal("4.2104"),
    )

    check.refresh_from_db()
    assert check.items.get(code="surface").passed is True
    assert check.items.get(code="final_polish").passed is None
    assert (check.measured_size_mm, check.metal_grams) == (Decimal("51.900"), Decimal("4.210"))
    assert check.note == "Dull"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"items": [Verdict("engraving", True)]}, "items"),
        ({"items": [Verdict("surface", True), Verdict("surface", False)]}, "items"),
        ({"items": [Verdict("surface", True, "x" * 1001)]}, "items"),
        ({"measured_size_mm": Decimal(519)}, "measuredSizeMm"),
        ({"metal_grams": Decimal(-1)}, "metalGrams"),
        ({"note": "x" * 4001}, "note"),
    ],
)
def test_quality_check_record_refuses(
    made_project: BespokeProject, staff: Actor, given: dict[str, Any], field: str
) -> None:
    with refuses("INVALID", field=field):
        quality_check_record(actor=staff, check_pk=open_check(made_project).pk, **given)


def test_strangers_find_no_check(
    made_project: BespokeProject, customer: Actor, other_customer: Actor
) -> None:
    check = open_check(made_project)
    with refuses("NOT_FOUND"):
        quality_pass(actor=other_customer, check_pk=check.pk)
    with refuses("PERMISSION_DENIED"):
        quality_pass(actor=customer, check_pk=check.pk)


# pictures ---------------------------------------------------------------------------------------


def test_quality_evidence_add(made_project: BespokeProject, staff: Actor) -> None:
    add_pictures(made_project, staff)

    rows = made_project.evidence.all()
    assert [row.kind for row in rows] == ["PHOTO", "UNBOXING"]
    assert all(row.file.shared for row in rows)
    assert all(row.check_round == open_check(made_project) for row in rows)


def test_a_picture_is_no_video_and_a_video_no_picture(
    made_project: BespokeProject, staff: Actor
) -> None:
    video = samples.short_video_mp4()
    for kind, purpose, content in (
        ("PHOTO", Purpose.PROGRESS, video),
        ("UNBOXING", Purpose.UNBOXING, photo()),
        ("PHOTO", Purpose.REFERENCE, photo()),
    ):
        file = prepared(content, purpose)
        with refuses("FILE_KIND_NOT_ALLOWED", field="file"):
            quality_evidence_add(actor=staff, project_pk=made_project.pk, kind=kind, prepared=file)


# passing ----------------------------------------------------------------------------------------


def test_quality_pass(made_project: BespokeProject, staff: Actor) -> None:
    pass_check(made_project, staff)

    check = made_project.checks.get()
    assert made_project.stage == Stage.SHIPPING
    assert (check.status, check.closed_by) == ("PASSED", staff.ref)
    assert made_project.promises.get(step="QUALITY").outcome == "MET"
    assert made_project.promises.get(step="SHIPPING").trace["modifiers"] == []
    assert shipping_obstacles(made_project) == []
    assert chain_breaks(made_project) == []
    with refuses("STAGE_FORBIDS"):
        quality_pass(actor=staff, check_pk=check.pk)


def without_report(project: BespokeProject, staff: Actor) -> None:
    record_all(open_check(project), staff)
    add_pictures(project, staff)


def without_verification(project: BespokeProject, staff: Actor) -> None:
    without_report(project, staff)
    record_report(project, staff)


def with_contradiction(project: BespokeProject, staff: Actor) -> None:
    without_report(project, staff)
    verify(record_report(project, staff), staff)
    stone = {"kind": "diamond", "origin": "natural", "carat": "0.98"}
    record_report(project, staff, number="2141438168", stone=stone)


def with_rejection(project: BespokeProject, staff: Actor) -> None:
    check_fully(project, staff)
    report = project.certificates.get()
    certificate_reject(actor=staff, certificate_pk=report.pk, reason="Forged")


def with_failed_line(project: BespokeProject, staff: Actor) -> None:
    check = check_fully(project, staff)
    quality_check_record(actor=staff, check_pk=check.pk, items=[Verdict("surface", False)])


def wrong_size(project: BespokeProject, staff: Actor) -> None:
    check = check_fully(project, staff)
    quality_check_record(actor=staff, check_pk=check.pk, measured_size_mm=Decimal("52.2"))


def without_pictures(project: BespokeProject, staff: Actor) -> None:
    record_all(open_check(project), staff)
    verify(record_report(project, staff), staff)


def with_erased_video(project: BespokeProject, staff: Actor) -> None:
    check_fully(project, staff)
    file_erase(file=project.evidence.get(kind="UNBOXING").file)


def nothing(project: BespokeProject, staff: Actor) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (nothing, "QUALITY_INCOMPLETE"),
        (with_failed_line, "QUALITY_INCOMPLETE"),
        (wrong_size, "SIZE_OUT_OF_TOLERANCE"),
        (without_report, "CERTIFICATE_MISSING"),
        (with_rejection, "CERTIFICATE_MISSING"),
        (without_verification, "CERTIFICATE_UNVERIFIED"),
        (with_contradiction, "CERTIFICATE_CONTRADICTS"),
        (without_pictures, "EVIDENCE_MISSING"),
        (with_erased_video, "EVIDENCE_MISSING"),
    ],
)
def test_quality_pass_refuses(
    made_project: BespokeProject, staff: Actor, prepare: Any, code: str
) -> None:
    prepare(made_project, staff)
    with refuses(code):
        quality_pass(actor=staff, check_pk=open_check(made_project).pk)


def test_a_channel_may_ask_for_no_video(
    made_project: BespokeProject, staff: Actor, settings: Any
) -> None:
    channels = settings.BESPOKE["CHANNELS"] | {"us": {"unboxing_video_required": False}}
    settings.BESPOKE = settings.BESPOKE | {"CHANNELS": channels}
    conf.policies_forget()
    try:
        without_pictures(made_project, staff)
        file = prepared(photo(), Purpose.PROGRESS)
        quality_evidence_add(actor=staff, project_pk=made_project.pk, kind="PHOTO", prepared=file)
        quality_pass(actor=staff, check_pk=open_check(made_project).pk)
    finally:
        conf.policies_forget()


def test_a_ring_for_britain_needs_its_hallmark_and_its_way(
    provider: Any,
    customer: Actor,
    staff: Actor,
    files_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    london = {"streetAddress1": "1 Hatton Garden", "city": "LONDON", "postalCode": "EC1N 8LE"}
    monkeypatch.setitem(ADDRESSES, "GB", london)
    project = make_quoted(customer, staff, destination="GB")
    opened = accept_quote(project, customer)
    pay(provider, opened.attempt.checkout_id, country="GB")
    approve(project, customer, staff)
    begin_making(project, staff)
    finish_making(project, staff)
    check = check_fully(project, staff)
    with refuses("HALLMARK_MISSING"):
        quality_pass(actor=staff, check_pk=check.pk)

    hallmark_record(
        actor=staff,
        project_pk=project.pk,
        office="LONDON",
        sponsor_mark="abc",
        fineness=750,
        marked_on=check.opened_at.date() - timedelta(days=1),
    )
    quality_pass(actor=staff, check_pk=check.pk)

    (modifier,) = project.promises.get(step="SHIPPING").trace["modifiers"]
    assert (modifier["code"], modifier["extra"]) == ("transit", "3")


# the door ---------------------------------------------------------------------------------------


def test_the_door_asks_again(made_project: BespokeProject, staff: Actor) -> None:
    assert [str(it.code) for it in shipping_obstacles(made_project)] == ["QUALITY_INCOMPLETE"]
    pass_check(made_project, staff)
    assert shipping_obstacles(made_project) == []

    file_erase(file=made_project.evidence.get(kind="PHOTO").file)

    assert [str(it.code) for it in shipping_obstacles(made_project)] == ["EVIDENCE_MISSING"]
    assert not Shipment.objects.exists()


# failing ----------------------------------------------------------------------------------------


def test_quality_fail(made_project: BespokeProject, staff: Actor) -> None:
    check = check_fully(made_project, staff)

    quality_fail(actor=staff, check_pk=check.pk, reason=" A scratch ", redo_from="POLISHING")

    made_project.refresh_from_db()
    check.refresh_from_db()
    assert made_project.stage == Stage.PRODUCTION
    assert (check.status, check.fail_reason) == ("FAILED", "A scratch")
    again = made_project.work_steps.filter(status="PENDING").order_by("position")
    assert [row.kind for row in again] == ["POLISHING", "SETTING", "REINFORCEMENT"]
    assert chain_breaks(made_project) == []


def test_a_second_round_begins_without_pictures_but_keeps_reports(
    made_project: BespokeProject, staff: Actor
) -> None:
    check = check_fully(made_project, staff)
    quality_fail(actor=staff, check_pk=check.pk, reason="A scratch", redo_from="POLISHING")

    second = finish_making(made_project, staff)

    assert second.number == 2
    record_all(second, staff)
    with refuses("EVIDENCE_MISSING"):
        quality_pass(actor=staff, check_pk=second.pk)
    with refuses("CHECK_NOT_OPEN"):
        quality_pass(actor=staff, check_pk=check.pk)
    with refuses("CHECK_NOT_OPEN"):
        quality_check_record(actor=staff, check_pk=check.pk, note="Late")
    pass_check(made_project, staff)
    assert made_project.stage == Stage.SHIPPING


@pytest.mark.parametrize(
    ("reason", "redo_from", "code", "field"),
    [
        (" ", "POLISHING", "REQUIRED", "reason"),
        ("A scratch", "ENAMELLING", "NOT_FOUND", "redoFrom"),
    ],
)
def test_quality_fail_refuses(
    made_project: BespokeProject, staff: Actor, reason: str, redo_from: str, code: str, field: str
) -> None:
    check = open_check(made_project)
    with refuses(code, field=field):
        quality_fail(actor=staff, check_pk=check.pk, reason=reason, redo_from=redo_from)
