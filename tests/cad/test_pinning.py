"""Pins on a mesh start a process in the request: for who may, so often, so many at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from saleor_bespoke import conf
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad import measuring, services
from saleor_bespoke.steps.cad.models import CadPin, CadRevision
from saleor_bespoke.steps.cad.services import jobs, pins
from tests.cad.meshes import mesh_shown, ordered_mm
from tests.shapes.generators import band
from tests.support import database_url, refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


@pytest.fixture
def revision(paid_project: BespokeProject, staff: Actor) -> CadRevision:
    return mesh_shown(paid_project, staff, band(ordered_mm(paid_project), 1.7, 3.0).shape)


@pytest.fixture
def started(revision: CadRevision, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands of the processes that are started from now on."""
    commands: list[str] = []
    run = measuring.subprocess.run

    def noted(command: list[str], **options: Any) -> Any:
        commands.append(command[-1])
        return run(command, **options)

    monkeypatch.setattr(measuring.subprocess, "run", noted)
    return commands


def pin(
    revision: CadRevision, actor: Actor, remark: str = "Here", *, corner: bool = False
) -> CadPin:
    """A pin below the band; or in a corner of its box, where there is nothing."""
    view = revision.views.get()
    low, high = view.report.facts["box"]
    middle = [(least + most) / 2 for least, most in zip(low, high, strict=True)]
    place = list(high) if corner else [middle[0], low[1], middle[2]]
    return services.cad_pin_add(
        actor=actor,
        revision_pk=revision.pk,
        view_pk=view.pk,
        remark=remark,
        position=[Decimal(str(it)) for it in place],
    )


@contextmanager
def others_at_work(count: int) -> Iterator[None]:
    """So many other requests whose processes run."""
    held = [psycopg.connect(database_url(), autocommit=True) for _ in range(count)]
    try:
        for place, other in enumerate(held):
            name = [jobs.PLACE.format(place)]
            other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", name)
        yield
    finally:
        for other in held:
            other.close()


def test_a_remark_that_is_refused_starts_no_process(
    revision: CadRevision,
    customer: Actor,
    other_customer: Actor,
    started: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with refuses("REQUIRED", field="remark"):
        pin(revision, customer, " ")
    with refuses("NOT_FOUND"):
        pin(revision, other_customer)
    monkeypatch.setattr(pins, "PINS_MAX", 0)
    with refuses("INVALID"):
        pin(revision, customer)

    assert started == []


def test_places_are_counted_also_those_beside_the_mesh(
    revision: CadRevision,
    customer: Actor,
    started: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policy = replace(conf.policy("us"), file_quotas={"caller_hour_places": 2})
    monkeypatch.setattr(conf, "_policy", lambda _: policy)

    with refuses("INVALID", field="position"):
        pin(revision, customer, corner=True)
    pin(revision, customer)
    with refuses("QUOTA_HOUR_REACHED", field="position"):
        pin(revision, customer)

    assert len(started) == 2


def test_only_so_many_processes_run_at_once(
    revision: CadRevision, customer: Actor, started: list[str]
) -> None:
    with others_at_work(jobs.AT_ONCE), refuses("SHOP_BUSY") as refusal:
        pin(revision, customer)
    assert "try again" in refusal.value.message
    assert started == []

    with others_at_work(jobs.AT_ONCE - 1):
        pin(revision, customer)
        pin(revision, customer)  # the place was given back
    assert len(started) == 2


def test_a_process_that_is_ended_is_a_refusal(
    revision: CadRevision, customer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "PATIENCE", 0.01)

    with refuses("SHOP_BUSY"):
        pin(revision, customer)
    assert not CadPin.objects.exists()
