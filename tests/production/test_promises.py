"""The production's promise: complexity, changes, and the shorter one for rework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saleor_bespoke.flows.making import quality_fail
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from tests.fixtures import ring_specification
from tests.making import approve, begin_making, finish_making, step_of
from tests.paying import make_paid

pytestmark = pytest.mark.django_db


def modifiers_of(project: BespokeProject, step: str) -> list[tuple[str, str]]:
    promise = project.promises.get(step=step, ended_at=None)
    return [(item["code"], item["extra"]) for item in promise.trace["modifiers"]]


def test_complexity_and_a_rare_size_are_promised_for(
    provider: Any, customer: Actor, staff: Actor, files_folder: Path
) -> None:
    project = make_paid(
        provider,
        customer,
        staff,
        specification=ring_specification(ringSize={"system": "us", "label": "14"}),
        complexity_days=5,
        complexity_reason="Hand-engraved all around",
    )
    approve(project, customer, staff)

    begin_making(project, staff)

    assert modifiers_of(project, "PRODUCTION") == [("complexity", "5"), ("rare_size", "2")]
    trace = project.promises.get(step="PRODUCTION").trace
    assert trace["total"] == ["17", "21"]
    assert trace["modifiers"][0]["reason"] == "Hand-engraved all around"


def test_rework_is_promised_by_what_is_done_again(
    project_on_bench: BespokeProject, staff: Actor
) -> None:
    check = finish_making(project_on_bench, staff)

    quality_fail(actor=staff, check_pk=check.pk, reason="Prong short", redo_from="SETTING")

    project_on_bench.refresh_from_db()
    assert project_on_bench.stage == Stage.PRODUCTION
    assert modifiers_of(project_on_bench, "PRODUCTION") == [("rework", "-6")]
    assert project_on_bench.promises.get(step="QUALITY").outcome == "DROPPED"
    assert step_of(project_on_bench, "SETTING").attempt == 2
    assert step_of(project_on_bench, "POLISHING").attempt == 1
    check = finish_making(project_on_bench, staff)
    assert check.number == 2
    assert project_on_bench.promises.filter(step="PRODUCTION", outcome="MET").count() == 2
