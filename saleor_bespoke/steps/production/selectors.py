"""Reads of the bench."""

from __future__ import annotations

from collections.abc import Iterable

from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.production.models import ProductionStep
from saleor_bespoke.steps.production.rules import Lock, Step


def latest_of(rows: Iterable[ProductionStep]) -> list[ProductionStep]:
    """Of passes ordered by position and attempt, the one that counts of each kind of work."""
    return list({row.kind: row for row in rows}.values())


def steps_latest(project: BespokeProject) -> list[ProductionStep]:
    """The pass that counts of each kind of work, in order."""
    rows = ProductionStep.objects.filter(project=project).order_by("position", "attempt")
    return latest_of(rows)


def facts_of(row: ProductionStep) -> Step:
    """A pass as the rules see it."""
    return Step(row.kind, row.position, row.status)


def locks_open(project: BespokeProject) -> list[Lock]:
    """What is locked for the project and not used up."""
    rows = project.holdings.filter(state="LOCKED").select_related("material")
    return [
        Lock(row.material.code, row.material.name, row.material.kind, row.material.unique)
        for row in rows
    ]
