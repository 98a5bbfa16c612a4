"""Every constraint and trigger refuses its breach, which would happen if the guard were not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import Error, connection, transaction

from saleor_bespoke.steps.quoting.models import QuoteLine
from tests.contracts.breaches import BREACHES, Breach, drop, settle
from tests.contracts.conftest import World
from tests.contracts.rich import triggers_off
from tests.fixtures import make_project, make_stone
from tests.support import nothing_changes, snapshot

pytestmark = pytest.mark.django_db

GUARDS = """
    SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE relname LIKE 'saleor\\_bespoke\\_%' AND conname LIKE 'bespoke\\_%'
      AND contype IN ('c', 'u')
    UNION
    SELECT named.relname FROM pg_index
    JOIN pg_class AS named ON named.oid = indexrelid JOIN pg_class AS held ON held.oid = indrelid
    WHERE indisunique AND held.relname LIKE 'saleor\\_bespoke\\_%'
      AND named.relname LIKE 'bespoke\\_%'
    UNION
    SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'bespoke\\_%'
"""


@pytest.fixture
def rows(world: World) -> dict[str, Any]:
    """The rich commission's rows by name, a stone nobody holds and a commission of nothing."""
    staff = world.callers["staff"][0]
    bare, _ = make_project()
    line = QuoteLine.objects.get(alternative__quote_id=world.rich.rows["draft"], kind="LABOUR")
    return world.rich.rows | {
        "stone": make_stone(staff, "A-stone").pk,
        "bare": bare.pk,
        "other": world.other.project.pk,
        "line": line.pk,
    }


def filled(statement: str, rows: dict[str, Any]) -> str:
    """The statement with the rows' keys in place of their names."""
    return re.sub(r"(?<!:):([a-z_]+)", lambda found: f"'{rows[found[1]]}'", statement)


def run(statement: str, rows: dict[str, Any]) -> None:
    """Execute a statement that must touch a row, or else shows nothing."""
    with connection.cursor() as cursor:
        cursor.execute(filled(statement, rows))
        assert cursor.rowcount, statement


def breach_run(breach: Breach, rows: dict[str, Any]) -> None:
    """All of it, and what the database would say at commit."""
    *before, last = breach.statements
    for statement in before:
        run(statement, rows)
    run(last, rows)
    if breach.deferred:
        settle()


@contextmanager
def given(breach: Breach, rows: dict[str, Any]) -> Iterator[None]:
    """The state in which the breach is tried; undone afterwards."""
    with transaction.atomic():
        settle()
        if breach.given:
            with triggers_off():
                run(breach.given, rows)
        yield
        transaction.set_rollback(True)


NUMBERED = [pytest.param(breach, id=f"{at}-{breach}") for at, breach in enumerate(BREACHES)]


@pytest.mark.parametrize("breach", NUMBERED)
def test_the_guard_refuses(breach: Breach, rows: dict[str, Any]) -> None:
    with given(breach, rows), nothing_changes():
        with pytest.raises(Error) as refusal, transaction.atomic():
            breach_run(breach, rows)
        assert (breach.says or breach.guard) in str(refusal.value)


@pytest.mark.parametrize("breach", NUMBERED)
def test_without_the_guard_it_would_happen(breach: Breach, rows: dict[str, Any]) -> None:
    """The control: the refusal above is the guard's work, not the statement's fault."""
    with given(breach, rows):
        for name in (breach.guard, *breach.also):
            drop(name)
        before = snapshot()
        breach_run(breach, rows)
        assert snapshot() != before


def test_every_guard_of_the_database_is_tried(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(GUARDS)
        guards = {row[0] for row in cursor.fetchall()}
    tried = {breach.guard for breach in BREACHES}
    assert guards - tried == set(), "add a breach to tests/contracts/breaches.py"
    assert tried - guards == set()
    assert len(guards) > 70
