"""Batched reads: one SQL statement for a field of a whole page, however long the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from promise import Promise
from promise.dataloader import DataLoader

from saleor_bespoke.shop.port import shop


class RowsLoader(DataLoader):
    """Lists of rows by the value of one of their columns, e.g. all quotes of each project."""

    def __init__(self, rows: Callable[[], QuerySet[Any]], column: str) -> None:
        super().__init__()
        self.rows = rows
        self.column = column

    def batch_load_fn(self, keys: list[Any]) -> Any:
        """Read the rows of all keys at once, in the queryset's order."""
        found: dict[Any, list[Any]] = defaultdict(list)
        with shop().writer():
            for row in self.rows().filter(**{f"{self.column}__in": keys}):
                found[getattr(row, self.column)].append(row)
        return Promise.resolve([found[key] for key in keys])


def rows_of(
    info: Any, name: str, rows: Callable[[], QuerySet[Any]], column: str, key: Any
) -> Promise[list[Any]]:
    """The rows whose `column` equals `key`; `name` identifies the loader within this request."""
    loaders = info.context.__dict__.setdefault("_bespoke_loaders", {})
    if name not in loaders:
        loaders[name] = RowsLoader(rows, column)
    return loaders[name].load(key)


def row_of(info: Any, model: type[Model], key: Any) -> Any:
    """The row with this primary key, or None; one statement for all keys of a page."""
    if key is None:
        return Promise.resolve(None)
    return rows_of(info, f"{model.__name__}:pk", model._default_manager.all, "pk", key).then(
        lambda found: found[0] if found else None
    )


def rows_forget(info: Any) -> None:
    """Read anew from here on: an operation changes what an earlier one of its request has read."""
    info.context.__dict__.pop("_bespoke_loaders", None)
