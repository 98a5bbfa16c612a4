"""Without the extra `cad`: nothing is shown unexamined in silence, and all is made good later."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from django.core.management import call_command

from saleor_bespoke.media.store import bytes_delete
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import Attention, BespokeProject, TimelineEvent
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadRevision
from saleor_bespoke.steps.cad.report_models import CadReport, DesignPrint
from saleor_bespoke.steps.cad.services.decisions import findings_on
from tests.cad.meshes import (
    add_drawings,
    add_mesh,
    draft,
    examined,
    ordered_mm,
    publish,
    signet,
)
from tests.cad.test_design import yes
from tests.paying import make_paid
from tests.support import refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


@pytest.fixture
def others(provider: FakeStripe, other_customer: Actor, staff: Actor) -> BespokeProject:
    """Another client's paid commission."""
    return make_paid(provider, other_customer, staff)


def codes(revision: CadRevision) -> list[str]:
    return [it.found.code.value for it in findings_on(revision)]


def shown_unexamined(project: BespokeProject, staff: Actor, seed: int) -> CadRevision:
    """Three drawings that staff show although nobody could compare them."""
    revision = draft(project, staff)
    add_drawings(revision, staff, seed)
    with pytest.MonkeyPatch.context() as shop:
        shop.setitem(sys.modules, "numpy", None)
        services.reports_make()
        services.cad_decision_record(
            actor=staff, revision_pk=revision.pk, codes=["NOT_COMPARED"], reason="Drawn by hand."
        )
        return publish(revision, staff)


def test_a_report_waits_for_the_extra(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    revision = draft(paid_project, staff)
    view = add_mesh(revision, staff, signet(ordered_mm(paid_project)).shape)
    with monkeypatch.context() as shop:
        shop.setitem(sys.modules, "numpy", None)
        # when
        assert services.reports_make() == 0
        assert services.reports_make() == 0
        # then
        report = CadReport.objects.get()
        assert (report.state, report.attempts, report.leased_by) == ("UNAVAILABLE", 1, None)
        assert "saleor-bespoke[cad]" in report.reason
        assert codes(revision) == ["NOT_MEASURED"]
        assert not TimelineEvent.objects.filter(kind="CadReportMade").exists()
    # when it is installed
    examined(view, staff)
    assert CadReport.objects.get().state == "DONE"
    assert codes(revision) == []


def test_drawings_nobody_could_compare_need_somebodys_word(
    paid_project: BespokeProject, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = draft(paid_project, staff)
    add_drawings(revision, staff, 4)
    monkeypatch.setitem(sys.modules, "numpy", None)

    with refuses("REPORT_NOT_READY"):
        publish(revision, staff)
    services.reports_make()
    with refuses("FINDING_OPEN") as refusal:
        publish(revision, staff)
    assert "compared" in refusal.value.message
    rows = services.cad_decision_record(
        actor=staff, revision_pk=revision.pk, codes=["NOT_COMPARED"], reason="Drawn by hand."
    )
    assert len(rows) == 3
    assert "saleor-bespoke[cad]" in rows[0].facts["reason"]
    assert publish(revision, staff).status == "PUBLISHED"


def test_a_drawing_that_cannot_be_read_needs_somebodys_word(
    paid_project: BespokeProject, staff: Actor
) -> None:
    revision = draft(paid_project, staff)
    view, *_ = add_drawings(revision, staff, 4)
    bytes_delete(view.file.storage_name)
    services.reports_make()

    assert codes(revision) == ["NOT_COMPARED"]
    with refuses("FINDING_OPEN"):
        publish(revision, staff)


def test_what_was_shown_unexamined_is_compared_later(
    paid_project: BespokeProject, staff: Actor, customer: Actor, others: BespokeProject
) -> None:
    """Two clients were shown the same; one has approved it. Both are known once that can be."""
    first = shown_unexamined(paid_project, staff, 7)
    yes(first, customer)
    second = shown_unexamined(others, staff, 7)
    assert not DesignPrint.objects.exists()
    services.reports_make()
    assert not DesignPrint.objects.exists(), "what was shown stays as it was seen"

    said = StringIO()
    call_command("bespoke_derive", "--retry", stdout=said)

    assert "shown unexamined: 6" in said.getvalue()
    assert DesignPrint.objects.filter(shown=True).count() == 6
    assert set(CadReport.objects.values_list("state", flat=True)) == {"UNAVAILABLE"}
    told = Attention.objects.filter(reason="DESIGN_SIMILAR")
    assert {it.project_id for it in told} & {first.project_id, second.project_id}
