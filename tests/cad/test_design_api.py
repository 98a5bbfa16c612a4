"""The API of reports, comparisons and permissions: who sees what, and how often it asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadRevision
from tests.api import run
from tests.cad.meshes import (
    add_drawings,
    add_mesh,
    draft,
    examined,
    mesh_shown,
    ordered_mm,
    publish,
    signet,
)
from tests.fixtures import make_staff
from tests.paying import make_paid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]

REPORT = """
query Q($id: ID) { bespokeProject(id: $id) { cadRevisions {
  decisions { code reason }
  pinsLost { id }
  views { view licence { version body } report {
    state words unit watertight innerDiameter orderedDiameter fits wall volume size
    unitGuess { unit sure reason } wallPlace { x y z normalX }
    weights { alloy model finished casting }
    metal { needed quoted locked difference { amount currency } }
    findings { code message stops } } } } } }
"""
COMPARED = """
query Q($before: ID!, $after: ID!) {
  bespokeCadDifference(before: $before, after: $after) {
    before { number } after { number } changes { field before after }
    measuresBefore { innerDiameter weight size } measuresAfter { innerDiameter weight size }
    sides { view sameFile apart before { id } after { file { url } } } } }
"""
NEAREST = """
query Q($revision: ID!) {
  bespokeDesignLikenesses(revision: $revision) {
    near distance ofMesh sides number revision { number } } }
"""


def asked(query: str, actor: Actor, project: BespokeProject, **variables: Any) -> Any:
    result = run(query, actor, id=global_id("BespokeProject", project.pk), **variables)
    assert not result.errors, result.errors
    return result.data["bespokeProject"]


def compared(query: str, actor: Actor, **variables: Any) -> Any:
    result = run(query, actor, **variables)
    assert not result.errors, result.errors
    (answer,) = result.data.values()
    return answer


def revision_id(revision: CadRevision) -> str:
    return global_id("BespokeCadRevision", revision.pk)


def test_a_report_reads_differently_for_both(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    mesh_shown(paid_project, staff, signet(ordered_mm(paid_project)).shape)

    shown = asked(REPORT, customer, paid_project)["cadRevisions"][0]
    (view,) = shown["views"]
    report = view["report"]
    assert (report["state"], report["unit"], report["fits"]) == ("DONE", "MM", True)
    assert (report["metal"], report["findings"], shown["decisions"]) == (None, None, None)
    assert report["words"][1].startswith("The inside measures 16.51 mm across, as your size")
    assert view["licence"]["version"] == "design-licence-2026-1"
    ordered = report["weights"][0]
    assert ordered["alloy"] == "gold_18k_yellow"
    assert Decimal(ordered["casting"]) > Decimal(ordered["model"]) > Decimal(ordered["finished"])
    assert report["size"] is not None
    assert report["wallPlace"]["normalX"] is not None

    (seen,) = asked(REPORT, staff, paid_project)["cadRevisions"][0]["views"]
    assert Decimal(seen["report"]["metal"]["quoted"]) == Decimal("6.5")
    assert seen["report"]["metal"]["difference"]["currency"] == "USD"
    assert seen["report"]["findings"] == []


def test_a_page_of_revisions_asks_as_often_as_one(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    counts = []
    for number in range(3):
        revision = draft(paid_project, staff)
        add_drawings(revision, staff, number)
        publish(revision, staff)
        for actor in (customer, staff):
            with CaptureQueriesContext(connection) as statements:
                asked(REPORT, actor, paid_project)
            counts.append(len(statements))
        if number < 2:
            services.cad_tweak_request(
                actor=customer, revision_pk=revision.pk, request=f"Another {number}"
            )
    assert counts[0] >= counts[2] - 1
    assert counts[2] == counts[4]
    assert counts[3] == counts[5] <= 20


def test_two_revisions_side_by_side(
    provider: FakeStripe,
    paid_project: BespokeProject,
    customer: Actor,
    other_customer: Actor,
    staff: Actor,
) -> None:
    inner = ordered_mm(paid_project)
    first = draft(paid_project, staff)
    kept = add_drawings(first, staff, 1)
    examined(add_mesh(first, staff, signet(inner).shape), staff)
    publish(first, staff)
    services.cad_tweak_request(actor=customer, revision_pk=first.pk, request="Softer")
    other = first.specification | {"bandWidthMm": "2.0"}
    second = draft(paid_project, staff, specification=other)
    add_drawings(second, staff, 2)
    examined(add_mesh(second, staff, signet(inner, plate=7.0).shape), staff)
    both = {"before": revision_id(first), "after": revision_id(second)}
    assert compared(COMPARED, customer, **both) is None, "a draft"
    publish(second, staff)

    with CaptureQueriesContext(connection) as statements:
        told = compared(COMPARED, customer, **both)

    assert len(statements) <= 12
    assert [it["field"] for it in told["changes"]] == ["bandWidthMm"]
    before, after = told["measuresBefore"], told["measuresAfter"]
    assert Decimal(after["weight"]) > Decimal(before["weight"])
    assert before["innerDiameter"] == after["innerDiameter"]
    sides = {it["view"]: it for it in told["sides"]}
    assert set(sides) == {"FRONT", "MESH", "SIDE", "TOP"}
    assert sides["TOP"]["sameFile"] is False
    assert Decimal(sides["TOP"]["apart"]) > 0
    assert Decimal(sides["MESH"]["apart"]) > 0
    assert len(kept) == 3
    make_paid(provider, other_customer, staff)
    assert compared(COMPARED, other_customer, **both) is None
    same = {"before": both["before"], "after": both["before"]}
    assert compared(COMPARED, staff, **same) is None


def test_likenesses_are_staffs_and_named_as_far_as_they_may_read(
    provider: FakeStripe,
    paid_project: BespokeProject,
    customer: Actor,
    other_customer: Actor,
    staff: Actor,
) -> None:
    shape = signet(ordered_mm(paid_project)).shape
    mesh_shown(paid_project, staff, shape)
    theirs = make_paid(provider, other_customer, staff)
    revision = draft(theirs, staff)
    examined(add_mesh(revision, staff, shape), staff)
    about = {"revision": revision_id(revision)}

    (found,) = compared(NEAREST, staff, **about)
    assert (found["near"], found["ofMesh"]) == (True, True)
    assert (found["number"], found["revision"]["number"]) == (paid_project.number, 1)
    (refusal,) = run(NEAREST, other_customer, **about).errors
    assert "MANAGE_ORDERS" in str(refusal)

    BespokeProject.objects.filter(pk=paid_project.pk).update(channel="eu")
    local = make_staff("local@example.com", channels=frozenset({"us"}))
    (hidden,) = compared(NEAREST, local, **about)
    assert (hidden["number"], hidden["revision"]) == (None, None)
