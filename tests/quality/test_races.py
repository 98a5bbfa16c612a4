"""Two checkers at once: one verdict, and nothing half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.making import quality_fail, quality_pass
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from tests.making import approve, begin_making, check_fully, finish_making
from tests.paying import make_paid
from tests.support import race

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[..., Any]


def passing(staff: Actor, pk: Any) -> Act:
    return lambda: quality_pass(actor=staff, check_pk=pk)


def failing(staff: Actor, pk: Any) -> Act:
    return lambda: quality_fail(actor=staff, check_pk=pk, reason="A scratch", redo_from="POLISHING")


@pytest.mark.parametrize("pair", [(passing, passing), (passing, failing), (failing, failing)])
def test_a_check_is_decided_once(
    provider: Any, customer: Actor, staff: Actor, files_folder: Path, pair: tuple[Act, Act]
) -> None:
    project: BespokeProject = make_paid(provider, customer, staff)
    approve(project, customer, staff)
    begin_making(project, staff)
    finish_making(project, staff)
    check = check_fully(project, staff)

    answers = race(*(act(staff, check.pk) for act in pair))

    refused = [str(it.code) for it in answers if isinstance(it, BespokeError)]
    assert refused == ["STAGE_FORBIDS"]
    project.refresh_from_db()
    check.refresh_from_db()
    decided = {"PASSED": "SHIPPING", "FAILED": "PRODUCTION"}
    assert project.stage == decided[check.status]
    assert project.events.filter(kind__in=("QualityPassed", "QualityFailed")).count() == 1
    assert project.promises.filter(ended_at=None).count() == 1
    assert chain_breaks(project) == []
