"""A revision's true-scale sheet: set from its measured mesh, by the unit that was confirmed."""

from __future__ import annotations

import re

import pytest

from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.rules import Kind
from tests.cad.meshes import add_mesh, draft, examined, ordered_mm, publish, signet
from tests.papers.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


def test_a_sheet_is_drawn_from_the_mesh_in_its_confirmed_unit(
    paid_project: BespokeProject, staff: Actor
) -> None:
    """The file counts in cm; on paper the ring is as large as it will be."""
    revision = draft(paid_project, staff)
    shape = signet(ordered_mm(paid_project)).shape
    examined(add_mesh(revision, staff, shape.scaled(0.1)), staff, unit="cm")
    publish(revision, staff)

    sheet = document_issue(actor=staff, project_pk=paid_project.pk, kind=Kind.CAD_SHEET)

    # The outline as posed is at most the mesh's diagonal, and at least its longest side.
    low, high = shape.box
    text = " ".join(text_of(sheet).split())
    spans = [float(it) for it in re.findall(r"([0-9]+\.[0-9]+) × [0-9.]+ mm", text)]
    assert len(spans) == 3, text
    longest = float((high - low).max())
    assert all(longest <= it <= 1.2 * shape.extent for it in spans), spans
