"""The rows of one commission in every table, and what of a row its customer may be given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

from saleor_bespoke.flows.personal_columns import TABLES
from saleor_bespoke.flows.personal_reports import reports_of
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import BespokeProject

#: Keys to something, places inside a storage, and who works on a row: not told to anybody.
SECRET = frozenset(
    {
        "token_digest",
        "submission_key",
        "submission_fingerprint",
        "storage_name",
        "original_name",
        "raw_name",
        "leased_by",
        "leased_until",
        "mark",
        "bands",
    }
)


def model_of(name: str) -> type[Model]:
    """The model of this name."""
    return apps.get_model("saleor_bespoke", name)


def rows_of(project: BespokeProject, name: str) -> QuerySet[Any]:
    """The rows of this model that belong to the commission."""
    manager = model_of(name)._base_manager
    return manager.filter(**{TABLES[name].way: project.pk}).order_by("pk")


def told(row: Model) -> dict[str, Any]:
    """A row as plain values by column, without secrets; timeline entries with their title."""
    found = {
        column.attname: _plain(getattr(row, column.attname))
        for column in row._meta.concrete_fields
        if column.name not in SECRET
    }
    if "kind" in found and found["kind"] in Event.kinds and "sequence" in found:
        found["title"] = Event.kinds[found["kind"]].title
    return found


def commission_told(project: BespokeProject) -> dict[str, list[dict[str, Any]]]:
    """Everything that is stored about a commission, by model; empty tables are left out."""
    found = {name: [told(row) for row in rows_of(project, name)] for name in TABLES}
    found["ProviderEvent"] = [
        told(row) | {"payload": _unlocked(row.payload)} for row in reports_of(project)
    ]
    return {name: rows for name, rows in found.items() if rows}


def _unlocked(reported: Any) -> Any:
    """What the provider reported, without the keys to it that it writes into its objects."""
    if isinstance(reported, list):
        return [_unlocked(it) for it in reported]
    if isinstance(reported, dict):
        return {
            name: _unlocked(value)
            for name, value in reported.items()
            if not name.endswith("secret")
        }
    return reported


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, timedelta):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
