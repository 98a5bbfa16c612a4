"""Laboratory reports and hallmarks: recorded, verified, rejected, and never used twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from saleor_bespoke import clock
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.cancelling import project_cancel
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.quality.certificates import certificate_reject, certificate_verify
from saleor_bespoke.steps.quality.models import Certificate
from saleor_bespoke.steps.quality.services import hallmark_record
from saleor_bespoke.workshop.materials import material_update
from tests.fixtures import make_stone
from tests.journey import samples
from tests.making import (
    NUMBER,
    REPORTED,
    approve,
    begin_making,
    photo,
    prepared,
    record_report,
    stone_of,
    verify,
)
from tests.paying import make_paid
from tests.support import race, refuses

pytestmark = pytest.mark.django_db


def second_project(provider: Any, customer: Actor, staff: Actor) -> BespokeProject:
    """Another commission on the bench, with a stone of its own."""
    project: BespokeProject = make_paid(provider, customer, staff)
    approve(project, customer, staff)
    begin_making(project, staff)
    return project


# recording --------------------------------------------------------------------------------------


def test_certificate_record(project_on_bench: BespokeProject, staff: Actor) -> None:
    report = record_report(
        project_on_bench,
        staff,
        number=" GIA 2141438167 ",
        issued_on=date(2025, 6, 1),
        prepared=prepared(samples.reference_pdf(), Purpose.CERTIFICATE),
    )

    assert (report.laboratory, report.canonical_number, report.status) == (
        "GIA",
        NUMBER,
        "RECORDED",
    )
    assert report.contradictions == []
    assert report.file.kind == "PDF"
    event = project_on_bench.events.get(kind="CertificateRecorded")
    assert event.payload["number"] == NUMBER


def test_contradictions_are_kept_and_never_verified(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    stone = REPORTED | {"origin": "laboratory_grown", "carat": "1.05"}
    report = record_report(project_on_bench, staff, stone=stone, issued_on=date(2025, 6, 1))

    assert [item["field"] for item in report.contradictions] == ["origin", "carat"]
    with refuses("CERTIFICATE_CONTRADICTS"):
        certificate_verify(actor=staff, certificate_pk=report.pk, how="Seen on the page")


def test_a_report_contradicts_the_number_the_stone_came_with(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    stone = stone_of(project_on_bench)
    material_update(
        actor=staff, material_pk=stone.pk, laboratory="GIA", certificate_number="5201234567"
    )

    report = record_report(project_on_bench, staff)

    assert [item["field"] for item in report.contradictions] == ["number"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"laboratory": "NASA"}, "INVALID", "laboratory"),
        ({"number": "12"}, "INVALID", "number"),
        ({"number": "123456789"}, "INVALID", "number"),
        ({"laboratory": "IGI", "number": "LG12345678"}, "INVALID", "number"),
        ({"stone": {"kind": "cheese"}}, "INVALID", "stone.kind"),
        ({"stone": REPORTED | {"carat": "-1"}}, "INVALID", None),
        ({"issued_on": date(2999, 1, 1)}, "INVALID", "issuedOn"),
        (
            {"stone": REPORTED | {"origin": "laboratory_grown"}, "issued_on": date(2025, 10, 1)},
            "INVALID",
            "stone.colour",
        ),
    ],
)
def test_certificate_record_refuses(
    project_on_bench: BespokeProject,
    staff: Actor,
    changes: dict[str, Any],
    code: str,
    field: str | None,
) -> None:
    with refuses(code, field=field):
        record_report(project_on_bench, staff, **changes)


def test_a_report_belongs_to_a_stone_of_the_piece(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    elsewhere = make_stone(staff, "D-ELSEWHERE")
    gold = project_on_bench.holdings.get(material__kind="METAL").material
    for material in (elsewhere, gold):
        with refuses("NOT_FOUND", field="material"):
            record_report(project_on_bench, staff, material_pk=material.pk)


def test_a_report_is_stored_as_a_report(project_on_bench: BespokeProject, staff: Actor) -> None:
    with refuses("FILE_KIND_NOT_ALLOWED"):
        record_report(project_on_bench, staff, prepared=prepared(photo(), Purpose.PROGRESS))


# once -------------------------------------------------------------------------------------------


def test_a_report_serves_one_stone(
    project_on_bench: BespokeProject, provider: Any, customer: Actor, staff: Actor
) -> None:
    report = record_report(project_on_bench, staff)
    other = second_project(provider, customer, staff)

    with refuses("CERTIFICATE_ALREADY_USED", field="number"):
        record_report(other, staff)
    with refuses("CERTIFICATE_ALREADY_USED", field="number"):
        record_report(project_on_bench, staff, number="21-4143-8167")

    certificate_reject(actor=staff, certificate_pk=report.pk, reason="Mixed up")
    assert record_report(other, staff).status == "RECORDED"


def test_lg_makes_no_other_report(project_on_bench: BespokeProject, staff: Actor) -> None:
    grown = {"kind": "diamond", "origin": "laboratory_grown", "carat": "1.01"}
    record_report(project_on_bench, staff, laboratory="IGI", number="LG 123456789", stone=grown)
    with refuses("CERTIFICATE_ALREADY_USED"):
        record_report(project_on_bench, staff, laboratory="IGI", number="123456789")


def test_a_cancelled_commission_frees_its_reports(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    record_report(project_on_bench, staff)
    project_cancel(
        actor=staff, project_pk=project_on_bench.pk, reason="OTHER", expected_refund=Decimal(0)
    )

    deliveries.drain()

    report = Certificate.objects.get()
    assert (report.status, report.rejected_by) == ("REJECTED", "system")


@pytest.mark.django_db(transaction=True)
def test_two_commissions_race_for_one_report(
    provider: Any, customer: Actor, staff: Actor, files_folder: Path
) -> None:
    projects = [second_project(provider, customer, staff) for _ in range(2)]

    answers = race(
        lambda: record_report(projects[0], staff), lambda: record_report(projects[1], staff)
    )

    refused = [it for it in answers if isinstance(it, BespokeError)]
    assert [str(it.code) for it in refused] == ["CERTIFICATE_ALREADY_USED"]
    assert Certificate.objects.count() == 1


# verifying and rejecting ------------------------------------------------------------------------


def test_certificate_verify(project_on_bench: BespokeProject, staff: Actor) -> None:
    report = verify(record_report(project_on_bench, staff), staff)

    assert (report.status, report.verified_by) == ("VERIFIED", staff.ref)
    with refuses("ALREADY_DONE"):
        verify(report, staff)


def test_verifying_says_how(project_on_bench: BespokeProject, staff: Actor) -> None:
    report = record_report(project_on_bench, staff)
    with refuses("REQUIRED", field="how"):
        certificate_verify(actor=staff, certificate_pk=report.pk, how=" ")
    with refuses("INVALID", field="how"):
        certificate_verify(actor=staff, certificate_pk=report.pk, how="x" * 257)


def test_certificate_reject(project_on_bench: BespokeProject, staff: Actor) -> None:
    report = record_report(project_on_bench, staff)
    with refuses("REQUIRED", field="reason"):
        certificate_reject(actor=staff, certificate_pk=report.pk, reason="")

    rejected = certificate_reject(actor=staff, certificate_pk=report.pk, reason="Blurred")

    assert (rejected.status, rejected.reject_reason) == ("REJECTED", "Blurred")
    with refuses("CERTIFICATE_NOT_LIVE"):
        certificate_reject(actor=staff, certificate_pk=report.pk, reason="Again")
    with refuses("CERTIFICATE_NOT_LIVE"):
        verify(report, staff)


def test_strangers_find_no_certificate(
    project_on_bench: BespokeProject, staff: Actor, customer: Actor, other_customer: Actor
) -> None:
    report = record_report(project_on_bench, staff)
    with refuses("NOT_FOUND"):
        verify(report, other_customer)
    with refuses("PERMISSION_DENIED"):
        verify(report, customer)


# hallmark ---------------------------------------------------------------------------------------

MARK: dict[str, Any] = {
    "office": "LONDON",
    "sponsor_mark": "ABC",
    "fineness": 750,
    "reference": "A-17",
}


def test_hallmark_record(project_on_bench: BespokeProject, staff: Actor) -> None:
    today = clock.now().date()

    mark = hallmark_record(
        actor=staff, project_pk=project_on_bench.pk, marked_on=today - timedelta(days=1), **MARK
    )

    assert (mark.office, mark.sponsor_mark, mark.fineness) == ("LONDON", "ABC", 750)
    with refuses("ALREADY_DONE"):
        hallmark_record(
            actor=staff, project_pk=project_on_bench.pk, marked_on=mark.marked_on, **MARK
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"office": "PARIS"}, "office"),
        ({"sponsor_mark": "A"}, "sponsorMark"),
        ({"sponsor_mark": "A-B"}, "sponsorMark"),
        ({"fineness": 585}, "fineness"),
        ({"reference": "x" * 65}, "reference"),
        ({"marked_on": date(2999, 1, 1)}, "markedOn"),
    ],
)
def test_hallmark_record_refuses(
    project_on_bench: BespokeProject, staff: Actor, changes: dict[str, Any], field: str
) -> None:
    given = MARK | {"marked_on": clock.now().date() - timedelta(days=1)} | changes
    with refuses("INVALID", field=field):
        hallmark_record(actor=staff, project_pk=project_on_bench.pk, **given)
