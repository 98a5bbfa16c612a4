"""A revision's true-scale sheet: set from its measured mesh, by the unit that was confirmed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.dossier.assembling import dossier_assemble
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.steps.cad import measuring
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.steps.papers.rules import Kind
from tests.cad.meshes import add_mesh, draft, examined, ordered_mm, publish, signet
from tests.contracts.rich import triggers_off
from tests.papers.conftest import text_of
from tests.shapes.generators import box, joined
from tests.support import nothing_changes, refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


def tall(inner: float) -> Shape:
    """A ring whose head stands high above the finger."""
    foot = np.array([-1.0, inner / 2 + 0.6, -1.0])
    return joined(signet(inner).shape, box(2.0, 6.6, 2.0).shape.moved(np.eye(3), foot))


def test_a_sheet_is_drawn_from_the_mesh_in_its_confirmed_unit(
    paid_project: BespokeProject, staff: Actor
) -> None:
    """The file counts in cm; on paper the ring is as large as it will be."""
    revision = draft(paid_project, staff)
    shape = tall(ordered_mm(paid_project))
    examined(add_mesh(revision, staff, shape.scaled(0.1)), staff, unit="cm")
    publish(revision, staff)

    sheet = document_issue(actor=staff, project_pk=paid_project.pk, kind=Kind.CAD_SHEET)

    # The head reaches twice its height from the finger hole's middle to the drawing's border.
    inner = ordered_mm(paid_project)
    head = inner / 2 + 1.2 + 6.0
    text = " ".join(text_of(sheet).split())
    spans = [float(it) for it in re.findall(r"([0-9]+\.[0-9]+) × [0-9.]+ mm", text)]
    assert len(spans) == 3, text
    assert all(2 * head < it < 2 * head * 1.1 for it in spans), (head, spans)


def test_another_unit_is_another_sheet(paid_project: BespokeProject, staff: Actor) -> None:
    revision = draft(paid_project, staff)
    small = signet(ordered_mm(paid_project)).shape.scaled(0.1)
    view = examined(add_mesh(revision, staff, small), staff, unit="cm")
    publish(revision, staff)
    first = document_issue(actor=staff, project_pk=paid_project.pk, kind=Kind.CAD_SHEET)
    with triggers_off():
        CadReport.objects.filter(view=view).update(confirmed_unit="inch")

    second = document_issue(actor=staff, project_pk=paid_project.pk, kind=Kind.CAD_SHEET)

    assert (first.version, second.version) == (1, 2)
    assert second.sha256 != first.sha256
    with triggers_off():
        CadReport.objects.filter(view=view).update(confirmed_unit="m")
    with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):  # larger than any sheet
        document_issue(actor=staff, project_pk=paid_project.pk, kind=Kind.CAD_SHEET)


def test_a_mesh_is_drawn_within_bounds_or_not_at_all(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of its own draws it, so a mesh too large for it costs the request nothing."""
    revision = draft(paid_project, staff)
    examined(add_mesh(revision, staff, signet(ordered_mm(paid_project)).shape), staff)
    publish(revision, staff)
    monkeypatch.setattr(measuring, "MEGABYTES", 64)
    with nothing_changes(), pytest.raises(BespokeError) as refusal:
        document_issue(actor=staff, project_pk=paid_project.pk, kind=Kind.CAD_SHEET)
    # Its memory ends before, or while the mesh is read.
    assert refusal.value.code in (ErrorCode.SHOP_BUSY, ErrorCode.FILE_UNREADABLE)
    dossier_assemble(actor=staff, project_pk=paid_project.pk)
    assert Kind.CAD_SHEET not in paid_project.papers.values_list("kind", flat=True)
