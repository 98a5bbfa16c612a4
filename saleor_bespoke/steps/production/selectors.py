"""Reads of the bench."""

from __future__ import annotations

from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.production.models import ProductionStep
from saleor_bespoke.steps.production.rules import Lock, Step


def steps_latest(project: BespokeProject) -> list[ProductionStep]:
    """The pass that counts of each kind of work, in order."""
    latest: dict[str, ProductionStep] = {}
    for row in ProductionStep.objects.filter(project=project).order_by("position", "attempt"):
        latest[row.kind] = row
    return list(latest.values())


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
