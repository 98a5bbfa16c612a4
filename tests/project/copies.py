"""Many commissions as full as one: its rows copied in the database, whatever kinds there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db.models import CharField, ForeignKey, Model, UniqueConstraint

from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.workshop.models import Material
from tests.contracts.rich import triggers_off

Rows = dict[type[Model], list[Model]]


def _models() -> list[type[Model]]:
    found = apps.get_app_config("saleor_bespoke").get_models(include_auto_created=True)
    return [model for model in found if model is not Delivery]


def _rows_of(project: BespokeProject) -> Rows:
    """The commission, its materials, and every row that leads to them by foreign keys."""
    materials = Material.objects.filter(holdings__project=project).distinct()
    rows: Rows = {BespokeProject: [project], Material: list(materials)}
    known = -1
    while known != sum(map(len, rows.values())):
        known = sum(map(len, rows.values()))
        for model in set(_models()) - {BespokeProject, Material}:
            found: dict[Any, Model] = {}
            for key in _keys(model):
                parents = [row.pk for row in rows.get(key.related_model, [])]
                matches = model._default_manager.filter(**{f"{key.attname}__in": parents})
                found |= {row.pk: row for row in matches}
            rows[model] = list(found.values())
    return rows


def _keys(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def _single(model: type[Model]) -> Iterable[CharField[Any, Any]]:
    """Texts that may stand in one row only, of whatever commission."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    sets = [(field.name,) for field in fields.values() if field.unique]
    sets += [tuple(it.fields) for it in model._meta.constraints if isinstance(it, UniqueConstraint)]
    for names in sets:
        if all(isinstance(fields[name], CharField) for name in names):
            yield fields[names[-1]]  # the others of a set say of what kind it is


def copies_make(project: BespokeProject, count: int) -> None:
    """Add `count` commissions that differ from this one in keys and numbers alone."""
    rows = _rows_of(project)
    with triggers_off():
        made: dict[type[Model], list[Model]] = {model: [] for model in rows}
        for _ in range(count):
            keys = {row.pk: uuid4() for group in rows.values() for row in group}
            for model, group in rows.items():
                made[model] += [_copy(row, keys) for row in group]
        for model, group in made.items():
            model._default_manager.bulk_create(group)


def _copy(row: Model, keys: dict[Any, UUID]) -> Model:
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, UUID):
            value = keys.get(value, value)
        elif field.primary_key:
            continue
        values[field.attname] = value
    for text in _single(type(row)):
        if values[text.attname]:
            values[text.attname] = uuid4().hex[: text.max_length]
    return type(row)(**values)
