"""The command: what it says, how it ends, and that it reads one moment and writes nothing."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext

from saleor_bespoke.audit import RULES, SEALS, asking
from saleor_bespoke.project.models import BespokeProject
from tests.contracts.rich import triggers_off
from tests.fixtures import make_commission, make_customer, make_metal, make_staff

EVERY = len(RULES) + len(SEALS)


def said(**options: Any) -> str:
    out = StringIO()
    call_command("bespoke_audit", stdout=out, **options)
    return out.getvalue()


def spoil(project: BespokeProject) -> None:
    """Two faults: a stage nobody moved it to, and a forged entry."""
    with triggers_off():
        BespokeProject.objects.filter(pk=project.pk).update(stage="QUOTED")
        project.events.filter(sequence=1).update(actor_ref="nobody")


@pytest.fixture
def project(db: None) -> BespokeProject:
    return make_commission(make_customer())[0]


def test_a_sound_shop(project: BespokeProject) -> None:
    assert said() == f"All {EVERY} rules hold.\n"
    answer = json.loads(said(json=True))
    assert answer.pop("at")
    assert answer == {"sound": True, "rules": EVERY, "violations": []}


def test_violations_are_named(project: BespokeProject) -> None:
    # given
    spoil(project)
    out = StringIO()
    # when
    with pytest.raises(CommandError, match=rf"^3 of {EVERY} rules do not hold\.$"):
        call_command("bespoke_audit", stdout=out)
    # then
    quote = "Invariant 3: an offer is live in its stage alone"
    assert f"{quote}\n  project {project.number}, quote None, stage QUOTED\n" in out.getvalue()
    entry = "Invariant 5: an entry of the timeline is the one of its hash"
    assert f"{entry}\n  project {project.number}, key 1\n" in out.getvalue()


def test_violations_in_json(project: BespokeProject) -> None:
    # given
    spoil(project)
    out = StringIO()
    # when
    with pytest.raises(CommandError):
        call_command("bespoke_audit", stdout=out, json=True)
    # then
    answer = json.loads(out.getvalue())
    assert answer["sound"] is False
    assert {
        "rule": "an entry of the timeline is the one of its hash",
        "invariant": 5,
        "projects": [project.number],
        "rows": [{"project": project.number, "key": "1"}],
        "more": False,
    } in answer["violations"]


def test_one_commission(project: BespokeProject) -> None:
    other, _ = make_commission(make_customer("other@example.com"))
    spoil(project)
    assert said(project=other.number) == f"All {EVERY} rules hold.\n"
    with pytest.raises(CommandError, match="3 of"):
        said(project=project.number)
    with pytest.raises(CommandError, match=r"There is no commission B-0\."):
        said(project="B-0")


def test_the_rows_of_a_rule_are_bounded(
    project: BespokeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    staff = make_staff()
    for number in range(4):
        make_metal(staff, f"M-{number}")
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE saleor_bespoke_material SET held = 1")
    # when
    monkeypatch.setattr(asking, "ROWS_MAX", 2)
    asking.question.cache_clear()
    [violation] = asking.audit()
    asking.question.cache_clear()
    # then
    assert violation.rule == "held is what is held"
    assert len(violation.rows) == 2
    assert violation.more


def test_the_statements_do_not_grow_with_the_shop(project: BespokeProject) -> None:
    with CaptureQueriesContext(connection) as few:
        asking.audit()
    for number in range(5):
        make_commission(make_customer(f"{number}@example.com"))
    with CaptureQueriesContext(connection) as many:
        asking.audit()
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_nothing_can_be_written_meanwhile() -> None:
    make_commission(make_customer())
    with (
        asking.one_moment(),
        pytest.raises(InternalError, match="read-only"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE saleor_bespoke_bespokeproject SET title = 'Another'")


@pytest.mark.django_db(transaction=True)
def test_one_moment_is_judged() -> None:
    make_commission(make_customer())
    with asking.one_moment(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
    assert said() == f"All {EVERY} rules hold.\n"
