"""A paid commission on its way through design, bench and quality control, by the real services."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from saleor_bespoke import conf
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile, file_prepare
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.journey import samples

STONE = {"kind": "diamond", "origin": "natural", "carat": "1.01", "shape": "round"}
#: What a report says of the stone of `make_quoted`.
REPORTED = STONE | {"colour": "E", "clarity": "VS1"}
NUMBER = "2141438167"


@pytest.fixture
def files_folder(tmp_path: Path, settings: Any) -> Path:
    """A folder of this test for the private files."""
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path / "private")}
    return tmp_path / "private"


def prepared(content: bytes, purpose: Purpose) -> PreparedFile:
    """An upload, recognised and cleaned, waiting for its row."""
    return file_prepare(uploaded=SimpleUploadedFile("upload", content), purpose=purpose)


@cache
def photo() -> bytes:
    """A small picture, quickly cleaned."""
    target = BytesIO()
    Image.linear_gradient("L").resize((64, 48)).save(target, "PNG")
    return target.getvalue()


def approve(project: BespokeProject, customer: Actor, staff: Actor) -> None:
    """Draft, publish and approve the first revision."""
    from saleor_bespoke.steps.cad.rules import lines_to_confirm
    from saleor_bespoke.steps.cad.services import (
        cad_revision_approve,
        cad_revision_draft,
        cad_revision_publish,
        cad_view_add,
    )

    revision = cad_revision_draft(actor=staff, project_pk=project.pk)
    policy = conf.policy(project.channel)
    for view in policy.required_views:
        file = prepared(photo(), Purpose.CAD)
        cad_view_add(actor=staff, revision_pk=revision.pk, view=view, prepared=file)
    cad_revision_publish(actor=staff, revision_pk=revision.pk)
    cad_revision_approve(
        actor=customer,
        revision_pk=revision.pk,
        confirmed=lines_to_confirm(revision.specification),
        returns_notice_version=policy.returns_notice.version,
    )


def begin_making(project: BespokeProject, staff: Actor) -> None:
    """Give an approved design to the bench."""
    from saleor_bespoke.steps.production.services import production_start

    production_start(actor=staff, project_pk=project.pk)


def step_of(project: BespokeProject, kind: str) -> Any:
    """The latest pass of this kind of work."""
    return project.work_steps.filter(kind=kind).order_by("attempt").last()


def work(project: BespokeProject, staff: Actor) -> None:
    """Do whatever work is still to be done, in order."""
    from saleor_bespoke.steps.production.services import (
        production_step_finish,
        production_step_start,
    )

    for step in project.work_steps.filter(status="PENDING").order_by("position"):
        production_step_start(actor=staff, step_pk=step.pk)
        production_step_finish(actor=staff, step_pk=step.pk)


def use_materials(project: BespokeProject, staff: Actor) -> None:
    """Use up everything that is locked, exactly as locked."""
    from saleor_bespoke.steps.production.services import material_consume

    for holding in project.holdings.filter(state="LOCKED"):
        material_consume(actor=staff, holding_pk=holding.pk, quantity=holding.quantity)


def finish_making(project: BespokeProject, staff: Actor) -> Any:
    """Work, use the materials and hand the piece to quality control; the opened check."""
    from saleor_bespoke.flows.making import production_finish

    work(project, staff)
    use_materials(project, staff)
    check = production_finish(actor=staff, project_pk=project.pk)
    project.refresh_from_db()
    return check


def record_all(check: Any, staff: Actor, **changes: Any) -> None:
    """Every line passed, the ordered size measured, 4.2 g of metal weighed."""
    from saleor_bespoke.steps.quality.services import Verdict, quality_check_record

    values = {
        "items": [Verdict(row.code, True) for row in check.items.all()],
        "measured_size_mm": check.ordered_size_mm,
        "metal_grams": Decimal("4.2"),
    }
    quality_check_record(actor=staff, check_pk=check.pk, **values | changes)


def add_pictures(project: BespokeProject, staff: Actor) -> None:
    """A photograph and the unboxing video."""
    from saleor_bespoke.steps.quality.services import quality_evidence_add

    for kind, purpose, content in (
        ("PHOTO", Purpose.PROGRESS, photo()),
        ("UNBOXING", Purpose.UNBOXING, samples.short_video_mp4()),
    ):
        file = prepared(content, purpose)
        quality_evidence_add(actor=staff, project_pk=project.pk, kind=kind, prepared=file)


def stone_of(project: BespokeProject) -> Any:
    """The unique stone of the piece."""
    return project.holdings.get(material__kind="UNIQUE_STONE").material


def record_report(project: BespokeProject, staff: Actor, **changes: Any) -> Any:
    """GIA's report on the piece's stone, as it is."""
    from saleor_bespoke.steps.quality.certificates import certificate_record

    values = {
        "material_pk": stone_of(project).pk,
        "laboratory": "GIA",
        "number": NUMBER,
        "stone": REPORTED,
    }
    return certificate_record(actor=staff, project_pk=project.pk, **values | changes)


def verify(certificate: Any, staff: Actor) -> Any:
    """Somebody looked the report up at the laboratory."""
    from saleor_bespoke.steps.quality.certificates import certificate_verify

    return certificate_verify(
        actor=staff, certificate_pk=certificate.pk, how="Seen on the laboratory's page"
    )


def check_fully(project: BespokeProject, staff: Actor) -> Any:
    """An open check to which nothing is missing."""
    check = project.checks.get(status="OPEN")
    record_all(check, staff)
    add_pictures(project, staff)
    live = project.certificates.exclude(status="REJECTED")
    if not live.exists() and project.holdings.filter(material__kind="UNIQUE_STONE").exists():
        verify(record_report(project, staff), staff)
    return check


def pass_check(project: BespokeProject, staff: Actor) -> None:
    """The piece passes quality control (stage SHIPPING)."""
    from saleor_bespoke.flows.making import quality_pass

    quality_pass(actor=staff, check_pk=check_fully(project, staff).pk)
    project.refresh_from_db()


@pytest.fixture
def approved_project(
    paid_project: BespokeProject, customer: Actor, staff: Actor, files_folder: Path
) -> BespokeProject:
    """The customer's commission at stage DESIGN, its design approved."""
    approve(paid_project, customer, staff)
    return paid_project


@pytest.fixture
def project_on_bench(approved_project: BespokeProject, staff: Actor) -> BespokeProject:
    """The customer's commission at stage PRODUCTION, nothing done yet."""
    begin_making(approved_project, staff)
    approved_project.refresh_from_db()
    return approved_project


@pytest.fixture
def made_project(project_on_bench: BespokeProject, staff: Actor) -> BespokeProject:
    """The customer's commission at stage QUALITY with an open check, nothing recorded yet."""
    finish_making(project_on_bench, staff)
    return project_on_bench


def propose(project: BespokeProject, staff: Actor, difference: str, **changes: Any) -> Any:
    """Staff propose a change to 18K white gold, unless others are given."""
    from saleor_bespoke.steps.cad.services import change_order_propose
    from tests.fixtures import ring_specification

    wished = ring_specification(**(changes.pop("wished", None) or {"alloy": "gold_18k_white"}))
    return change_order_propose(
        actor=staff,
        project_pk=project.pk,
        specification=wished.to_json(),
        reason="Another wish.",
        price_difference=Decimal(difference),
        business_days=1,
        materials={},
        **changes,
    )
